import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { SignInTry } from '../limits/regulation.ts'
import type { Account } from '../people/account.ts'
import type { Visit } from './visit.ts'

/** What operators have shut out; whether that holds for known devices too is said with the ban. */
export interface PasswordBans {
  find(attempt: SignInTry): { readonly id: string } | null
  isBanned(attempt: SignInTry): boolean
}

type ClosedOrOpen = { readonly kind: 'open' } | { readonly kind: 'closed'; readonly budget: string }

/** The budget or the ban that shuts a try out; for operators alone. */
export function shutOutBy(answer: ClosedOrOpen, ban: { readonly id: string } | null): string | null {
  if (answer.kind === 'closed') return `budget ${answer.budget}`
  return ban === null ? null : `ban ${ban.id}`
}

/**
 * To whoever tried it read as a wrong password or code; under the receipt of the answer operators find what spoke: `budget pair`,
 * `ban b-...`, `stuffing`.
 */
export function keepRegulated(
  { journal, clock }: { readonly journal: Pick<Journal, 'regulated'>; readonly clock: Clock },
  { head, receipt }: Visit,
  { by, account }: { readonly by: string; readonly account: Pick<Account, 'id' | 'organizationId'> | null },
): void {
  const record = {
    ...{ receipt, at: clock.now(), entrance: 'sign-in', method: head.method, host: head.host },
    ...{ path: head.path.slice(0, pathLengthMax), address: head.client.address.text, verdict: 'regulated', gate: null },
    ...{ rule: by, policyVersion: '-', walk: '[]', fault: null },
    accountId: account?.id ?? null,
    organizationId: account?.organizationId ?? null,
  }
  journal.regulated(record, by)
}

const pathLengthMax = 512
