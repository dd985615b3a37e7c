import type { CreateCounter, FailureCounter, Tries } from './failure-counter.ts'
import type { RegulationAnswer } from './regulation.ts'

/**
 * What text messages may cost. Each costs money, and who receives it may share in it: whoever fills in forms for numbers of theirs must
 * come to an end (by account, number and address), and so must all of them together (by hour and day). The page says the same beyond it.
 */
export interface SmsBudgets {
  /** Spends one message. `number`: a key of it, not the number itself. */
  ask(request: SmsRequest): Promise<RegulationAnswer>
}

export interface SmsRequest {
  readonly accountId: string
  readonly number: string
  /** The key of the client's address. */
  readonly address: string
}

export interface SmsTries {
  readonly account: Tries
  readonly number: Tries
  readonly address: Tries
  readonly hour: Tries
  readonly day: Tries
}

export function createSmsBudgets(options: { createCounter: CreateCounter; tries: SmsTries }): SmsBudgets {
  const { createCounter, tries } = options
  const account = createCounter('sms-account', tries.account)
  const number = createCounter('sms-number', tries.number)
  const address = createCounter('sms-address', tries.address)
  const hour = createCounter('sms-hour', tries.hour)
  const day = createCounter('sms-day', tries.day)
  return {
    async ask(request) {
      // Those of all come last: one address that is past its own end must not use up everybody's.
      const spends: readonly (readonly [FailureCounter, string])[] = [
        [address, request.address],
        [account, request.accountId],
        [number, request.number],
        [hour, 'all'],
        [day, 'all'],
      ]
      for (const [counter, key] of spends) {
        const taken = await counter.take(key)
        if (taken.kind === 'full') return { kind: 'closed', untilMs: taken.untilMs }
      }
      return { kind: 'open' }
    },
  }
}
