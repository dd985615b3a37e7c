import type { CreateCounter, Tries } from './failure-counter.ts'
import type { RegulationAnswer } from './regulation.ts'

/**
 * Limits mails that anybody can cause without signing in (a reset, a code): by the name, whether anybody has it or not, and by the
 * address that asked. The page answers the same whether a mail goes out or not.
 */
export interface MailBudgets {
  /** Spends one mail. `address`: the key of the client's address; `name`: the canonical name. */
  ask(request: { address: string; name: string }): Promise<RegulationAnswer>
}

export interface MailTries {
  readonly perAccount: Tries
  readonly perAddress: Tries
}

export function createMailBudgets(options: {
  createCounter: CreateCounter
  purpose: 'reset' | 'code' | 'hand-over'
  tries: MailTries
}): MailBudgets {
  const { createCounter, purpose, tries } = options
  const perAddress = createCounter(`${purpose}-mail-address`, tries.perAddress)
  const perAccount = createCounter(`${purpose}-mail-account`, tries.perAccount)
  return {
    async ask({ address, name }) {
      const first = await perAddress.take(address)
      if (first.kind === 'full') return { kind: 'closed', untilMs: first.untilMs }
      // Not given back when the account is full: an address that asks for one full account after the other still comes to its end.
      const second = await perAccount.take(name)
      return second.kind === 'counted' ? { kind: 'open' } : { kind: 'closed', untilMs: second.untilMs }
    },
  }
}
