import type { Clock } from '../lib/clock.ts'

// Requests that arrive during a sweep wait for a slice at most.
const sliceMs = 5
// The clock is read once for so many items: reading it costs as much as a cheap item.
const itemsPerLook = 16

/** Does something for each item without holding the loop: after each slice everybody else gets a turn. */
export async function runInSlices<Item>(clock: Clock, items: Iterable<Item>, act: (item: Item) => void): Promise<void> {
  let startedMs = clock.monotonicMs()
  let count = 0
  for (const item of items) {
    act(item)
    count += 1
    if (count % itemsPerLook !== 0 || clock.monotonicMs() - startedMs < sliceMs) continue
    await new Promise<void>(resolve => clock.after(0, resolve))
    startedMs = clock.monotonicMs()
  }
}
