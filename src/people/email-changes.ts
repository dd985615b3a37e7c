import type { AccountId } from '../policy/facts.ts'
import type { Account, EmailKey } from './account.ts'
import type { Trail } from './trail.ts'

/** The durable half of an e-mail change: all of it in one transaction. */
export interface EmailChanges {
  /**
   * `overtaken`: the account has another address by now, a reset is demanded, or the session that asked has ended. Voids reset tickets and ends
   * attempts: neither may outlive the mailbox that they were meant for.
   */
  change(move: EmailMove, trail: Trail): Promise<'changed' | 'taken' | 'overtaken'>
}

export interface EmailMove {
  readonly accountId: AccountId
  /** The root session that asked. */
  readonly sessionId: string
  readonly fromKey: EmailKey
  readonly email: string
  readonly emailKey: EmailKey
  /** Where tickets go and to which it can be undone meanwhile: of several changes in a row, the oldest. */
  readonly former: NonNullable<Account['formerEmail']>
}
