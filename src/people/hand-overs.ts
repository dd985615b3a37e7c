import type { AuditStore } from '../journal/receipt.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import { hashToken } from '../lib/secret.ts'
import type { OutboxStore } from '../notices/outbox-store.ts'
import type { AccountId } from '../policy/facts.ts'
import type { Account, Accounts, EmailKey } from './account.ts'
import { type Attempt, type Attempts, attemptMs } from './attempt.ts'
import { activeKinds, type Directory } from './directory.ts'
import type { HandOverCodes } from './hand-over.ts'
import { type HandOverText, hashHandOver, parseHandOverText } from './hand-over-code.ts'
import { createIssuing, type HandOverIssuing } from './hand-over-issuing.ts'
import { handOverFailed, handOverUsed } from './hand-over-notices.ts'
import { hasLocalWays } from './local-ways.ts'
import type { NewPasswords } from './new-passwords.ts'
import { aboutAccount, auditOf, type Origin, type Subject } from './origin.ts'
import type { Redeeming } from './resets.ts'
import type { SignIn } from './sign-in.ts'

/**
 * The way back for who has lost the mailbox: somebody who knows the person issues a code, the person shows it with the
 * e-mail address, then the second factor, then chooses a new password. Nobody chooses a password for somebody else.
 */
export interface HandOvers {
  issue: HandOverIssuing
  /** Null for a code that was never made for this name: it needs no look-up, whether anybody has the name or not. */
  read(name: EmailKey, code: string): HandOverText | null
  /** Unknown names, wrong, void and old codes, accounts without local ways: all `null`, after the same work. `pass` carries it from page to page. */
  begin(
    name: EmailKey,
    code: HandOverText,
    by: Origin,
  ): Promise<{ readonly pass: string; readonly handed: Handed } | null>
  /** For what comes after. Null when the code, the ten minutes or the account's right to it have ended. */
  open(pass: string): Promise<Handed | null>
  /** Five tries for each code; then it is void. */
  proveFactor(handed: Handed, code: string, by: Origin): Promise<'proved' | 'wrong' | 'gone'>
  /** All that the redemption of a reset ticket does; exactly one caller wins. */
  redeem(handed: Handed, password: string, by: Origin): Promise<Redeeming>
}

export interface Handed {
  readonly account: Account
  readonly attempt: Attempt
  readonly codeHash: string
  /** What is lacking before a password may be chosen. */
  readonly lacks: 'second_factor' | 'nothing'
}

export interface HandOversNeeds {
  readonly accounts: Accounts
  readonly directory: Directory
  readonly handOverCodes: HandOverCodes
  readonly attempts: Attempts
  readonly signIn: Pick<SignIn, 'proveCode'>
  readonly newPasswords: NewPasswords
  readonly audit: Pick<AuditStore, 'append'>
  readonly outbox: Pick<OutboxStore, 'add'>
  readonly seal: Seal
  readonly codeKey: Buffer
  readonly random: Random
  readonly clock: Clock
}

/** Wrong codes, and wrong second factors after a right one, together. */
const handOverTriesMax = 5

export function createHandOvers(needs: HandOversNeeds): HandOvers {
  return {
    issue: createIssuing(needs),
    read: (name, code) => parseHandOverText(code, needs.codeKey, name),
    begin: (name, code, by) => begin(needs, { name, code, by }),
    open: pass => open(needs, pass),
    proveFactor: (handed, code, by) => proveFactor(needs, { handed, code, by }),
    redeem: (handed, password, by) => redeem(needs, { handed, password, by }),
  }
}

interface Showing {
  readonly name: EmailKey
  readonly code: HandOverText
  readonly by: Origin
}

async function begin(needs: HandOversNeeds, { name, code, by }: Showing): ReturnType<HandOvers['begin']> {
  const { accounts, handOverCodes, codeKey, random, clock } = needs
  const account = await accounts.findByEmail(name)
  const at = clock.now()
  if (account === null || !(await mayRedeem(needs, account))) {
    const subject: Subject = account === null ? { accountId: null, organizationId: null } : aboutAccount(account)
    await needs.audit.append(auditOf('hand_over_refused', subject, by, at, { why: 'code' }))
    return null
  }
  const codeHash = hashHandOver(code, codeKey, account.id)
  const refused = auditOf('hand_over_refused', aboutAccount(account), by, at, { why: 'code' })
  const shown = { accountId: account.id, codeHash, at, triesMax: handOverTriesMax }
  if (!(await handOverCodes.present(shown, { audit: refused, notices: [] }))) return null
  const token = random.token(18)
  const attempt = attemptFor(account, token, random.token(16), at)
  const audit = auditOf('sign_in_challenged', aboutAccount(account), by, at, { proved: 'hand_over' })
  await needs.attempts.start(attempt, { audit, notices: [] })
  const pass: Pass = { accountId: account.id, codeHash, token }
  return {
    pass: needs.seal.close(JSON.stringify(pass), passContext),
    handed: { account, attempt, codeHash, lacks: lackOf(account, attempt) },
  }
}

