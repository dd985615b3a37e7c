import type { Cancel, Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { RefusalRecord, RefusalStore } from './receipt.ts'

/**
 * Receipt ids, and the bounded ring of refusals that `sekisho explain` reads. The ring is flushed to the store each second;
 * what a kill loses is at most that second. When refusals come faster than the store takes them, the oldest unflushed ones are dropped
 * and counted: a flood of refusals must cost less than the requests it pretends to be.
 */
export interface Receipts {
  /** A new id: a prefix of this process's start and a counter. All of one length, so that no page with one tells anything by its own. */
  next(): string
  refused(record: RefusalRecord): void
  find(receipt: string): Promise<RefusalRecord | null>
  dropped(): number
  flush(): Promise<void>
  close(): Promise<void>
}

export interface ReceiptsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly store: RefusalStore
  readonly onFailure: (cause: unknown) => void
}

const ringMax = 2_000
const flushEveryMs = 1_000

export function createReceipts(options: ReceiptsOptions): Receipts {
  const prefix = options.random.bytes(4).toString('hex')
  let counter = 0
  let dropped = 0
  let waiting: RefusalRecord[] = []
  let flushing: Promise<void> | null = null

  const flush = async (): Promise<void> => {
    while (flushing !== null) await flushing
    if (waiting.length === 0) return
    const batch = waiting
    waiting = []
    flushing = options.store
      .keep(batch)
      .catch((cause: unknown) => {
        dropped += batch.length
        options.onFailure(cause)
      })
      .finally(() => {
        flushing = null
      })
    await flushing
  }

  const stop: Cancel = options.clock.every(flushEveryMs, () => void flush())
  return {
    next() {
      counter += 1
      return `${prefix}-${counter.toString(36).padStart(6, '0')}`
    },
    refused(record) {
      if (waiting.length >= ringMax) {
        waiting.shift()
        dropped += 1
      }
      waiting.push(record)
    },
    async find(receipt) {
      const fresh = waiting.find(record => record.receipt === receipt)
      if (fresh !== undefined) return fresh
      await flush()
      return options.store.find(receipt)
    },
    dropped: () => dropped,
    flush,
    async close() {
      stop()
      await flush()
    },
  }
}
