import type { GatewayConfig } from '../config/gateway-config.ts'
import { Fault } from '../lib/fault.ts'
import type { Account } from '../people/account.ts'
import { parseEmail } from '../people/email.ts'
import type { Origin } from '../people/origin.ts'
import type { Rooms } from './rooms.ts'

const byPolicies: Origin = {
  actor: { kind: 'policies', id: 'policies' },
  address: null,
  receipt: null,
  device: 'policies',
}

/** Writes the organizations of policies/ into the store, at start and on reload: only what differs. */
export async function adoptPolicies({ store, people }: Rooms, config: GatewayConfig): Promise<void> {
  await people.organizationAdmin.adopt(config.organizations, byPolicies)
  for (const { slug, exemptions } of config.organizations)
    for (const { email, reason, until } of exemptions) {
      const account = await accountOf(store.accounts, email)
      // A name that has no account yet is exempt from the moment it has one: the next start or reload finds it.
      if (account === null || isSame(account.exemption, { reason, until })) continue
      const organization = await store.organizations.findBySlug(slug)
      if (account.organizationId !== organization?.id)
        throw new Fault('invalid_input', {
          detail: `${email} is exempt in ${slug} and belongs to another organization`,
        })
      await people.peopleAdmin.setExemption(account, { reason, until }, byPolicies)
    }
}

async function accountOf(accounts: Rooms['store']['accounts'], email: string): Promise<Account | null> {
  const parsed = parseEmail(email)
  return parsed === null ? null : accounts.findByEmail(parsed.key)
}

function isSame(left: Account['exemption'], right: NonNullable<Account['exemption']>): boolean {
  return left !== null && left.reason === right.reason && left.until === right.until
}
