import type { Clock } from '../lib/clock.ts'
import type { RequestHead } from '../lib/request-head.ts'
import { createNameIndex, type NameIndex } from './name-index.ts'
import { runInSlices } from './slices.ts'
import { createWheel, type Wheel } from './wheel.ts'

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
  /** The registry's moment at which its question was begun: what changed since then, it has not been judged by. */
  readonly askedAt?: number | undefined
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
  | 'upgraded'
  | 'all'

export interface LiveRegistry extends Disposable {
  /** Grows with everything that may change an answer. Read it before a question is asked. */
  readonly moment: number
  /** Something has changed by which connections are judged; those that open are asked again if they were judged before. */
  changed(): void
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
  /** Told about each cut that threw. */
  cutFailed?(connection: LiveConnection, cause: unknown): void
}

export function createLiveRegistry(options: LiveRegistryOptions): LiveRegistry {
  return new Registry(options)
}

/** Ends a connection whose question could not be answered (RFC 6455 registry: try again later). */
const unanswered = { kind: 'cut', code: 1013, reason: 'try again later' } as const

class Registry implements LiveRegistry {
  readonly #options: LiveRegistryOptions
  readonly #all = new Set<LiveConnection>()
  readonly #sessions: NameIndex<LiveConnection> = createNameIndex()
  readonly #accounts: NameIndex<LiveConnection> = createNameIndex()
  readonly #organizations: NameIndex<LiveConnection> = createNameIndex()
  readonly #wheel: Wheel<LiveConnection>
  #moment = 0

  constructor(options: LiveRegistryOptions) {
    this.#options = options
    this.#wheel = createWheel(options.clock, due => void this.#reaskAll(due))
  }

  get moment(): number {
    return this.#moment
  }

  changed(): void {
    this.#moment += 1
  }

  register(connection: LiveConnection): () => void {
    this.#all.add(connection)
    this.#sessions.add(connection.sessionId, connection)
    this.#accounts.add(connection.accountId, connection)
    this.#organizations.add(connection.organizationId, connection)
    this.#wheel.place(connection, connection.validUntil)
    // A revocation that came between the question and here found nothing to cut. Later in this turn: its owner has to be able to cut it.
    if (connection.askedAt !== undefined && connection.askedAt !== this.#moment)
      queueMicrotask(() => void this.#reaskAll([connection]))
    return () => this.#release(connection)
  }

  count(selection: Selection): number {
    return this.#select(selection).size
  }

  list(selection: Selection): readonly LiveConnection[] {
    return [...this.#select(selection)]
  }

  async cut(selection: Selection, code: number, reason: string): Promise<number> {
    let cuts = 0
    await runInSlices(this.#options.clock, this.list(selection), connection => {
      if (!this.#all.has(connection)) return
      cuts += 1
      this.#cutOne(connection, code, reason)
    })
    return cuts
  }

  reask(selection: Selection): Promise<number> {
    return this.#reaskAll(this.list(selection))
  }

  [Symbol.dispose](): void {
    this.#wheel.stop()
  }

  #select(selection: Selection): ReadonlySet<LiveConnection> {
    if (selection === 'all') return this.#all
    if (selection === 'upgraded') return new Set([...this.#all].filter(({ head }) => head.upgrade !== undefined))
    if ('session' in selection) return this.#sessions.get(selection.session)
    if ('account' in selection) return this.#accounts.get(selection.account)
    return this.#organizations.get(selection.organization)
  }

  #release(connection: LiveConnection): void {
    if (!this.#all.delete(connection)) return
    this.#sessions.remove(connection.sessionId, connection)
    this.#accounts.remove(connection.accountId, connection)
    this.#organizations.remove(connection.organizationId, connection)
    this.#wheel.remove(connection)
  }

  #cutOne(connection: LiveConnection, code: number, reason: string): void {
    this.#release(connection)
    try {
      connection.cut(code, reason)
      this.#options.onCut?.(connection, code)
    } catch (cause) {
      // One that cannot be told must not leave those after it open.
      this.#options.cutFailed?.(connection, cause)
    }
  }

  async #reaskAll(connections: readonly LiveConnection[]): Promise<number> {
    let cuts = 0
    const waiting: Promise<void>[] = []
    await runInSlices(this.#options.clock, connections, connection => {
      if (!this.#all.has(connection)) return
      const answer = this.#ask(connection)
      if (answer instanceof Promise)
        waiting.push(
          answer.then(late => {
            cuts += this.#settle(connection, late)
          }),
        )
      else cuts += this.#settle(connection, answer)
    })
    await Promise.all(waiting)
    return cuts
  }

  #ask(connection: LiveConnection): Reasked | Promise<Reasked> {
    try {
      const answer = this.#options.reask(connection)
      return answer instanceof Promise ? answer.catch(() => unanswered) : answer
    } catch {
      return unanswered
    }
  }

  /** Answers how many were cut: one or none. */
  #settle(connection: LiveConnection, answer: Reasked): 0 | 1 {
    if (!this.#all.has(connection)) return 0 // it ended while it was asked about
    if (answer.kind === 'stays') {
      this.#wheel.place(connection, answer.validUntil)
      return 0
    }
    this.#cutOne(connection, answer.code, answer.reason)
    return 1
  }
}
