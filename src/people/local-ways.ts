import { namesEmail } from '../lib/email-list.ts'
import type { OrganizationFact } from '../policy/facts.ts'
import type { Account } from './account.ts'
import type { Directory } from './directory.ts'

/**
 * Whether the account may have a password, a reset and second factors of its own. Single sign-on and local ways exclude each other
 * (SECURITY.md, guarantee 18); the named break-glass accounts keep theirs. An organization that cannot be found permits nothing.
 */
export async function hasLocalWays(
  account: Pick<Account, 'email' | 'organizationId'>,
  directory: Pick<Directory, 'organizationFact'>,
): Promise<boolean> {
  if (account.organizationId === null) return true
  const organization = await directory.organizationFact(account.organizationId)
  return organization !== null && permitsLocalWays(account, organization)
}

function permitsLocalWays(account: Pick<Account, 'email'>, { sso }: OrganizationFact): boolean {
  return !sso.required || namesEmail(sso.breakGlassEmails, account.email)
}
