import type { PageApp } from '../http/page-env.ts'
import { Fault } from '../lib/fault.ts'
import { isoInstant } from '../lib/instant.ts'
import { readTrace } from '../policy/trace.ts'
import { operatorOrigin, readInput } from './input.ts'
import type { KeySummary, OperatorRooms } from './rooms.ts'

/** The house itself: why something was refused, keys, audit, mails, reload, status. */
export function addHouseRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.get('/api/receipts/:receipt', async context => {
    const record = await rooms.receipts.find(context.req.param('receipt'))
    if (record === null)
      throw new Fault('not_found', { detail: 'no refusal is known under this receipt (they are kept for seven days)' })
    return context.json({ ...record, at: isoInstant(record.at), walk: readTrace(record.walk) })
  })
  app.post('/api/explain', async context => {
    const input = await readInput(context)
    const question = {
      email: input.optionalText('email'),
      address: input.text('address'),
      host: input.optionalText('host'),
      path: input.text('path'),
    }
    input.finish()
    const explanation = await rooms.explain(question)
    if (explanation.kind === 'invalid') throw new Fault('invalid_input', { detail: explanation.problem })
    return context.json(explanation)
  })
  app.get('/api/keys', context => context.json({ keys: rooms.keys().map(describeKey) }))
  app.post('/api/keys/rotate', async context => {
    const keys = await rooms.rotateKeys(operatorOrigin(context))
    return context.json({ keys: keys.map(describeKey) })
  })
  app.get('/api/audit', async context => {
    const query = context.req.query()
    const rows = await rooms.audit.list({
      limit: Math.min(1_000, Math.max(1, Number(query['limit'] ?? '100') || 100)),
      ...(query['after'] === undefined ? {} : { after: Number(query['after']) || 0 }),
    })
    return context.json({ rows: rows.map(row => ({ ...row, entry: { ...row.entry, at: isoInstant(row.entry.at) } })) })
  })
  app.get('/api/audit/verify', async context => context.json(await rooms.audit.verify()))
  app.get('/api/outbox', async context => {
    const mails = await rooms.outbox.list(parseState(context.req.query('state') ?? 'all'), 200)
    return context.json({
      mails: mails.map(({ id, notice, state, tries, createdAt, lastAnswer }) => ({
        id,
        kind: notice.kind,
        to: notice.to,
        state,
        tries,
        createdAt: isoInstant(createdAt),
        lastAnswer,
      })),
    })
  })
  app.get('/api/status', context => context.json(rooms.running?.status() ?? { running: false }))
  app.post('/api/reload', async context => {
    if (rooms.running === null) throw new Fault('conflict', { detail: 'no gateway is running here' })
    const outcome = await rooms.running.reload()
    return context.json(outcome, outcome.kind === 'reloaded' ? 200 : 422)
  })
}

function describeKey({ createdAt, ...key }: KeySummary) {
  return { ...key, createdAt: isoInstant(createdAt) }
}

const states = ['queued', 'claimed', 'handed_over', 'sent', 'failed', 'ambiguous', 'all'] as const

function parseState(text: string): (typeof states)[number] {
  const state = states.find(each => each === text)
  if (state === undefined) throw new Fault('invalid_input', { detail: `state must be one of ${states.join(', ')}` })
  return state
}
