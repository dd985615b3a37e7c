import { createHmac } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { namesEmail } from '../lib/email-list.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import { hashToken } from '../lib/secret.ts'
import type { Account, Accounts } from './account.ts'
import type { Directory } from './directory.ts'
import { type Email, parseEmail } from './email.ts'
import type { EmailChanges } from './email-changes.ts'
import type { EmailDomains } from './email-domains.ts'
import { hasLocalWays } from './local-ways.ts'
import type { OneTimeCodes } from './one-time-codes.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import { emailChangeCode, emailChanged, emailChangeTaken } from './protection-notices.ts'
import type { ReportLink } from './report-link.ts'
import type { Session } from './session.ts'
import { undoable } from './session-change.ts'

/**
 * A new address for an account: proved by a code that is mailed to it, told to every address concerned, and undone from the old one for seven
 * days. Whether the new address has an account is never told to whoever named it.
 */
export interface EmailChange {
  /** Whether this account may have that address; says nothing about other accounts. */
  judge(account: Account, typed: string): Promise<EmailJudgement>
  /** Mails the code; an earlier one of this session is void. */
  send(account: Account, session: Session, wanted: Email, by: Origin): Promise<void>
  /** The address that waits for its code; null when none does, or it is too old. */
  pending(session: Session): Promise<{ readonly email: string } | null>
  confirm(account: Account, session: Session, code: string, by: Origin): Promise<EmailConfirmation>
}

export type EmailJudgement =
  | { readonly kind: 'possible'; readonly wanted: Email }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'same' }
  /** The address is the organization's business: single sign-on, or a name that stands in its rules. */
  | { readonly kind: 'managed' }
  /** Its domain was verified by another organization: who signs in there is for that one to say. */
  | { readonly kind: 'foreign_domain' }

export type EmailConfirmation =
  | { readonly kind: 'changed' }
  | { readonly kind: 'wrong'; readonly triesLeft: number }
  | { readonly kind: 'ended' }

export interface EmailChangeNeeds {
  readonly codes: OneTimeCodes
  readonly changes: EmailChanges
  readonly accounts: Pick<Accounts, 'findByEmail'>
  readonly domains: Pick<EmailDomains, 'ownerOf'>
  readonly directory: Pick<Directory, 'organizationFact'>
  readonly seal: Seal
  /** Of the keyed hash: a copy of the database must not give six digits away. */
  readonly codeKey: Uint8Array
  readonly random: Random
  readonly clock: Clock
  readonly undoUrl: (token: string) => string
}

const codeMs = 10 * 60_000
const triesMax = 5
/** As long the old address can take a change back (docs/notices.md). */
const undoMs = 7 * 86_400_000
const tokenBytes = 32

export function createEmailChange(needs: EmailChangeNeeds): EmailChange {
  const { codes, seal, clock } = needs
  return {
    judge: (account, typed) => judge(needs, account, typed),
    send: (account, session, wanted, by) => send(needs, { account, session, by }, wanted),
    async pending(session) {
      const code = await codes.find(session.rootId, 'email_change', clock.now())
      return code?.detail == null ? null : { email: seal.open(code.detail, contextOf(session)) }
    },
    confirm: (account, session, code, by) => confirm(needs, { account, session, by }, code),
  }
}

interface Asker {
  readonly account: Account
  readonly session: Session
  readonly by: Origin
}

async function judge(
  { directory, domains }: EmailChangeNeeds,
  account: Account,
  typed: string,
): Promise<EmailJudgement> {
  const { organizationId } = account
  if (!(await hasLocalWays(account, directory))) return { kind: 'managed' }
  const rules = organizationId === null ? null : await directory.organizationFact(organizationId)
  // A break-glass account is named by its address: with another one it would be locked out when it is needed.
  if (rules !== null && namesEmail(rules.sso.breakGlassEmails, account.email)) return { kind: 'managed' }
  const wanted = parseEmail(typed)
  if (wanted === null) return { kind: 'unreadable' }
  if (wanted.key === account.emailKey) return { kind: 'same' }
  const domain = wanted.key.slice(wanted.key.lastIndexOf('@') + 1)
  const owner = await domains.ownerOf(domain)
  if (owner !== null && owner !== organizationId) return { kind: 'foreign_domain' }
  return { kind: 'possible', wanted }
}

