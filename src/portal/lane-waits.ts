import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'

/** Answers that wait before they are worked on. Each holds a connection: how many may is bounded, by address and in all. */
export interface LaneWaits {
  wait(address: string, delayMs: number): Promise<void>
}

/** An office whose people are all on new browsers; beyond it Fault `busy`, for every name alike. */
const perAddressMax = 64
/** Beyond it nobody waits any more: hashing has a queue of its own, and its bound speaks next. */
const waitingMax = 4_096

export function createLaneWaits({ clock }: { readonly clock: Clock }): LaneWaits {
  const waiting = new Map<string, number>()
  let all = 0
  return {
    async wait(address, delayMs) {
      if (delayMs <= 0 || all >= waitingMax) return
      const count = waiting.get(address) ?? 0
      if (count >= perAddressMax) throw new Fault('busy', { retryAfterSeconds: Math.ceil(delayMs / 1000) })
      waiting.set(address, count + 1)
      all++
      await new Promise<void>(resolve => clock.after(delayMs, resolve))
      all--
      const left = (waiting.get(address) ?? 1) - 1
      if (left === 0) waiting.delete(address)
      else waiting.set(address, left)
    },
  }
}
