import type { AskAbout } from '../facts.ts'
import type { Journal } from '../journal/journal.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { RequestHead } from '../lib/request-head.ts'
import {
  createLiveRegistry,
  type LiveConnection,
  type LiveRegistry,
  type Reasked,
  type Selection,
} from '../live/registry.ts'
import type { Change, Changes } from '../people/changes.ts'
import type { RouteFact } from '../policy/facts.ts'
import type { Decision, Reason } from '../policy/verdict.ts'

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
  /** The rule that the request would stand under now; null when a reload took its route away. */
  readonly ruleFor: (head: RequestHead) => RouteFact | null
  /** Records why a connection is cut; its receipt becomes the close frame's reason. */
  readonly refused: (head: RequestHead, decision: Decision) => string
  /** A connection of this account was cut. */
  readonly cut: (accountId: string | null) => void
}

export function openLiveConnections(needs: LiveConnectionsNeeds): LiveConnections {
  const { clock, journal, changes, cut } = needs
  const registry = createLiveRegistry({
    clock,
    reask: connection => reask(connection, needs),
    onCut(connection, code) {
      cut(connection.accountId)
      journal.cut(String(code), { accountId: connection.accountId, sessionId: connection.sessionId })
    },
    cutFailed: (_, cause) => journal.trouble('cutting an open connection', cause),
  })
  const stop: Cancel = changes.subscribe(list => {
    registry.changed()
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
    case 'bans':
    case 'threats':
      return null
    default:
      return change satisfies never
  }
}

function reask(
  connection: LiveConnection,
  { look, ruleFor, refused }: LiveConnectionsNeeds,
): Reasked | Promise<Reasked> {
  const { head, accountId } = connection
  const rule = ruleFor(head)
  if (rule === null) return { kind: 'cut', code: closeCodes.forbidden, reason: 'not served any more' }
  // Whom a public connection was opened for without knowing anybody, nobody can be taken from; where the application was told who it is,
  // it must not go on talking to somebody who has left.
  const asked = look(rule.access === 'public' && accountId === null ? 'public' : 'live', head, rule)
  const settle = (decision: Decision) => fate(decision, () => refused(head, decision))
  return asked instanceof Promise ? asked.then(settle) : settle(asked)
}

/** Close codes that a page's script can read (docs/headers.md): 4401 sign in, 4403 forbidden. */
const closeCodes = { signIn: 4401, forbidden: 4403, tryLater: 1013 } as const

function fate({ verdict, validUntil }: Decision, receipt: () => string): Reasked {
  switch (verdict.kind) {
    case 'allow':
      return { kind: 'stays', validUntil }
    case 'challenge':
      return { kind: 'cut', code: closeCodes.signIn, reason: receipt() }
    case 'deny':
      return { kind: 'cut', code: codeOf(verdict.reason), reason: receipt() }
    default:
      return verdict satisfies never
  }
}

function codeOf(reason: Reason): number {
  if (reason === 'unavailable') return closeCodes.tryLater
  // A forced reset reads as a sign-in that is needed: the page then leads to where the way out begins. So does single sign-on.
  return reason === 'reset_required' || reason === 'sso_required' ? closeCodes.signIn : closeCodes.forbidden
}
