import type { Clock } from '../lib/clock.ts'
import { type StoreContact, trustMs } from './store-contact.ts'

/**
 * Copies of what the store holds, given without waiting while they may be believed. Owns: which copies there are and how old they
 * are. Never invents: "not there" is not remembered. Start with `find`.
 */
export interface WarmCache<Value> {
  has(key: string): boolean
  /** `stillGood`: false for a copy whose age alone speaks against it; then the store is asked before the copy is given. */
  find(key: string, stillGood?: (value: Value) => boolean): Value | null | Promise<Value | null>
  /** Forgets every copy that goes by this name, and distrusts what is being read of it right now. */
  drop(name: string): void
  dropAll(): void
}

export interface WarmCacheNeeds<Value> {
  readonly read: (key: string, former: Value | undefined) => Promise<Value | null>
  /** Ids under which Changes may speak of it. */
  readonly namesOf: (value: Value) => readonly string[]
  readonly sizeMax: number
  /** Read again in the background after 30 s (when used); else only when the store was not heard of for 30 s. */
  readonly rereads: boolean
  readonly contact: StoreContact
  readonly clock: Clock
}

interface Copy<Value> {
  readonly key: string
  readonly value: Value
  readonly readAt: number
}

export function createWarmCache<Value>(needs: WarmCacheNeeds<Value>): WarmCache<Value> {
  const copies = createCopies(needs)
  const reading = new Map<string, Promise<Value | null>>()
  const heard = createHeard()

  async function readAgain(key: string): Promise<Value | null> {
    for (;;) {
      const since = heard.now()
      const value = await needs.contact.ask(() => needs.read(key, copies.get(key)?.value))
      // A change that was announced while the answer was on its way may be missing in it.
      if (value !== null && heard.anySince(needs.namesOf(value), since)) continue
      if (value === null) copies.forget(key)
      else copies.keep(key, value)
      return value
    }
  }

  function read(key: string): Promise<Value | null> {
    const running = reading.get(key)
    if (running !== undefined) return running
    const started = readAgain(key).finally(() => {
      reading.delete(key)
      if (reading.size === 0) heard.clear()
    })
    reading.set(key, started)
    return started
  }

  return {
    has: key => copies.has(key),
    find(key, stillGood) {
      const copy = copies.get(key)
      if (copy === undefined) return read(key)
      if (needs.clock.monotonicMs() - copy.readAt < trustMs) return copy.value
      // By the name that is kept already: whoever asks may have cut theirs from a text that would be kept with it.
      if (!needs.contact.isRecent() || stillGood?.(copy.value) === false) return read(copy.key)
      // The contact remembers a failure; 30 s after the last answer the copy is no longer given.
      if (needs.rereads) read(copy.key).catch(() => undefined)
      return copy.value
    },
    drop(name) {
      copies.drop(name)
      if (reading.size > 0) heard.add(name)
    },
    dropAll() {
      copies.clear()
      if (reading.size > 0) heard.addAll()
    },
  }
}

/** The copies by key and by name. The longest unread go first when there are too many: what is in use is read again every 30 s. */
function createCopies<Value>({ namesOf, sizeMax, clock }: WarmCacheNeeds<Value>) {
  const byKey = new Map<string, Copy<Value>>()
  const byName = new Map<string, Set<Copy<Value>>>()

  function forget(key: string): void {
    const copy = byKey.get(key)
    if (copy === undefined) return
    byKey.delete(key)
    for (const name of namesOf(copy.value)) {
      const same = byName.get(name)
      same?.delete(copy)
      if (same?.size === 0) byName.delete(name)
    }
  }

  return {
    has: (key: string) => byKey.has(key),
    get: (key: string) => byKey.get(key),
    forget,
    keep(key: string, value: Value): void {
      forget(key)
      const copy = { key, value, readAt: clock.monotonicMs() }
      byKey.set(key, copy)
      for (const name of namesOf(value)) byName.set(name, (byName.get(name) ?? new Set()).add(copy))
      const oldest = byKey.keys().next()
      if (byKey.size > sizeMax && oldest.done !== true) forget(oldest.value)
    },
    drop(name: string): void {
      for (const copy of [...(byName.get(name) ?? [])]) forget(copy.key)
    },
    clear(): void {
      byKey.clear()
      byName.clear()
    },
  }
}

/** Names that were announced while something was being read, each with a number that tells before from after. */
function createHeard() {
  const names = new Map<string, number>()
  let count = 0
  let allAt = 0
  return {
    now: () => count,
    add: (name: string): unknown => names.set(name, ++count),
    addAll: (): void => {
      allAt = ++count
    },
    clear: () => names.clear(),
    anySince: (asked: readonly string[], since: number) =>
      allAt > since || asked.some(name => (names.get(name) ?? 0) > since),
  }
}
