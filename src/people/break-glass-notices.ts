import type { Notice } from '../notices/notice.ts'
import type { Account, Accounts } from './account.ts'
import { whereFrom } from './account-notices.ts'
import { findAdministrators } from './administrators.ts'
import type { Origin } from './origin.ts'
import type { Session } from './session.ts'

/** As many as an organization that takes care of itself has. */
const administratorsMax = 100

export interface EmergencySignIn {
  readonly account: Account
  readonly session: Session
  readonly by: Origin
  readonly organizationName: string | null
}

/** Loud on purpose, each time: to every administrator of the organization, whoever was signed in among them. */
export async function breakGlassNotices(
  accounts: Pick<Accounts, 'list'>,
  { account, session, by, organizationName }: EmergencySignIn,
): Promise<readonly Notice[]> {
  if (account.organizationId === null) return []
  const facts = {
    organization: organizationName ?? '-',
    person: account.email,
    ...whereFrom(by, session.openedAt),
  }
  const administrators = await findAdministrators(accounts, account.organizationId, administratorsMax)
  return administrators.map(({ email: to, language, name }) => ({
    kind: 'break_glass_used',
    to,
    language,
    facts: { name, ...facts },
  }))
}
