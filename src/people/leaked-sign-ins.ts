import type { Clock } from '../lib/clock.ts'
import type { Notice } from '../notices/notice.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account, Accounts } from './account.ts'
import { passwordLeaked, passwordRefused } from './account-notices.ts'
import { type LeakRules, lookOrRefuse } from './leak-rules.ts'
import type { Leak, LeakedPasswords } from './leaked-passwords.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import type { Resets } from './resets.ts'

/** What a leaked password leads to at a sign-in. The look itself is made for every try; all the rest follows a right password alone. */
export interface LeakedSignIns {
  /** The same for every name. Fault `busy` when the list is away and nobody may sign in without it. */
  look(password: string): Promise<Leak>
  /** True: it reads like a wrong password. What follows is not waited for, or its time would tell that the password was right. */
  refuses(account: Account, leak: Leak): boolean
  /** Notes at the account what was found; answers the account as it is then. */
  note(account: Account, leak: Leak): Promise<Account>
  /** What goes out with the session that opens: at every sign-in until the password is changed. */
  newsFor(account: Account, proofs: readonly Proof[]): readonly Notice[]
}

export interface LeakedSignInsNeeds {
  readonly leaked: Pick<LeakedPasswords, 'look'>
  /** Read at each use: a reload may change them. */
  readonly leakRules: LeakRules
  readonly accounts: Pick<Accounts, 'noteLeak'>
  readonly resets: Pick<Resets, 'require'>
  readonly clock: Clock
  readonly onTrouble: (cause: unknown) => void
}

export function createLeakedSignIns(needs: LeakedSignInsNeeds): LeakedSignIns {
  const { clock } = needs
  const unwaited = (work: Promise<unknown>): void => void work.catch((cause: unknown) => needs.onTrouble(cause))
  return {
    look: password => lookOrRefuse(needs, password),
    refuses(account, leak) {
      const { mode } = needs.leakRules
      if (leak.kind !== 'found' || mode === 'mail') return false
      unwaited(mode === 'force' ? requireReset(needs, account, leak.count) : refuse(needs, account, leak.count))
      return true
    },
    async note(account, leak) {
      if (leak.kind !== 'found' && leak.kind !== 'not_found') return account
      const passwordLeak = { checkedAt: clock.now(), count: leak.kind === 'found' ? leak.count : 0 }
      if (!isDue(account, passwordLeak)) return account
      const written = write(needs, account, passwordLeak.count, [])
      if (leak.kind === 'found') await written
      else unwaited(written)
      return { ...account, passwordLeak }
    },
    newsFor(account, proofs) {
      const byPassword = proofs.some(({ kind }) => kind === 'password')
      const isLeaked = (account.passwordLeak?.count ?? 0) > 0
      return byPassword && isLeaked && needs.leakRules.mode === 'mail' ? passwordLeaked(account, clock.now()) : []
    },
  }
}

/** A row for every sign-in would be a write for nothing. */
function isDue({ passwordLeak }: Account, { checkedAt, count }: { checkedAt: number; count: number }): boolean {
  return passwordLeak === null || passwordLeak.count !== count || checkedAt - passwordLeak.checkedAt > dayMs
}

const dayMs = 86_400_000

async function requireReset(needs: LeakedSignInsNeeds, account: Account, count: number): Promise<void> {
  await write(needs, account, count, [])
  await needs.resets.require(account, { reason: reasons[account.language], since: null }, bySystem)
}

/** The reason stands in the mail to its owner. */
const reasons = {
  en: 'This password is known from break-ins at other services.',
  ja: 'このパスワードは、他のサービスからの流出で知られています。',
} as const

function refuse(needs: LeakedSignInsNeeds, account: Account, count: number): Promise<void> {
  return write(needs, account, count, passwordRefused(account, needs.clock.now()))
}

async function write(
  { accounts, clock, leakRules }: LeakedSignInsNeeds,
  account: Account,
  count: number,
  notices: readonly Notice[],
): Promise<void> {
  if (account.password === null) return
  const at = clock.now()
  const audit = auditOf('password_leaked', aboutAccount(account), bySystem, at, { count, mode: leakRules.mode })
  const note = { id: account.id, hash: account.password.hash, checkedAt: at, count }
  await accounts.noteLeak(note, count > 0 ? { audit, notices } : null)
}

const bySystem: Origin = {
  actor: { kind: 'system', id: 'leaked passwords' },
  address: null,
  receipt: null,
  device: 'system',
}
