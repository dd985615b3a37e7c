import { hashToken } from '../lib/secret.ts'
import type { Notice } from '../notices/notice.ts'
import type { AccountId, Proof, SessionFact, SessionId } from '../policy/facts.ts'
import type { Account } from './account.ts'
import type { Changes } from './changes.ts'
import { createLivingSessions, endOf, type LivingSessions } from './living-sessions.ts'
import { createOpening, newSessionId, type OpenedSession, type Opening, type OpeningNeeds } from './opening.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import type { ProviderSignIn, Session } from './session.ts'
import { endOfSubject, type LogoutSubject } from './single-logout.ts'

/**
 * The sessions of signed-in people: memory over the store (living-sessions.ts), their opening (opening.ts), the join of application
 * hosts, and their ends. Never decides whether somebody may come in: whoever opens a session has asked the entry walk.
 */
export interface SessionBook {
  /** Synchronous when warm. Applies idle and absolute limits and marks the session as seen. Fault `unavailable` when the store is away for too long. */
  find(token: string): Session | null | Promise<Session | null>
  fact(session: Session): SessionFact
  /**
   * Null when the attempt has ended meanwhile (another tab was faster) or the account is not open any more. The `new_device` notice
   * is added here whenever the account does not know the device; `notices` are further ones.
   */
  open(opening: Opening, by: Origin, notices: readonly Notice[]): Promise<OpenedSession | null>
  /** After a step-up: new token, more proofs, same session. Null when it has ended meanwhile. */
  rotate(session: Session, addedProofs: readonly Proof[], by: Origin): Promise<{ readonly token: string } | null>
  /** A code by which `host` gets a child session: 60 seconds, once, only for the browser that holds the cookie `binding`. */
  issueJoin(root: Session, host: string, binding: string): Promise<string>
  redeemJoin(join: Join): Promise<OpenedSession | null>
  /** The account's living portal sessions, newest first. */
  listOf(accountId: AccountId): Promise<readonly Session[]>
  /** Ends the session's root and all its children. False when it had ended before. */
  end(session: SessionName, by: Origin): Promise<boolean>
  /** Ends all sessions of the account but the one whose root is named; answers how many. */
  endAllOf(account: Pick<Account, 'id' | 'organizationId'>, except: SessionId | null, by: Origin): Promise<number>
  /** Ends what the provider of an organization names in a logout request; answers how many roots ended. */
  endOfSubject(subject: LogoutSubject, by: Origin): Promise<number>
  /** Whether the provider has ended that sign-in before its word came here (SAML core 3.7.3.2). */
  wasSignedOut(signIn: ProviderSignIn): Promise<boolean>
  /** Writes the last-seen times gathered in memory; also called by itself once a minute. */
  flush(): Promise<void>
  /** Flushes, and stops listening. */
  close(): Promise<void>
}

export type SessionName = Pick<Session, 'rootId' | 'accountId' | 'organizationId'>

export interface Join {
  readonly code: string
  readonly host: string
  readonly binding: string
  readonly address: string
  readonly agent: string
}

export interface SessionBookNeeds extends OpeningNeeds {
  readonly changes: Changes
}

export function createSessionBook(needs: SessionBookNeeds): SessionBook {
  const { sessions, clock } = needs
  const living = createLivingSessions(needs)
  return {
    find: token => living.find(token),
    fact,
    open: createOpening(needs),
    rotate: (session, addedProofs, by) => rotate(needs, living, { session, addedProofs, by }),
    issueJoin: (root, host, binding) => issueJoin(needs, root, { host, binding }),
    redeemJoin: join => redeemJoin(needs, join),
    async listOf(accountId) {
      const roots = await sessions.listOf(accountId)
      return roots.map(session => living.refreshed(session)).filter(session => clock.now() < endOf(session))
    },
    async end(session, by) {
      const audit = auditOf('session_ended', session, by, clock.now(), { session: session.rootId })
      const ended = await sessions.end(session.rootId, { audit, notices: [] })
      living.drop(session.rootId)
      return ended > 0
    },
    async endAllOf(account, except, by) {
      const facts = { session: except === null ? 'all' : 'all others' }
      const audit = auditOf('session_ended', aboutAccount(account), by, clock.now(), facts)
      const ended = await sessions.endAllOf(account.id, except, { audit, notices: [] })
      living.drop(account.id)
      return ended
    },
    endOfSubject: (subject, by) => endOfSubject(needs, living, subject, by),
    wasSignedOut: signIn => sessions.wasSignedOut(signIn),
    flush: () => living.flush(),
    close: () => living.close(),
  }
}

function fact(session: Session): SessionFact {
  const { id, rootId, accountId, proofs, openedAt, breakGlass } = session
  return { id, rootId, accountId, proofs, openedAt, endsAt: endOf(session), breakGlass }
}

interface Rotation {
  readonly session: Session
  readonly addedProofs: readonly Proof[]
  readonly by: Origin
}

async function rotate(
  { sessions, tokens, clock }: SessionBookNeeds,
  living: LivingSessions,
  { session, addedProofs, by }: Rotation,
): Promise<{ token: string } | null> {
  const { token, tokenHash } = tokens.mint()
  const proved = addedProofs.map(proof => proof.kind).join(' + ')
  const audit = auditOf('session_proved_again', session, by, clock.now(), { session: session.id, proved })
  const rotated = await sessions.rotate(session.id, tokenHash, addedProofs, { audit, notices: [] })
  living.drop(session.rootId)
  return rotated ? { token } : null
}

async function issueJoin(
  { sessions, random, clock }: SessionBookNeeds,
  root: Session,
  { host, binding }: Pick<Join, 'host' | 'binding'>,
): Promise<string> {
  const code = random.token(joinCodeBytes)
  const bindingHash = hashToken(binding)
  const expiresAt = clock.now() + joinMs
  await sessions.issueJoin({ codeHash: hashToken(code), rootId: root.rootId, host, bindingHash, expiresAt })
  return code
}

const joinCodeBytes = 24
/** Time for one redirect, not for a link that is passed on. */
const joinMs = 60_000

async function redeemJoin(
  { sessions, tokens, clock, random }: SessionBookNeeds,
  join: Join,
): Promise<OpenedSession | null> {
  const { token, tokenHash } = tokens.mint()
  const redemption = {
    codeHash: hashToken(join.code),
    host: join.host,
    bindingHash: hashToken(join.binding),
    at: clock.now(),
  }
  const id = newSessionId(random)
  const session = await sessions.redeemJoin(redemption, { id, tokenHash, address: join.address, agent: join.agent })
  return session === null ? null : { token, session }
}
