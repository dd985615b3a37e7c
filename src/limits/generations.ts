/** Values by key for a time: a bounded table that forgets by halves, in one step each. */
export interface Generations<Value> {
  find(key: string): Value | undefined
  /** The value of a key, made when it has none. */
  take(key: string): Value
  forget(key: string): void
  values(): Iterable<readonly [string, Value]>
  readonly size: number
}

/**
 * A young and an old table. What is asked for moves to the young one; when that is full, or its time has come, it becomes the old one
 * and the old one is dropped. Whoever floods it makes it forget, and never makes it grow.
 */
export function createGenerations<Value>(options: {
  keysMax: number
  lifetimeMs: number
  now: () => number
  create: () => Value
}): Generations<Value> {
  const { keysMax, lifetimeMs, now, create } = options
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  let turnsAt = now() + lifetimeMs
  const turn = () => {
    if (young.size < keysMax && now() < turnsAt) return
    old = now() >= turnsAt + lifetimeMs ? new Map() : young
    young = new Map()
    turnsAt = now() + lifetimeMs
  }
  const find = (key: string) => {
    turn()
    return young.get(key) ?? old.get(key)
  }
  return {
    find,
    take(key) {
      const value = find(key) ?? create()
      old.delete(key)
      young.set(key, value)
      return value
    },
    forget(key) {
      young.delete(key)
      old.delete(key)
    },
    *values() {
      turn()
      yield* old
      yield* young
    },
    get size() {
      return young.size + old.size
    },
  }
}
