import type { Clock } from '../lib/clock.ts'
import type { OrganizationId } from '../policy/facts.ts'

/**
 * How many rows anybody may have written about messages that no provider has signed: the first thirty of a minute for each organization. A
 * stranger who posts thousands must not fill the audit trail, nor hold up the one writer of the store. Journal and metrics count them all.
 */
export interface StrangerRows {
  /** How many were left out since the last row, when this one is to be written; null: it is left out too. */
  take(organizationId: OrganizationId): number | null
}

export const rowsPerMinute = 30
const minuteMs = 60_000

/** Organizations alone are remembered: nobody makes more of them by posting. */
export function createStrangerRows(clock: Pick<Clock, 'now'>): StrangerRows {
  const windows = new Map<OrganizationId, { minute: number; written: number; left: number }>()
  return {
    take(organizationId) {
      const minute = Math.floor(clock.now() / minuteMs)
      const former = windows.get(organizationId)
      const window = former?.minute === minute ? former : { minute, written: 0, left: former?.left ?? 0 }
      windows.set(organizationId, window)
      if (window.written >= rowsPerMinute) {
        window.left += 1
        return null
      }
      window.written += 1
      const { left } = window
      window.left = 0
      return left
    },
  }
}
