import type { Clock } from '../lib/clock.ts'
import type { OrganizationId } from '../policy/facts.ts'
import type { SeenFrom } from '../sso/seen-message.ts'

/**
 * How many rows are written about messages that were refused. Of what no provider has signed, the first thirty of a minute for each organization;
 * of what one has signed as many again, and of the same cause for the same person from the same network the first five: a genuine message can be
 * posted thousands of times by whoever holds it, and then would stand in the way of what others are refused for. Neither may fill the audit trail,
 * nor hold up the one writer of the store. Journal and metrics count them all, and each has its receipt.
 */
export interface RefusalRows {
  /** Null: it is left out. */
  take(refusal: RowOf): RowTaken | null
}

export interface RowOf {
  readonly organizationId: OrganizationId
  readonly sender: SeenFrom
  /** What it says, and who brought it. */
  readonly says: string
}

export interface RowTaken {
  /** How many that say the same were left out since the last row of theirs. */
  readonly repeated: number
  /** How many others of that sender were left out since its last row. */
  readonly leftOut: number
}

export const rowsPerMinute = 30
export const samePerMinute = 5
const minuteMs = 60_000
/** Of all organizations. What is forgotten sooner is written once more. */
const rememberedMax = 1_000

export function createRefusalRows(clock: Pick<Clock, 'now'>): RefusalRows {
  const [ofSender, ofSame] = [createMinutes(clock, rowsPerMinute), createMinutes(clock, samePerMinute)]
  return {
    take({ organizationId, sender, says }) {
      // What nobody has signed says whatever its sender likes: it is counted together.
      const repeated = sender === 'anybody' ? 0 : ofSame(`${organizationId} ${says}`)
      const leftOut = repeated === null ? null : ofSender(`${organizationId} ${sender}`)
      return repeated === null || leftOut === null ? null : { repeated, leftOut }
    },
  }
}

/** As many as may be written in one minute under each name; answers how many were left out before, or null for one more that is. */
function createMinutes(clock: Pick<Clock, 'now'>, rowsMax: number): (name: string) => number | null {
  const windows = new Map<string, { minute: number; written: number; left: number }>()
  return name => {
    const minute = Math.floor(clock.now() / minuteMs)
    const former = windows.get(name)
    const window = former?.minute === minute ? former : { minute, written: 0, left: former?.left ?? 0 }
    windows.delete(name)
    windows.set(name, window)
    const [oldest] = windows.keys()
    if (windows.size > rememberedMax && oldest !== undefined) windows.delete(oldest)
    if (window.written >= rowsMax) {
      window.left += 1
      return null
    }
    window.written += 1
    const { left } = window
    window.left = 0
    return left
  }
}
