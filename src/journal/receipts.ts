import type { Cancel, Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { RefusalRecord, RefusalStore, UnwrittenRefusal } from './receipt.ts'

/**
 * Receipt ids, and the bounded ring of refusals that `sekisho explain` reads. The ring is flushed to the store each second;
 * what a kill loses is at most that second. When refusals come faster than that, the first and the newest of each second are kept, and
 * what lies between is dropped and counted before it was ever written down: a flood of refusals must cost less than the requests it
 * pretends to be.
 */
export interface Receipts {
  /** A new id: a prefix of this process's start and a counter. All of one length, so that no page with one tells anything by its own. */
  next(): string
  refused(refusal: Refused): void
  find(receipt: string): Promise<RefusalRecord | null>
  dropped(): number
  flush(): Promise<void>
  close(): Promise<void>
}

type Refused = RefusalRecord | UnwrittenRefusal

export interface ReceiptsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly store: RefusalStore
  readonly onFailure: (cause: unknown) => void
}

const ringMax = 2_000
/** Of each second: how a flood began is told by its first, what an operator is asked about by its newest. */
const firstMax = 500
const flushEveryMs = 1_000
/** Written and stored at a time: neither this loop nor the thread of the store, where sessions are read too, is held for long. */
const sliceMax = 200

export function createReceipts(options: ReceiptsOptions): Receipts {
  const prefix = options.random.bytes(4).toString('hex')
  let counter = 0
  let dropped = 0
  let waiting: Refused[] = []
  let oldest = firstMax
  let flushing: Promise<void> | null = null

  const keep = async (batch: readonly Refused[]): Promise<void> => {
    let kept = 0
    try {
      for (; kept < batch.length; kept += sliceMax)
        await options.store.keep(batch.slice(kept, kept + sliceMax).map(written))
    } catch (cause) {
      dropped += batch.length - kept
      options.onFailure(cause)
    }
  }
  const flush = async (): Promise<void> => {
    while (flushing !== null) await flushing
    if (waiting.length === 0) return
    const batch = waiting
    waiting = []
    oldest = firstMax
    flushing = keep(batch).finally(() => {
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
    refused(refusal) {
      if (waiting.length < ringMax) {
        waiting.push(refusal)
        return
      }
      dropped += 1
      waiting[oldest] = refusal
      oldest = oldest + 1 === ringMax ? firstMax : oldest + 1
    },
    async find(receipt) {
      const fresh = waiting.find(refusal => refusal.receipt === receipt)
      if (fresh !== undefined) return written(fresh)
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

function written(refusal: Refused): RefusalRecord {
  return 'write' in refusal ? refusal.write() : refusal
}
