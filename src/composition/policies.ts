import type { GatewayConfig } from '../config/gateway-config.ts'
import { Fault } from '../lib/fault.ts'
import type { Account } from '../people/account.ts'
import { parseEmail } from '../people/email.ts'
import { auditOf, type Origin } from '../people/origin.ts'
import type { Rooms } from './rooms.ts'

const byPolicies: Origin = {
  actor: { kind: 'policies', id: 'policies' },
  address: null,
  receipt: null,
  device: 'policies',
}

/** Writes the organizations of policies/ into the store, at start and on reload: only what differs, and that they were loaded. */
export async function adoptPolicies({ store, people, journal, clock }: Rooms, config: GatewayConfig): Promise<void> {
  // Everything that can be refused is refused before the first row is written: all or nothing.
  const exempt = await readExemptions(store, config)
  await people.declaredDomains.check(config.organizations)
  const { orphaned } = await people.organizationAdmin.adopt(config.organizations, byPolicies)
  await people.declaredDomains.adopt(config.organizations, byPolicies)
  for (const { account, exemption } of exempt.values())
    if (!isSame(account.exemption, exemption)) await people.peopleAdmin.setExemption(account, exemption, byPolicies)
  for (const account of await listExempt(store.accounts))
    if (!exempt.has(account.id) && (await isGrantedByPolicies(store.audit, account)))
      await people.peopleAdmin.setExemption(account, null, byPolicies)
  const nobody = { accountId: null, organizationId: null }
  await store.audit.append(auditOf('policies_loaded', nobody, byPolicies, clock.now(), factsOf(config, orphaned)))
  if (orphaned.length > 0) journal.organizationsOrphaned(orphaned)
}

function factsOf({ digest, routes, organizations }: GatewayConfig, orphaned: readonly string[]) {
  return {
    digest,
    routes: routes.routes.length,
    organizations: organizations.length,
    orphaned: orphaned.length === 0 ? null : orphaned.join(' '),
  }
}

interface DeclaredExemption {
  readonly account: Account
  readonly exemption: NonNullable<Account['exemption']>
}

/** A name that has no account yet is exempt from the moment it has one: the next start or reload finds it. */
async function readExemptions(
  { accounts, organizations }: Rooms['store'],
  config: GatewayConfig,
): Promise<ReadonlyMap<string, DeclaredExemption>> {
  const found = new Map<string, DeclaredExemption>()
  for (const { slug, exemptions } of config.organizations) {
    const organization = exemptions.length === 0 ? null : await organizations.findBySlug(slug)
    for (const { email, reason, until } of exemptions) {
      const account = await accountOf(accounts, email)
      if (account === null) continue
      if (organization === null || account.organizationId !== organization.id)
        throw new Fault('invalid_input', {
          detail: `${email} is exempt in ${slug} and belongs to another organization`,
        })
      found.set(account.id, { account, exemption: { reason, until } })
    }
  }
  return found
}

const pageSize = 1_000

async function listExempt(accounts: Rooms['store']['accounts']): Promise<readonly Account[]> {
  const found: Account[] = []
  for (;;) {
    const after = found.at(-1)?.id
    const page = await accounts.list({ exempt: true, limit: pageSize, ...(after === undefined ? {} : { after }) })
    found.push(...page)
    if (page.length < pageSize) return found
  }
}

/** What an operator granted is not for the files to end; the audit trail knows who it was. */
async function isGrantedByPolicies(audit: Rooms['store']['audit'], { id }: Account): Promise<boolean> {
  let byFiles = false
  for (let after = 0; ; ) {
    const rows = await audit.list({ accountId: id, after, limit: pageSize })
    for (const { number, entry } of rows) {
      if (entry.event === 'exemption_granted') byFiles = entry.actor.kind === 'policies'
      after = number
    }
    if (rows.length < pageSize) return byFiles
  }
}

async function accountOf(accounts: Rooms['store']['accounts'], email: string): Promise<Account | null> {
  const parsed = parseEmail(email)
  return parsed === null ? null : accounts.findByEmail(parsed.key)
}

function isSame(left: Account['exemption'], right: NonNullable<Account['exemption']>): boolean {
  return left !== null && left.reason === right.reason && left.until === right.until
}
