import type { Account, Accounts } from './account.ts'
import { activeKinds, type Directory } from './directory.ts'
import { type LeakRules, lookOrRefuse } from './leak-rules.ts'
import type { LeakedPasswords } from './leaked-passwords.ts'
import { judgePassword, type PasswordProblem } from './password-rules.ts'
import type { Passwords } from './passwords.ts'
import type { Strength, StrengthMeter } from './strength.ts'
import type { Turn } from './turns.ts'

/** Judges a password that somebody wants to have from now on, and hashes it. */
export interface NewPasswords {
  /** Fault `busy` where the list of leaked passwords is away and none may be set without it. */
  make(account: Account, password: string): Promise<NewPassword>
}

/** For a page that says while somebody types what `make` would say, save the leaked and the former passwords: those are asked once. */
export interface PasswordMeter {
  judge(account: Account, password: string): Promise<Judged>
}

export type NewPassword = { readonly kind: 'good'; readonly hash: string } | RefusedPassword

export interface RefusedPassword {
  readonly kind: 'refused'
  readonly problems: readonly PasswordProblem[]
  /** With `guessable`: why, and what would help. */
  readonly advice?: Strength
}

export interface Judged {
  readonly problems: readonly PasswordProblem[]
  /** Null when it was not estimated. */
  readonly strength: Strength | null
}

export interface NewPasswordsNeeds {
  readonly accounts: Accounts
  readonly directory: Directory
  readonly passwords: Passwords
  readonly strength: Pick<StrengthMeter, 'estimate'>
  readonly leaked: Pick<LeakedPasswords, 'look'>
  /** Read at each use, because a reload may change them. */
  readonly leakRules: LeakRules
  /** The product's and the operator's names; read at each use, because a reload may change them. */
  readonly productWords: readonly string[]
}

export function createNewPasswords(needs: NewPasswordsNeeds): NewPasswords & PasswordMeter {
  return {
    make: (account, password) => make(needs, account, password),
    judge: (account, password) => judge(needs, account, password),
  }
}

async function make(needs: NewPasswordsNeeds, account: Account, password: string): Promise<NewPassword> {
  const { problems, strength } = await judge(needs, account, password)
  if (problems.length > 0) return { kind: 'refused', problems, ...(strength === null ? {} : { advice: strength }) }
  const leak = await lookOrRefuse(needs, password)
  if (leak.kind === 'found') return { kind: 'refused', problems: ['leaked'] }
  // Who may set a password is known by name: it takes its turn among the known ones.
  const turn: Turn = { lane: 'account', key: account.id }
  if (await wasUsed(needs, account, { password, turn })) return { kind: 'refused', problems: ['used_before'] }
  return { kind: 'good', hash: await needs.passwords.hash(password, turn) }
}

/** The cheap rules first: what they refuse is never estimated. */
async function judge(needs: NewPasswordsNeeds, account: Account, password: string): Promise<Judged> {
  const words = await wordsOf(needs, account)
  const hasFactor = activeKinds(account).length > 0
  const problems = judgePassword(password, { hasFactor, words })
  if (problems.length > 0) return { problems, strength: null }
  const strength = await needs.strength.estimate(password.normalize('NFC'), words)
  const scoreMin = hasFactor ? scoreMins.withFactor : scoreMins.alone
  return { problems: strength !== null && strength.score < scoreMin ? ['guessable'] : [], strength }
}

/**
 * 3: more than 10^8 guesses. Beside a second factor 2, 10^6, because the estimate reckons ten guesses for each character that tells it
 * nothing: eight random ones (SP 800-63B-4 §3.1.1.2) could not be had.
 */
const scoreMins = { alone: 3, withFactor: 2 } as const

/** What a guesser who knows the person tries first. */
async function wordsOf({ directory, productWords }: NewPasswordsNeeds, account: Account): Promise<string[]> {
  const organization = account.organizationId === null ? null : await directory.organization(account.organizationId)
  const [local = '', domain = ''] = account.email.split('@')
  const names = [account.name, organization?.name ?? '', organization?.slug ?? '', ...productWords]
  const parts = [local, domain, ...names].flatMap(name => [
    ...name.split(/[^\p{L}\p{N}]+/u),
    ...name.split(/[^\p{L}]+/u),
  ])
  // "com" and "jp" are in every address; they make no password guessable.
  const words = [account.email, local, domain, ...names, ...parts].filter(word => word !== domain.split('.').at(-1))
  return [...new Set(words)].filter(word => word !== '')
}

/** The present one and the four before it. */
const remembered = 5

async function wasUsed(
  { accounts, passwords }: NewPasswordsNeeds,
  account: Account,
  { password, turn }: { readonly password: string; readonly turn: Turn },
): Promise<boolean> {
  const present = account.password === null ? [] : [account.password.hash]
  const hashes = [...present, ...(await accounts.formerPasswords(account.id))].slice(0, remembered)
  // One after the other: a change of password must not take all places of the queue. Each is compared under its own key.
  for (const hash of hashes) if (await passwords.verify(hash, password, turn)) return true
  return false
}
