import type { Clock } from '../lib/clock.ts'
import type { RequestHead } from '../lib/request-head.ts'
import { runInSlices } from './slices.ts'
import { createWheel } from './wheel.ts'

// The register of everything that is open towards the application: streams, long polls, uploads, tunnels. It finds connections by
// session, account and organization, cuts them, and has them asked again when time or an event may have changed the answer.
// It decides nothing: `reask` does, and the composition root gives it. Sweeps run in slices, so that 100,000 connections hold nobody up.

/** Something open, as its owner registers it. */
export interface LiveConnection {
  readonly sessionId: string | null
  readonly accountId: string | null
  readonly organizationId: string | null
  /** The request it began with: what it is judged by again. */
  readonly head: RequestHead
  readonly route: string
  /** When time alone may change the answer; Infinity when only an event can. Milliseconds since 1970. */
  readonly validUntil: number
  /** Ends it, telling the client as much as its kind allows. */
  cut(code: number, reason: string): void
}

/** What is to become of a connection that was asked again. */
export type Reasked =
  | { readonly kind: 'stays'; readonly validUntil: number }
  | { readonly kind: 'cut'; readonly code: number; readonly reason: string }

export type Selection =
  | { readonly session: string }
  | { readonly account: string }
  | { readonly organization: string }
  | 'all'

export interface LiveRegistry extends Disposable {
  /** Takes a connection in; calling the answer releases it. */
  register(connection: LiveConnection): () => void
  count(selection: Selection): number
  /** Those that are open now. */
  list(selection: Selection): readonly LiveConnection[]
  /** Ends all of them; fulfilled when each has been told. */
  cut(selection: Selection, code: number, reason: string): Promise<number>
  /** Has each judged again; fulfilled when all have been. Answers how many were cut. */
  reask(selection: Selection): Promise<number>
}

export interface LiveRegistryOptions {
  readonly clock: Clock
  /** Judges a connection again. What throws is cut: an answer that cannot be had is no permission. */
  reask(connection: LiveConnection): Reasked | Promise<Reasked>
  /** Told about each cut. */
  onCut?(connection: LiveConnection, code: number): void
}

/** Ends a connection whose question could not be answered (RFC 6455 registry: try again later). */
const unanswered = { kind: 'cut', code: 1013, reason: 'try again later' } as const

export function createLiveRegistry(options: LiveRegistryOptions): LiveRegistry {
  const all = new Set<LiveConnection>()
  const sessions = createIndex()
  const accounts = createIndex()
  const organizations = createIndex()
  const wheel = createWheel<LiveConnection>(options.clock, due => void reaskAll(due))

  const release = (connection: LiveConnection): void => {
    if (!all.delete(connection)) return
    sessions.remove(connection.sessionId, connection)
    accounts.remove(connection.accountId, connection)
    organizations.remove(connection.organizationId, connection)
    wheel.remove(connection)
  }
  const cutOne = (connection: LiveConnection, code: number, reason: string): void => {
    release(connection)
    connection.cut(code, reason)
    options.onCut?.(connection, code)
  }
  const reaskAll = async (connections: Iterable<LiveConnection>): Promise<number> => {
    let cuts = 0
    const settle = (connection: LiveConnection, answer: Reasked): void => {
      if (!all.has(connection)) return // it ended while it was asked about
      if (answer.kind === 'stays') {
        wheel.place(connection, answer.validUntil)
        return
      }
      cuts += 1
      cutOne(connection, answer.code, answer.reason)
    }
    const waiting: Promise<void>[] = []
    await runInSlices(options.clock, connections, connection => {
      if (!all.has(connection)) return
      const answer = askSafely(connection)
      if (answer instanceof Promise) waiting.push(answer.then(late => settle(connection, late)))
      else settle(connection, answer)
    })
    await Promise.all(waiting)
    return cuts
  }
  const askSafely = (connection: LiveConnection): Reasked | Promise<Reasked> => {
    try {
      const answer = options.reask(connection)
      return answer instanceof Promise ? answer.catch(() => unanswered) : answer
    } catch {
      return unanswered
    }
  }
  const select = (selection: Selection): ReadonlySet<LiveConnection> => {
    if (selection === 'all') return all
    if ('session' in selection) return sessions.get(selection.session)
    if ('account' in selection) return accounts.get(selection.account)
    return organizations.get(selection.organization)
  }

  return {
    register(connection) {
      all.add(connection)
      sessions.add(connection.sessionId, connection)
      accounts.add(connection.accountId, connection)
      organizations.add(connection.organizationId, connection)
      wheel.place(connection, connection.validUntil)
      return () => release(connection)
    },
    count: selection => select(selection).size,
    list: selection => [...select(selection)],
    async cut(selection, code, reason) {
      let cuts = 0
      await runInSlices(options.clock, [...select(selection)], connection => {
        if (!all.has(connection)) return
        cuts += 1
        cutOne(connection, code, reason)
      })
      return cuts
    },
    reask: selection => reaskAll([...select(selection)]),
    [Symbol.dispose]: () => wheel.stop(),
  }
}

/** Connections by one of their names. An entry lives as long as somebody is in it. */
function createIndex() {
  const byName = new Map<string, Set<LiveConnection>>()
  return {
    add(name: string | null, connection: LiveConnection): void {
      if (name === null) return
      const members = byName.get(name)
      if (members === undefined) byName.set(name, new Set([connection]))
      else members.add(connection)
    },
    remove(name: string | null, connection: LiveConnection): void {
      const members = name === null ? undefined : byName.get(name)
      if (name === null || members === undefined) return
      members.delete(connection)
      if (members.size === 0) byName.delete(name)
    },
    get: (name: string): ReadonlySet<LiveConnection> => byName.get(name) ?? nobody,
  }
}

const nobody: ReadonlySet<LiveConnection> = new Set()
