import { createHmac } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { hashToken } from '../lib/secret.ts'
import type { Notice } from '../notices/notice.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account, Accounts, EmailKey } from './account.ts'
import { formerAddress, whereFrom } from './account-notices.ts'
import type { Directory } from './directory.ts'
import { hasLocalWays } from './local-ways.ts'
import type { OneTimeCodes } from './one-time-codes.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'

/**
 * A mailed code in place of the password, where the account's organization allows it. For every name there is a code, and a row that
 * counts the tries; whether one was mailed, neither the answer nor its work tells. It belongs to the browser that asked: a code alone,
 * read over a shoulder or told to somebody on the phone, opens nothing elsewhere.
 */
export interface SignInCodes {
  /** The token goes into the browser's cookie. */
  issue(name: EmailKey, by: Origin): Promise<string>
  /** One try. Right once, in time, for the name it was asked for and the browser that asked. */
  prove(token: string, name: EmailKey, code: string): Promise<SignInCodeCheck>
}

export type SignInCodeCheck =
  | { readonly kind: 'proved'; readonly account: Account; readonly proof: Proof }
  /** Also when no code is waited for any more: too late, used, or wrong too often. */
  | { readonly kind: 'wrong'; readonly account: Account | null }

export interface SignInCodesNeeds {
  readonly accounts: Pick<Accounts, 'find' | 'findByEmail'>
  readonly directory: Pick<Directory, 'organizationFact'>
  readonly codes: OneTimeCodes
  /** Keys the stored hash: six digits alone would be read back from a copy of the store by trying them all. */
  readonly codeKey: Buffer
  readonly random: Random
  readonly clock: Clock
}

const codeMs = 5 * 60_000
/** At a million codes that is one in 200,000 for each mail. */
const triesMax = 5
const tokenBytes = 24
const purpose = 'sign_in_code'

export function createSignInCodes(needs: SignInCodesNeeds): SignInCodes {
  return {
    issue: (name, by) => issue(needs, name, by),
    prove: (token, name, code) => prove(needs, token, name, code),
  }
}

async function issue(needs: SignInCodesNeeds, name: EmailKey, by: Origin): Promise<string> {
  const { accounts, codes, random, clock } = needs
  const now = clock.now()
  const [token, text] = [random.token(tokenBytes), random.digits(6)]
  const subject = hashToken(token)
  const found = await accounts.findByEmail(name)
  const account = found !== null && (await mayUseCode(needs, found)) ? found : null
  const expiresAt = now + codeMs
  const about = account === null ? { accountId: null, organizationId: null } : aboutAccount(account)
  const audit = auditOf('sign_in_challenged', about, by, now, { asked: purpose, sent: account !== null })
  const code = { subject, purpose, accountId: account?.id ?? null, expiresAt, detail: null } as const
  const notices = account === null ? [] : [codeMail(account, by, { text, expiresAt, now })]
  await codes.keep({ ...code, hash: hashOf(needs, subject, name, text) }, { audit, notices })
  return token
}

async function prove(needs: SignInCodesNeeds, token: string, name: EmailKey, typed: string): Promise<SignInCodeCheck> {
  const { accounts, codes, clock } = needs
  const now = clock.now()
  const subject = hashToken(token)
  // Counted before it is looked at: of 50 codes at once, five are looked at.
  const tries = await codes.countTry(subject, purpose, now)
  if (tries === null || tries > triesMax) return { kind: 'wrong', account: null }
  const used = await codes.use(subject, purpose, hashOf(needs, subject, name, typed), now)
  if (used === null || used.accountId === null) return { kind: 'wrong', account: null }
  // Read anew: five minutes are long enough for a reset, or for a rule to change.
  const account = await accounts.find(used.accountId)
  if (account === null || account.emailKey !== name || !(await mayUseCode(needs, account)))
    return { kind: 'wrong', account }
  return { kind: 'proved', account, proof: { kind: 'email_code', at: now } }
}

/** Who would not be let in by it gets none: not an invitation, not a demanded reset, not single sign-on, and nobody whose organization says no. */
async function mayUseCode({ directory }: SignInCodesNeeds, account: Account): Promise<boolean> {
  const { organizationId, reset, state } = account
  if (organizationId === null) return false
  const [organization, local] = await Promise.all([
    directory.organizationFact(organizationId),
    hasLocalWays(account, directory),
  ])
  return organization?.emailedCodes === true && local && reset === null && state === 'open'
}

/** Bound to the name as well: who asked for one name and answers for another has a wrong code. */
function hashOf({ codeKey }: SignInCodesNeeds, subject: string, name: EmailKey, text: string): string {
  return createHmac('sha256', codeKey)
    .update(JSON.stringify([purpose, subject, name, text]))
    .digest('base64url')
}

/** To where a reset ticket would go: while a change of the address can be undone, whoever has just moved it must not get in by it. */
function codeMail(account: Account, by: Origin, code: { text: string; expiresAt: number; now: number }): Notice {
  const { address, device } = whereFrom(by, code.now)
  const facts = { name: account.name, code: code.text, expiresAt: code.expiresAt, address, device }
  const to = formerAddress(account, code.now) ?? account.email
  return { kind: 'sign_in_code', to, language: account.language, facts }
}
