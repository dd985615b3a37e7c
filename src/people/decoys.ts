import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { hashToken } from '../lib/secret.ts'
import type { AccountId } from '../policy/facts.ts'
import type { Account } from './account.ts'
import { attemptMs } from './attempt.ts'
import { triesMax } from './attempt-codes.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import type { SessionTokens } from './session-tokens.ts'
import type { Trail } from './trail.ts'

/**
 * What stands in for an attempt in the suspicious lane when the password was not right: whoever tries leaked passwords gets the code page
 * for every one of them, and a decoy behaves there like an attempt until it ends. It is about nobody, and nothing ever opens from it.
 */
export interface Decoy {
  /** Of the shape of an attempt's, like its token. */
  readonly id: string
  readonly tokenHash: string
  /** As it was typed. */
  readonly email: string
  readonly deviceId: string
  readonly startedAt: number
  readonly expiresAt: number
  readonly tries: number
}

/** The durable decoys: for each statement that an attempt costs in the store there is one of the same kind here. */
export interface Decoys {
  start(decoy: Decoy, trail: Trail): Promise<void>
  findByTokenHash(tokenHash: string): Promise<Decoy | null>
  /** The number of tries including this one; null when it ended. */
  countTry(id: string): Promise<number | null>
  /** In place of a mailed code that is kept. */
  renewCode(id: string, trail: Trail): Promise<boolean>
  end(id: string): Promise<void>
}

export interface DecoySignIns {
  begin(about: Lure, by: Origin): Promise<{ readonly token: string; readonly decoy: Decoy }>
  find(token: string): Promise<Decoy | null>
  /** Every code is a wrong one; five end it, as they end an attempt. */
  tryCode(decoy: Decoy): Promise<{ readonly kind: 'wrong'; readonly triesLeft: number } | { readonly kind: 'ended' }>
  /** Asked to mail a code: nothing is sent, and as much is written. */
  pretendToSend(decoy: Decoy, by: Origin): Promise<void>
}

export interface Lure {
  readonly email: string
  readonly deviceId: string
  /** Whose name it is, for the trail alone. */
  readonly account: Account | null
}

export interface DecoySignInsNeeds {
  readonly decoys: Decoys
  /** The store's reads that an attempt costs as well. */
  readonly accounts: { find(id: AccountId): Promise<Account | null> }
  /** The tokens of attempts: nobody can tell the two apart. */
  readonly tokens: SessionTokens
  readonly random: Random
  readonly clock: Clock
}

export function createDecoySignIns(needs: DecoySignInsNeeds): DecoySignIns {
  const { decoys, tokens, clock } = needs
  return {
    begin: (about, by) => begin(needs, about, by),
    async find(token) {
      if (!tokens.isOurs(token)) return null
      const decoy = await decoys.findByTokenHash(hashToken(token))
      return decoy !== null && clock.now() < decoy.expiresAt && decoy.tries <= triesMax ? decoy : null
    },
    async tryCode({ id }) {
      const tries = await decoys.countTry(id)
      if (tries === null || tries > triesMax) return { kind: 'ended' }
      if (tries === triesMax) await decoys.end(id)
      return { kind: 'wrong', triesLeft: triesMax - tries }
    },
    async pretendToSend({ id }, by) {
      await decoys.renewCode(id, { audit: refused(null, by, clock.now(), { asked: 'email_code' }), notices: [] })
    },
  }
}

async function begin(
  { decoys, accounts, tokens, random, clock }: DecoySignInsNeeds,
  { email, deviceId, account }: Lure,
  by: Origin,
): Promise<{ token: string; decoy: Decoy }> {
  const now = clock.now()
  const { token, tokenHash } = tokens.mint()
  const decoy = {
    ...{ id: random.token(16), tokenHash, email, deviceId },
    ...{ startedAt: now, expiresAt: now + attemptMs, tries: 0 },
  }
  await decoys.start(decoy, { audit: refused(account, by, now, { why: 'wrong' }), notices: [] })
  // An attempt's account is read anew once it has begun, and the attempt with it by the walk that follows.
  await accounts.find(account?.id ?? nobody)
  await decoys.findByTokenHash(tokenHash)
  return { token, decoy }
}

// No account has this id; the cast is made because only stores make real ones.
const nobody = 'nobody' as AccountId

function refused(account: Account | null, by: Origin, at: number, facts: Readonly<Record<string, string>>) {
  const subject = account === null ? { accountId: null, organizationId: null } : aboutAccount(account)
  return auditOf('sign_in_refused', subject, by, at, { ...facts, decoy: true })
}
