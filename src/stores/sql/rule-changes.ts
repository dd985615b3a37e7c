import { isDeepStrictEqual } from 'node:util'
import type { Change } from '../../people/changes.ts'
import type { RuleChange, RuleChanges, RulesReplaced } from '../../people/rule-changes.ts'
import type { Trail } from '../../people/trail.ts'
import type { Proof } from '../../policy/facts.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { changedColumns, organizationById, readOrganization } from './organizations.ts'
import { leave } from './trail.ts'
import { storedJson } from './values.ts'
import { chunksOf, endRoots, isVouchedFor } from './vouched-sessions.ts'

export function createRuleChanges(ground: Ground): RuleChanges {
  return { replace: (change, trail) => replace(ground, change, trail) }
}

function replace(ground: Ground, change: RuleChange, trail: Trail): Promise<RulesReplaced | null> {
  const { organization, from } = change
  return write(ground, async tx => {
    const row = await organizationById(tx, organization.id).executeTakeFirst()
    if (row === undefined || !isDeepStrictEqual(readOrganization(row).rules, asStored(from))) return null
    await tx.updateTable('organizations').set(changedColumns(organization)).where('id', '=', organization.id).execute()
    const ended = await end(tx, change)
    const { sessions, resets } = ended
    const facts = change.ends === 'nothing' ? {} : { sessions, resets }
    const audit = { ...trail.audit, facts: { ...trail.audit.facts, ...facts } }
    await leave(ground, tx, { ...trail, audit }, [{ kind: 'organization', id: organization.id }, ...ended.changes])
    return { sessions, resets }
  })
}

/** What is undefined there is absent here. */
function asStored(rules: RuleChange['from']): unknown {
  return JSON.parse(JSON.stringify(rules))
}

interface Ended extends RulesReplaced {
  readonly changes: readonly Change[]
}

async function end(tx: Tx, { organization: { id }, ends, spares }: RuleChange): Promise<Ended> {
  if (ends === 'nothing') return { sessions: 0, resets: 0, changes: [] }
  const spared = new Set(spares.map(email => email.toLowerCase()))
  const accounts = await tx.selectFrom('accounts').select(['id', 'email']).where('organization_id', '=', id).execute()
  const losing = accounts.filter(({ email }) => ends !== 'provider' && !spared.has(email.toLowerCase()))
  const local = new Set(losing.map(account => account.id))
  const roots = await rootsOf(tx, id, { local, vouched: ends !== 'local' })
  const sessions = await endRoots(tx, roots)
  const resets = await endLocalWays(tx, [...local])
  return { sessions: roots.length, resets: resets.length, changes: [...sessions, ...resets] }
}

interface Ending {
  /** Accounts whose local sessions end. */
  readonly local: ReadonlySet<string>
  /** Whether those end for which a provider vouched. */
  readonly vouched: boolean
}

async function rootsOf(tx: Tx, organizationId: string, { local, vouched }: Ending): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .select(['sessions.id', 'sessions.account_id', 'sessions.proofs'])
    .where('accounts.organization_id', '=', organizationId)
    .whereRef('sessions.id', '=', 'sessions.root_id')
    .execute()
  const ends = (row: (typeof rows)[number]) =>
    isVouchedFor(storedJson<readonly Proof[]>(row.proofs), organizationId) ? vouched : local.has(row.account_id)
  return rows.filter(ends).map(row => row.id)
}

/** Factors that a reset has set aside stay so: who added them is as unknown as before. */
async function endLocalWays(tx: Tx, accounts: readonly string[]): Promise<readonly Change[]> {
  const changes: Change[] = []
  for (const chunk of chunksOf(accounts)) {
    await tx.deleteFrom('attempts').where('account_id', 'in', chunk).execute()
    await tx.deleteFrom('reset_tickets').where('account_id', 'in', chunk).execute()
    await tx.deleteFrom('hand_overs').where('account_id', 'in', chunk).execute()
    await tx.deleteFrom('one_time_codes').where('account_id', 'in', chunk).execute()
    const flagged = await tx
      .updateTable('accounts')
      .set({ reset_at: null, reset_reason: null, reset_by: null, reset_since: null })
      .where('id', 'in', chunk)
      .where('reset_at', 'is not', null)
      .returning('id')
      .execute()
    changes.push(...flagged.map(({ id }): Change => ({ kind: 'account', id })))
  }
  return changes
}
