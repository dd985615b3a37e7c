import type { PageApp } from '../http/page-env.ts'
import { Fault } from '../lib/fault.ts'
import { isoInstant } from '../lib/instant.ts'
import type { Threat } from '../limits/threat-store.ts'
import type { Account } from '../people/account.ts'
import { aboutAccount, auditOf, type Origin } from '../people/origin.ts'
import type { AccountId } from '../policy/facts.ts'
import { operatorOrigin, readInput } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

/** Attacks that were noticed: what spoke for each step, whose accounts are held for them, and calling one a false alarm. */
export function addThreatRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.get('/api/threats', async context => {
    const threats = await rooms.threats.list(listMax)
    return context.json({ threats: threats.map(threat => summarize(rooms, threat)) })
  })
  app.get('/api/threats/:id', async context => {
    const threat = await rooms.threats.find(context.req.param('id'))
    if (threat === null) throw unknownThreat()
    const held = await heldUnder(rooms, threat.id)
    const steps = threat.steps.map(step => ({ ...step, at: isoInstant(step.at) }))
    return context.json({ ...summarize(rooms, threat), held: held.map(({ email }) => email), steps })
  })
  app.post('/api/threats/:id/undo', async context => {
    const input = await readInput(context)
    const reason = input.text('reason').trim().slice(0, reasonLengthMax)
    input.finish()
    const id = context.req.param('id')
    const by = operatorOrigin(context)
    const at = rooms.clock.now()
    if ((await rooms.threats.find(id)) === null) throw unknownThreat()
    const audit = auditOf('threat_undone', { accountId: null, organizationId: null }, by, at, { threat: id, reason })
    const undone = await rooms.threats.undo(id, { at, by: `${by.actor.kind} ${by.actor.id}` }, audit)
    // Also when it was undone before: what came in between, or was left by a kill, is released now.
    const released = await releaseHolds(rooms, id, by)
    return context.json({ outcome: undone ? 'undone' : 'already undone', released })
  })
}

const listMax = 200
const reasonLengthMax = 500
const slice = 1_000

function unknownThreat(): Fault {
  return new Fault('not_found', { detail: 'there is no such threat' })
}

function summarize({ threats }: OperatorRooms, { id, kind, level, raisedAt, loweredAt, undone, steps }: Threat) {
  const most = steps.at(-1)?.evidence.windows.toSorted((a, b) => b.namesNeverRight - a.namesNeverRight)[0]
  return {
    ...{ id, kind, level },
    speaking: threats.current()?.id === id,
    raised: isoInstant(raisedAt),
    lowered: loweredAt === null ? null : isoInstant(loweredAt),
    undone: undone === null ? null : `${isoInstant(undone.at)} ${undone.by}`,
    names: most?.namesNeverRight ?? null,
    addresses: most?.addresses ?? null,
  }
}

/** The accounts whose right password was used inside it, and who have not confirmed since. */
async function heldUnder({ accounts }: OperatorRooms, threat: string): Promise<readonly Account[]> {
  const found: Account[] = []
  let after: AccountId | undefined
  for (;;) {
    const some = await accounts.list({ limit: slice, held: true, ...(after === undefined ? {} : { after }) })
    found.push(...some.filter(({ held }) => held?.cause === `threat:${threat}`))
    after = some.at(-1)?.id
    if (some.length < slice) return found
  }
}

async function releaseHolds(rooms: OperatorRooms, threat: string, by: Origin): Promise<number> {
  let released = 0
  for (const account of await heldUnder(rooms, threat)) {
    const audit = auditOf('hold_released', aboutAccount(account), by, rooms.clock.now(), { threat })
    if (await rooms.accounts.releaseHold(account.id, { audit, notices: [] })) released++
  }
  return released
}