/** For an address that has an account: the same row and one mail as well. The code in the row is one that nobody can enter. */
async function send(needs: EmailChangeNeeds, { account, session, by }: Asker, wanted: Email): Promise<void> {
  const { codes, random, clock, seal } = needs
  const at = clock.now()
  const owner = await needs.accounts.findByEmail(wanted.key)
  const text = random.digits(6)
  const expiresAt = at + codeMs
  const mail =
    owner === null
      ? emailChangeCode(account, by, { to: wanted.email, text, expiresAt })
      : emailChangeTaken(owner, by, at)
  await codes.keep(
    {
      subject: session.rootId,
      purpose: 'email_change',
      accountId: account.id,
      hash: hashOf(needs, session, owner === null ? text : random.token(tokenBytes)),
      expiresAt,
      detail: seal.close(wanted.email, contextOf(session)),
    },
    { audit: auditOf('email_change_asked', aboutAccount(account), by, at), notices: [mail] },
  )
}

async function confirm(
  needs: EmailChangeNeeds,
  { account, session, by }: Asker,
  typed: string,
): Promise<EmailConfirmation> {
  const { codes, clock, seal } = needs
  const subject = session.rootId
  const tries = await codes.countTry(subject, 'email_change', clock.now())
  if (tries === null || tries > triesMax) return { kind: 'ended' }
  const used = await codes.use(subject, 'email_change', hashOf(needs, session, typed), clock.now())
  if (used?.detail == null) {
    if (tries === triesMax) await codes.end(subject, 'email_change')
    return tries === triesMax ? { kind: 'ended' } : { kind: 'wrong', triesLeft: triesMax - tries }
  }
  // What could be judged when it was asked for may have changed since.
  const judged = await judge(needs, account, seal.open(used.detail, contextOf(session)))
  if (judged.kind !== 'possible') return { kind: 'ended' }
  return (await commit(needs, { account, session, by }, judged.wanted)) ? { kind: 'changed' } : { kind: 'ended' }
}

async function commit(needs: EmailChangeNeeds, { account, session, by }: Asker, wanted: Email): Promise<boolean> {
  const at = needs.clock.now()
  const undoUntil = at + undoMs
  const before = account.formerEmail !== null && at < account.formerEmail.undoUntil ? account.formerEmail : null
  const token = needs.random.token(tokenBytes)
  const link: ReportLink = {
    tokenHash: hashToken(token),
    purpose: 'email_undo',
    accountId: account.id,
    sessionId: null,
    deviceId: null,
    issuedAt: at,
    expiresAt: undoUntil,
    usedAt: null,
  }
  const { email: former, emailKey: formerKey } = account
  const outcome = await needs.changes.change(
    {
      accountId: account.id,
      sessionId: session.rootId,
      fromKey: formerKey,
      email: wanted.email,
      emailKey: wanted.key,
      // Whoever changes it twice must not shake the owner off.
      former: { email: before?.email ?? former, undoUntil },
    },
    {
      audit: auditOf('email_changed', aboutAccount(account), by, at, { session: session.rootId }),
      notices: emailChanged(account, by, { at, next: wanted.email, undoUrl: needs.undoUrl(token), undoUntil }),
      links: [link],
      ...undoable(by, { kind: 'email_changed', former, formerKey, to: wanted.key, before }),
    },
  )
  return outcome === 'changed'
}

function contextOf({ rootId }: Session): string {
  return `code:email_change:${rootId}`
}

function hashOf({ codeKey }: EmailChangeNeeds, { rootId }: Session, code: string): string {
  return createHmac('sha256', codeKey).update(`email_change ${rootId} ${code}`).digest('base64url')
}
