import type { OrganizationId } from '../policy/facts.ts'
import type { Account, Accounts } from './account.ts'

const pageSize = 1_000
/** Of organizations larger than this, administrators are looked for among the first so many people. */
const peopleMax = 200_000

/** The first administrators of an organization that can act: a mail to each of a hundred would be a nuisance. */
export async function findAdministrators(
  accounts: Pick<Accounts, 'list'>,
  organizationId: OrganizationId,
  max: number,
): Promise<readonly Account[]> {
  const found: Account[] = []
  let after: Account['id'] | undefined
  for (let read = 0; read < peopleMax && found.length < max; read += pageSize) {
    const page = await accounts.list({ organizationId, limit: pageSize, ...(after === undefined ? {} : { after }) })
    found.push(...page.filter(({ state, roles }) => state === 'open' && roles.includes('administrator')))
    after = page.at(-1)?.id
    if (page.length < pageSize) break
  }
  return found.slice(0, max)
}
