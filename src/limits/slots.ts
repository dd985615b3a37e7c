/** A bounded table from keys to moments, in two flat arrays: what a flood of new keys can take is fixed when it is made. */
export interface Slots {
  /** The slot of a key, made for it when there is room; `shared` when every slot is in use. */
  take(key: string, now: number): number
  find(key: string): number | null
  fullAt(slot: number): number
  set(slot: number, fullAt: number): void
  /** The one slot for all who found no room. */
  readonly shared: number
  readonly size: number
}

/** A slot whose moment has passed is idle: its key may be forgotten. */
export function createSlots(keysMax: number): Slots {
  const moments = new Float64Array(keysMax + 1)
  const keys: (string | undefined)[] = []
  const slotOf = new Map<string, number>()
  const free: number[] = []
  let hand = 0
  const forgetIdle = (count: number, now: number) => {
    for (let i = 0; i < Math.min(count, keys.length); i++) {
      hand = hand + 1 < keys.length ? hand + 1 : 0
      const key = keys[hand]
      if (key === undefined || (moments[hand] ?? 0) > now) continue
      slotOf.delete(key)
      keys[hand] = undefined
      free.push(hand)
    }
  }
  const occupy = (slot: number, key: string) => {
    keys[slot] = key
    moments[slot] = 0
    slotOf.set(key, slot)
    return slot
  }
  return {
    take(key, now) {
      const known = slotOf.get(key)
      if (known !== undefined) return known
      // A slice of the table for each newcomer: the sweep is paid by those who make it necessary, and never holds anybody up.
      forgetIdle(sliceUsual, now)
      if (free.length === 0 && keys.length === keysMax) forgetIdle(sliceWhenFull, now)
      const slot = free.pop() ?? (keys.length < keysMax ? keys.length : undefined)
      return slot === undefined ? keysMax : occupy(slot, key)
    },
    find: key => slotOf.get(key) ?? null,
    fullAt: slot => moments[slot] ?? 0,
    set(slot, fullAt) {
      moments[slot] = fullAt
    },
    shared: keysMax,
    get size() {
      return slotOf.size
    },
  }
}

const sliceUsual = 4
const sliceWhenFull = 64
