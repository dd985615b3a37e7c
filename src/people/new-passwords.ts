import type { Account, Accounts } from './account.ts'
import { activeKinds, type Directory } from './directory.ts'
import { judgePassword, type PasswordProblem } from './password-rules.ts'
import type { Passwords } from './passwords.ts'

/** Judges a password that somebody wants to have from now on, and hashes it. */
export interface NewPasswords {
  make(account: Account, password: string): Promise<NewPassword>
}

export type NewPassword =
  | { readonly kind: 'good'; readonly hash: string }
  | { readonly kind: 'refused'; readonly problems: readonly PasswordProblem[] }

export interface NewPasswordsNeeds {
  readonly accounts: Accounts
  readonly directory: Directory
  readonly passwords: Passwords
  /** The product's and the operator's names; read at each use, because a reload may change them. */
  readonly productWords: readonly string[]
}

export function createNewPasswords(needs: NewPasswordsNeeds): NewPasswords {
  return {
    async make(account, password) {
      const words = await wordsOf(needs, account)
      const problems = judgePassword(password, { hasFactor: activeKinds(account).length > 0, words })
      if (problems.length > 0) return { kind: 'refused', problems }
      if (await wasUsed(needs, account, password)) return { kind: 'refused', problems: ['used_before'] }
      return { kind: 'good', hash: await needs.passwords.hash(password) }
    },
  }
}

/** What a guesser who knows the person tries first. */
async function wordsOf({ directory, productWords }: NewPasswordsNeeds, account: Account): Promise<string[]> {
  const organization = account.organizationId === null ? null : await directory.organization(account.organizationId)
  const [local = '', domain = ''] = account.email.split('@')
  const names = [account.name, organization?.name ?? '', organization?.slug ?? '', ...productWords]
  const parts = [local, domain, ...names].flatMap(name => name.split(/[^\p{L}\p{N}]+/u))
  // "com" and "jp" are in every address; they make no password guessable.
  return [account.email, local, domain, ...names, ...parts].filter(word => word !== domain.split('.').at(-1))
}

/** The present one and the four before it. */
const remembered = 5

async function wasUsed(
  { accounts, passwords }: NewPasswordsNeeds,
  account: Account,
  password: string,
): Promise<boolean> {
  const present = account.password === null ? [] : [account.password.hash]
  const hashes = [...present, ...(await accounts.formerPasswords(account.id))].slice(0, remembered)
  // One after the other: a change of password must not take all places of the queue.
  for (const hash of hashes) if (await passwords.verify(hash, password)) return true
  return false
}
