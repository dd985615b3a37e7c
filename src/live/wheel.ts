import type { Cancel, Clock } from '../lib/clock.ts'

/** Remembers until when each item's answer holds, to the second, with one timer for all of them. */
export interface Wheel<Item> {
  /** Puts an item down for a moment, in place of an earlier one; Infinity takes it off. */
  place(item: Item, at: number): void
  remove(item: Item): void
  stop: Cancel
}

const slotMs = 1000

/** `onDue` gets the items whose moment has passed, at most a second late; each has been taken off. */
export function createWheel<Item>(clock: Clock, onDue: (items: readonly Item[]) => void): Wheel<Item> {
  const slots = new Map<number, Set<Item>>()
  const placed = new Map<Item, number>()
  let turned = Math.floor(clock.now() / slotMs)

  const remove = (item: Item): void => {
    const slot = placed.get(item)
    if (slot === undefined) return
    placed.delete(item)
    const items = slots.get(slot)
    items?.delete(item)
    if (items?.size === 0) slots.delete(slot)
  }
  const stop = clock.every(slotMs, () => {
    const now = Math.floor(clock.now() / slotMs)
    const due: Item[] = []
    // A clock that jumped far ahead has more empty slots behind it than there are full ones.
    const passed = now - turned > slots.size ? [...slots.keys()].filter(slot => slot <= now) : range(turned, now)
    for (const slot of passed) for (const item of slots.get(slot) ?? []) due.push(item)
    turned = now
    for (const item of due) remove(item)
    if (due.length > 0) onDue(due)
  })

  return {
    place(item, at) {
      remove(item)
      if (!Number.isFinite(at)) return
      // Rounded up: asked a moment too early the answer would still be the old one. Never behind the hand: it would wait for ever.
      const slot = Math.max(Math.ceil(at / slotMs), turned + 1)
      placed.set(item, slot)
      const items = slots.get(slot)
      if (items === undefined) slots.set(slot, new Set([item]))
      else items.add(item)
    },
    remove,
    stop,
  }
}

function range(after: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - after) }, (_, i) => after + 1 + i)
}