/**
 * Carries the second factor, and is no sign-in: it proves no first factor, and its token is none of those that the sign-in pages accept.
 */
function attemptFor(account: Account, token: string, id: string, at: number): Attempt {
  return {
    id,
    tokenHash: hashToken(token),
    accountId: account.id,
    proofs: [],
    risk: { emailCode: false, why: 'none' },
    deviceId: 'hand-over',
    startedAt: at,
    expiresAt: at + attemptMs,
    wrongCodes: 0,
    sealedEnrolment: null,
    emailCode: null,
  }
}

/** Sealed into the pages' forms, so that each tab has its own and none can be made up. */
interface Pass {
  readonly accountId: AccountId
  readonly codeHash: string
  readonly token: string
}

const passContext = 'hand-over pass'

async function open(needs: HandOversNeeds, sealed: string): Promise<Handed | null> {
  const pass = readPass(needs, sealed)
  if (pass === null) return null
  const { accountId, codeHash, token } = pass
  const at = needs.clock.now()
  const live = await needs.handOverCodes.find(accountId, codeHash, at)
  const attempt = await needs.attempts.findByTokenHash(hashToken(token))
  const account = await needs.accounts.find(accountId)
  if (live === null || attempt === null || account === null) return null
  if (attempt.accountId !== accountId || attempt.expiresAt <= at) return null
  if (!(await mayRedeem(needs, account))) return null
  return { account, attempt, codeHash, lacks: lackOf(account, attempt) }
}

function readPass({ seal }: HandOversNeeds, sealed: string): Pass | null {
  try {
    return JSON.parse(seal.open(sealed, passContext)) as Pass // because only `begin` seals under this context
  } catch {
    return null // made up, or sealed under a key that is no more
  }
}

/** Single sign-on has no local way, on no path; suspended, invited and deleted accounts have other ways or none. */
async function mayRedeem({ directory }: HandOversNeeds, account: Account): Promise<boolean> {
  return account.state === 'open' && (await hasLocalWays(account, directory))
}

/** Kinds that prove a second factor. A mailed code never does, and here it would prove the mailbox that is lost. */
const secondKinds: readonly string[] = ['totp', 'backup_code', 'sms_code', 'passkey']

function lackOf(account: Account, attempt: Attempt): Handed['lacks'] {
  if (activeKinds(account).length === 0) return 'nothing'
  return attempt.proofs.some(({ kind }) => secondKinds.includes(kind)) ? 'nothing' : 'second_factor'
}

interface Proving {
  readonly handed: Handed
  readonly code: string
  readonly by: Origin
}

async function proveFactor(needs: HandOversNeeds, { handed, code, by }: Proving): ReturnType<HandOvers['proveFactor']> {
  const { handOverCodes, signIn, audit, outbox, clock } = needs
  const { account, attempt, codeHash } = handed
  const at = clock.now()
  // Counted for the code, beside the attempt: whoever holds the code can begin as many attempts as he likes.
  const tries = await handOverCodes.countTry(account.id, codeHash, at)
  if (tries === null) return 'gone'
  const checked = tries > handOverTriesMax ? null : await signIn.proveCode(attempt, account, code, by)
  if (checked?.kind === 'proved') return 'proved'
  const row = auditOf('hand_over_refused', aboutAccount(account), by, at, { why: 'second_factor' })
  const notices = handOverFailed(account, codeHash, by, at)
  if (tries >= handOverTriesMax) {
    await handOverCodes.end(account.id, codeHash, { audit: row, notices })
    return 'gone'
  }
  await audit.append(row)
  for (const notice of notices) await outbox.add(notice, at)
  return checked?.kind === 'wrong' && checked.triesLeft > 0 ? 'wrong' : 'gone'
}

interface Choosing {
  readonly handed: Handed
  readonly password: string
  readonly by: Origin
}

async function redeem(needs: HandOversNeeds, { handed, password, by }: Choosing): Promise<Redeeming> {
  const { account, codeHash, lacks } = handed
  if (lacks !== 'nothing') return { kind: 'gone' }
  const made = await needs.newPasswords.make(account, password)
  if (made.kind === 'refused') return made
  const at = needs.clock.now()
  const asked = activeKinds(account).length > 0
  const audit = auditOf('hand_over_used', aboutAccount(account), by, at, { secondFactor: asked ? 'proved' : 'none' })
  // A factor that was added or removed since has ended the code: what was judged above still holds when this succeeds.
  const redeemed = await needs.handOverCodes.redeem(
    { accountId: account.id, codeHash, passwordHash: made.hash, at },
    { audit, notices: handOverUsed(account, by, at) },
  )
  return redeemed ? { kind: 'done', account } : { kind: 'gone' }
}
