import { type Address, budgetKey } from '../lib/address.ts'

/** How many connections each client address has. Holds a number per address that has any. */
export interface ClientCounts {
  /** Counts one more, and says how many that makes. */
  add(peer: Address): number
  remove(peer: Address): void
}

export function createClientCounts(): ClientCounts {
  const counts = new Map<string, number>()
  return {
    add(peer) {
      const key = budgetKey(peer)
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      return count
    },
    remove(peer) {
      const key = budgetKey(peer)
      const count = (counts.get(key) ?? 0) - 1
      if (count > 0) counts.set(key, count)
      else counts.delete(key)
    },
  }
}
