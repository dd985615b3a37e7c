import type { CreateCounter, Tries } from './failure-counter.ts'
import type { RegulationAnswer } from './regulation.ts'

/** One try to enter a second factor's code. */
export interface CodeTry {
  readonly attemptId: string
  readonly accountId: string
  /** As at the password: codes that an attacker uses up do not lock the owner out on a browser that is known. */
  readonly deviceLane: 'known-device' | 'unknown'
}

/** Limits wrong codes, spent before a code is verified. */
export interface CodeBudgets {
  ask(attempt: CodeTry): Promise<RegulationAnswer>
  /** The code was right: its own try is given back. Wrong ones before it still count for the account. */
  succeeded(attempt: CodeTry): Promise<void>
}

export interface CodeTries {
  /** Within one attempt; then the password has to be proved again. */
  readonly perAttempt: Tries
  readonly perAccount: Tries
}

export function createCodeBudgets(options: { createCounter: CreateCounter; tries: CodeTries }): CodeBudgets {
  const { createCounter, tries } = options
  const perAttempt = createCounter('code-attempt', tries.perAttempt)
  const perAccount = createCounter('code-account', tries.perAccount)
  return {
    async ask(attempt) {
      const first = await perAttempt.take(attempt.attemptId)
      if (first.kind === 'full') return { kind: 'closed', untilMs: first.untilMs }
      const second = await perAccount.take(accountKey(attempt))
      if (second.kind === 'counted') return { kind: 'open' }
      await perAttempt.giveBack(attempt.attemptId)
      return { kind: 'closed', untilMs: second.untilMs }
    },
    async succeeded(attempt) {
      await perAttempt.giveBack(attempt.attemptId)
      await perAccount.giveBack(accountKey(attempt))
    },
  }
}

function accountKey({ accountId, deviceLane }: CodeTry): string {
  return `${deviceLane} ${accountId}`
}
