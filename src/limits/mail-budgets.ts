import type { CreateCounter, FailureCounter, Tries } from './failure-counter.ts'
import type { RegulationAnswer } from './regulation.ts'

/**
 * Limits mails that anybody can cause without signing in (a reset, a code): by the name, whether anybody has it or not, and by the
 * address that asked. The page answers the same whether a mail goes out or not.
 */
export interface MailBudgets {
  /** Spends one mail. `address`: the key of the client's address; `name`: the canonical name. */
  ask(request: MailRequest): Promise<RegulationAnswer>
}

export interface MailRequest {
  readonly address: string
  readonly name: string
  /**
   * Whether it is asked for where the account is at home: on a device that it knows, by a link from its mailbox, or at an address that it signed in from lately. Each of
   * these has mails of its own, so that nobody elsewhere can use up the owner's. Absent: elsewhere.
   */
  readonly from?: AskedFrom
}

export type AskedFrom = 'known-device' | 'mailbox' | 'home-address' | 'elsewhere'

export interface MailTries {
  readonly perAccount: Tries
  /** Where the account is at home; absent: as many as elsewhere, and still apart. */
  readonly perHome?: Tries
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
  const perHome = createCounter(`${purpose}-mail-home`, tries.perHome ?? tries.perAccount)
  const spend = async (counter: FailureCounter, key: string): Promise<RegulationAnswer> => {
    const taken = await counter.take(key)
    return taken.kind === 'counted' ? { kind: 'open' } : { kind: 'closed', untilMs: taken.untilMs }
  }
  return {
    async ask({ address, name, from = 'elsewhere' }) {
      // The address is not asked: an office in which somebody asks for many accounts must not keep an owner's own device waiting.
      if (from === 'known-device') return spend(perHome, name)
      if (from === 'mailbox') return spend(perHome, `mailbox ${name}`)
      const first = await spend(perAddress, address)
      if (first.kind === 'closed') return first
      // Not given back when the account is full: an address that asks for one full account after the other still comes to its end.
      return from === 'home-address' ? spend(perHome, `${address} ${name}`) : spend(perAccount, name)
    },
  }
}
