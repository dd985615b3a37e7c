import { type Block, blocksOf } from './blocks.ts'
import { type CreateCounter, type FailureCounter, type Tries, triesInARow } from './failure-counter.ts'

/** One try to enter a second factor's code. */
export interface CodeTry {
  readonly attemptId: string
  readonly accountId: string
  /** As at the password: codes that an attacker uses up do not lock the owner out on a browser that is known. */
  readonly deviceLane: 'known-device' | 'unknown'
}

/** Limits wrong codes, spent before a code is verified. */
export interface CodeBudgets {
  /** Which budget closed it is for operators alone. */
  ask(attempt: CodeTry): Promise<CodeAnswer>
  /** The code was right: its own try is given back, and the row of failures has ended. Wrong ones before it still count for the hour. */
  succeeded(attempt: CodeTry): Promise<void>
  /**
   * A reset was redeemed, or an operator opens the account: a row of failures ends here too. What counts for the hour stays, or
   * whoever reads the mailbox could have as many codes as resets.
   */
  release(accountId: string): Promise<void>
  /** What is used up, for operators; keys of accounts begin with the lane. */
  blocks(countMax: number): Promise<readonly Block[]>
  /** An operator opens an account: everything that is counted about it ends. */
  releaseAll(accountId: string): Promise<void>
}

export type CodeAnswer =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed'; readonly untilMs: number; readonly budget: string }

export interface CodeTries {
  /** Within one attempt; then the password has to be proved again. */
  readonly perAttempt: Tries
  readonly perAccount: Tries
  /** Failures in a row without a success in between (NIST SP 800-63B-4 §3.2.2: at most 100). */
  readonly consecutiveFailuresMax: number
}

export function createCodeBudgets(options: { createCounter: CreateCounter; tries: CodeTries }): CodeBudgets {
  const { createCounter, tries } = options
  const perAttempt = createCounter('code-attempt', tries.perAttempt)
  const perAccount = createCounter('code-account', tries.perAccount)
  const consecutive = createCounter('code-consecutive', triesInARow(tries.consecutiveFailuresMax))
  const spendsOf = (attempt: CodeTry): readonly { budget: string; counter: FailureCounter; key: string }[] => [
    { budget: 'code-attempt', counter: perAttempt, key: attempt.attemptId },
    { budget: 'code-account', counter: perAccount, key: accountKey(attempt) },
    { budget: 'code-consecutive', counter: consecutive, key: accountKey(attempt) },
  ]
  const release = async (accountId: string): Promise<void> => {
    for (const deviceLane of lanes) await consecutive.forget(accountKey({ accountId, deviceLane }))
  }
  return {
    async ask(attempt) {
      const spent: { counter: FailureCounter; key: string }[] = []
      for (const spend of spendsOf(attempt)) {
        const taken = await spend.counter.take(spend.key)
        if (taken.kind === 'full') {
          for (const { counter, key } of spent) await counter.giveBack(key)
          return { kind: 'closed', untilMs: taken.untilMs, budget: spend.budget }
        }
        spent.push(spend)
      }
      return { kind: 'open' }
    },
    async succeeded(attempt) {
      await perAttempt.giveBack(attempt.attemptId)
      await perAccount.giveBack(accountKey(attempt))
      await release(attempt.accountId)
    },
    release,
    async blocks(countMax) {
      const inARow = triesInARow(tries.consecutiveFailuresMax)
      const found = [
        ...(await blocksOf('code-consecutive', consecutive, inARow, countMax)),
        ...(await blocksOf('code-account', perAccount, tries.perAccount, countMax)),
      ]
      return found.slice(0, countMax)
    },
    async releaseAll(accountId) {
      await release(accountId)
      for (const deviceLane of lanes) await perAccount.forget(accountKey({ accountId, deviceLane }))
    },
  }
}

const lanes = ['known-device', 'unknown'] as const

function accountKey({ accountId, deviceLane }: Pick<CodeTry, 'accountId' | 'deviceLane'>): string {
  return `${deviceLane} ${accountId}`
}
