import { expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import { hasLocalWays } from '../../src/people/local-ways.ts'
import type { OrganizationFact } from '../../src/policy/facts.ts'

const member = { email: 'aiko@example.com', organizationId: 'o' } as Account
const ways = (account: Account, organization: Partial<OrganizationFact> | null) =>
  hasLocalWays(account, { organizationFact: () => organization as OrganizationFact | null })

test.each([
  ['nobody’s account', { ...member, organizationId: null }, null, true],
  ['a member where single sign-on is not demanded', member, { required: false, breakGlassEmails: [] }, true],
  ['a member where it is demanded', member, { required: true, breakGlassEmails: [] }, false],
  ['a named break-glass account', member, { required: true, breakGlassEmails: ['aiko@example.com'] }, true],
  ['a member while another is named', member, { required: true, breakGlassEmails: ['xaiko@example.com'] }, false],
  ['a member of an organization that cannot be found', member, null, false],
])('%s: a password, a reset and factors of its own? %#', async (_who, account, sso, permitted) => {
  expect(await ways(account, sso === null ? null : { sso })).toBe(permitted)
})
