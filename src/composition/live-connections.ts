import type { AskAbout } from '../facts.ts'
import type { Journal } from '../journal/journal.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import {
  createLiveRegistry,
  type LiveConnection,
  type LiveRegistry,
  type Reasked,
  type Selection,
} from '../live/registry.ts'
import type { Change, Changes } from '../people/changes.ts'
import type { RouteFact } from '../policy/facts.ts'
import type { Decision } from '../policy/verdict.ts'

/** The registry of open connections, asked again by the gates whenever something they were judged by has changed. */
export interface LiveConnections {
  readonly registry: LiveRegistry
  close(): void
}

export interface LiveConnectionsNeeds {
  readonly clock: Clock
  readonly journal: Journal
  readonly changes: Changes
  /** Asks without spending. */
  readonly look: AskAbout
  /** The rule of a route by its name, as it stands now; null when a reload took the route away. */
  readonly ruleOf: (route: string) => RouteFact | null
}

export function openLiveConnections({ clock, journal, changes, look, ruleOf }: LiveConnectionsNeeds): LiveConnections {
  const registry = createLiveRegistry({
    clock,
    reask: connection => reask(connection, look, ruleOf),
    onCut: (connection, code) =>
      journal.cut(String(code), { accountId: connection.accountId, sessionId: connection.sessionId }),
  })
  const stop: Cancel = changes.subscribe(list => {
    for (const change of list) {
      const selection = selectionOf(change)
      if (selection !== null && registry.count(selection) > 0)
        registry.reask(selection).catch((cause: unknown) => journal.trouble('asking open connections again', cause))
    }
  })
  return {
    registry,
    close() {
      stop()
      registry[Symbol.dispose]()
    },
  }
}

function selectionOf(change: Change): Selection | null {
  switch (change.kind) {
    case 'session':
      return { session: change.id }
    case 'account':
      return { account: change.id }
    case 'organization':
      return { organization: change.id }
    case 'everything':
      return 'all'
    case 'keys':
      return null
    default:
      return change satisfies never
  }
}

function reask(
  connection: LiveConnection,
  look: AskAbout,
  ruleOf: LiveConnectionsNeeds['ruleOf'],
): Reasked | Promise<Reasked> {
  const rule = ruleOf(connection.route)
  if (rule === null) return { kind: 'cut', code: closeCodes.forbidden, reason: 'this address is not served any more' }
  // Nobody was asked for when a public connection opened; what its route demands now still holds.
  const asked = look(rule.access === 'public' ? 'public' : 'live', connection.head, rule)
  return asked instanceof Promise ? asked.then(fate) : fate(asked)
}

/** Close codes that a page's script can read (behaviour.md 2): 4401 sign in, 4403 forbidden. */
const closeCodes = { signIn: 4401, forbidden: 4403, tryLater: 1013 } as const

function fate({ verdict, validUntil }: Decision): Reasked {
  switch (verdict.kind) {
    case 'allow':
      return { kind: 'stays', validUntil }
    case 'challenge':
      return { kind: 'cut', code: closeCodes.signIn, reason: 'please sign in again' }
    case 'deny':
      if (verdict.reason === 'unavailable')
        return { kind: 'cut', code: closeCodes.tryLater, reason: 'please try again shortly' }
      // A forced reset reads as a sign-in that is needed: the page then leads to where the way out begins.
      return verdict.reason === 'reset_required'
        ? { kind: 'cut', code: closeCodes.signIn, reason: 'please sign in again' }
        : { kind: 'cut', code: closeCodes.forbidden, reason: 'access was withdrawn' }
    default:
      return verdict satisfies never
  }
}
