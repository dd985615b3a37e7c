import type { SsoProof } from '../operator/sso-proof.ts'
import type { Account } from '../people/account.ts'
import { parseEmail } from '../people/email.ts'
import type { Organization } from '../people/organization.ts'
import { rulesAt } from '../people/organization-rules.ts'
import type { Walks } from '../policy/plan.ts'
import type { RouteSeen } from './local-entrances.ts'
import { proveSso } from './prove-sso.ts'
import type { Rooms } from './rooms.ts'

export interface Proving {
  readonly rooms: Pick<Rooms, 'store' | 'people' | 'clock'>
  readonly walks: Walks
  readonly portalRoutes: readonly RouteSeen[] | null
  readonly operatorRoutes: readonly RouteSeen[]
}

/** The proof for an organization, as one of its people and as one of its emergency accounts. */
export async function proveSsoOf(
  { rooms, walks, portalRoutes, operatorRoutes }: Proving,
  organization: Organization,
): Promise<SsoProof> {
  const { store, people, clock } = rooms
  const named = rulesAt(organization, clock.now()).sso.breakGlassEmails
  const tried = { ordinary: await findOrdinary(store, organization, named), breakGlass: await findNamed(store, named) }
  const prover = { directory: people.directory, walks, now: clock.now() }
  return proveSso(prover, { organization, people: tried, portalRoutes, operatorRoutes })
}

const pageSize = 100

async function findOrdinary(
  { accounts }: Rooms['store'],
  { id: organizationId }: Organization,
  breakGlass: readonly string[],
): Promise<Account | null> {
  const named = new Set(breakGlass.map(email => email.toLowerCase()))
  const page = await accounts.list({ organizationId, limit: pageSize })
  return page.find(({ email }) => !named.has(email.toLowerCase())) ?? null
}

async function findNamed({ accounts }: Rooms['store'], named: readonly string[]): Promise<Account | null> {
  for (const email of named) {
    const parsed = parseEmail(email)
    const account = parsed === null ? null : await accounts.findByEmail(parsed.key)
    if (account !== null) return account
  }
  return null
}
