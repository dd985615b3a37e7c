import type { PageApp } from '../http/page-env.ts'
import type { Campaign } from '../incident/campaign.ts'
import type { Wanted } from '../incident/choosing.ts'
import type { CampaignStatus } from '../incident/reset-campaigns.ts'
import { isoInstant } from '../lib/instant.ts'
import { type Input, invalid, operatorOrigin, readInput } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

const path = '/api/reset-campaigns'
/** How long a process without a gateway works before it says how far it has come. */
const driveMs = 500
const pageMax = 1_000

/** Resets of many passwords at once. */
export function addCampaignRoutes(app: PageApp, rooms: OperatorRooms): void {
  const { campaigns } = rooms
  app.get(path, async context => context.json({ campaigns: (await campaigns.list()).map(describe) }))
  app.post(path, async context => {
    const input = await readInput(context)
    const wanted = wantedOf(input, rooms.clock.now())
    input.finish()
    return context.json(await campaigns.plan(wanted, operatorOrigin(context)), 201)
  })
  app.get(`${path}/:id`, async context => context.json(told(await campaigns.status(context.req.param('id')))))
  // Answers after a moment of work. Where somebody else works on it (a gateway, another command), this waits for that moment: who asks
  // for it in a loop would else only hold up those who work.
  app.post(`${path}/:id/drive`, async context => {
    const { clock, running } = rooms
    const id = context.req.param('id')
    const startedMs = clock.monotonicMs()
    if (running === null) await campaigns.drive(driveMs)
    const status = await campaigns.status(id)
    const restMs = driveMs - (clock.monotonicMs() - startedMs)
    if (status.campaign.task === null || restMs <= 0) return context.json(told(status))
    await new Promise<void>(resolve => clock.after(restMs, resolve))
    return context.json(told(await campaigns.status(id)))
  })
  app.get(`${path}/:id/export`, async context => {
    const { format = 'csv', after = '0', limit = String(pageMax) } = context.req.query()
    if (format !== 'csv' && format !== 'jsonl') throw invalid('format must be csv or jsonl')
    const page = {
      format,
      after: wholeOf(after, 'after'),
      limit: Math.min(pageMax, Math.max(1, wholeOf(limit, 'limit'))),
    } as const
    return context.json(await campaigns.evidence(context.req.param('id'), page, operatorOrigin(context)))
  })
  addActs(app, rooms)
}

function addActs(app: PageApp, { campaigns }: OperatorRooms): void {
  app.post(`${path}/:id/start`, async context => {
    const input = await readInput(context)
    const about = {
      reason: input.text('reason'),
      approvedBy: input.text('approvedBy'),
      since: input.optionalTime('since'),
    }
    input.finish()
    return context.json(told(await campaigns.start(context.req.param('id'), about, operatorOrigin(context))))
  })
  for (const act of ['pause', 'resume'] as const)
    app.post(`${path}/:id/${act}`, async context =>
      context.json(told(await campaigns[act](context.req.param('id'), operatorOrigin(context)))),
    )
  app.post(`${path}/:id/abort`, async context => {
    const input = await readInput(context)
    const how = { withdraw: input.optionalText('withdraw') === 'yes' }
    input.finish()
    return context.json(told(await campaigns.abort(context.req.param('id'), how, operatorOrigin(context))))
  })
  app.post(`${path}/:id/remind`, async context => {
    const input = await readInput(context)
    const how = { includeAmbiguous: input.optionalText('includeAmbiguous') === 'yes' }
    input.finish()
    return context.json(told(await campaigns.remind(context.req.param('id'), how, operatorOrigin(context))))
  })
}

function wantedOf(input: Input, now: number): Wanted {
  const match = input.optionalText('match') ?? 'any'
  if (match !== 'any' && match !== 'all') throw invalid('match must be any or all')
  const networks = input.list('networks')
  const [from, until] = [input.optionalTime('from'), input.optionalTime('until')]
  const includeRefused = yes(input, 'includeRefused')
  if (networks.length === 0 && (from !== null || until !== null || includeRefused))
    throw invalid('a time of sign-ins needs networks: 0.0.0.0/0 and ::/0 are all of them')
  return {
    match,
    csv: input.optionalText('csv'),
    organizations: input.list('organizations'),
    signedIn: networks.length === 0 ? null : { networks, from: from ?? 0, until: until ?? now, includeRefused },
    passwordLeaked: yes(input, 'passwordLeaked'),
    held: yes(input, 'held'),
    everyone: yes(input, 'everyone'),
  }
}

function yes(input: Input, name: string): boolean {
  const value = input.optionalText(name)
  if (value !== null && value !== 'yes') throw invalid(`${name} can only be yes`)
  return value === 'yes'
}

function told({ campaign, ...tally }: CampaignStatus) {
  return { ...describe(campaign), ...tally }
}

function describe({ plannedAt, start, endedAt, ...campaign }: Campaign) {
  return {
    ...campaign,
    plannedAt: isoInstant(plannedAt),
    start: start === null ? null : { ...start, at: isoInstant(start.at), since: timeOf(start.since) },
    endedAt: timeOf(endedAt),
  }
}

function timeOf(at: number | null): string | null {
  return at === null ? null : isoInstant(at)
}

function wholeOf(text: string, name: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw invalid(`${name} must be a whole number`)
  return Number(text)
}
