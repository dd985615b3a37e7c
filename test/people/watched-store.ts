import type { SqliteStore } from '../../src/stores/sqlite/client.ts'

/** The real store, with a list of what was asked of it, and a switch that takes it away. */
export interface WatchedStore {
  readonly store: SqliteStore
  /** `port.method` of every call, in order. */
  readonly calls: string[]
  /** `away`: every call fails. `silent`: no call is ever answered. */
  be(state: 'there' | 'away' | 'silent'): void
  /** Holds calls of one method back until `release` is called: after the store has answered, before the caller hears of it. */
  hold(call: string): { readonly held: Promise<void>; release(): void }
}

export function watchStore(real: SqliteStore): WatchedStore {
  const calls: string[] = []
  const holds = new Map<string, { arrived: () => void; until: Promise<void> }>()
  let state: 'there' | 'away' | 'silent' = 'there'

  const watch = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get(target, method, receiver) {
        const real: unknown = Reflect.get(target, method, receiver)
        if (typeof real !== 'function' || name === 'changes') return real
        return async (...args: unknown[]) => {
          const call = `${name}.${String(method)}`
          calls.push(call)
          if (state === 'away') throw new Error('the store is away')
          if (state === 'silent') return new Promise(() => {})
          const answer: unknown = await Reflect.apply(real, target, args)
          const hold = holds.get(call)
          if (hold !== undefined) {
            holds.delete(call)
            hold.arrived()
            await hold.until
          }
          return answer
        }
      },
    })

  const store = new Proxy(real, {
    get(target, name, receiver) {
      const port: unknown = Reflect.get(target, name, receiver)
      return typeof port === 'object' && port !== null ? watch(String(name), port) : port
    },
  })
  return {
    store,
    calls,
    be(next) {
      state = next
    },
    hold(call) {
      const { promise: held, resolve: arrived } = Promise.withResolvers<void>()
      const { promise: until, resolve: release } = Promise.withResolvers<void>()
      holds.set(call, { arrived, until })
      return { held, release }
    },
  }
}
