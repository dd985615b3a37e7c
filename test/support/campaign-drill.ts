import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { connectToGateway, type OperatorClient } from '../../src/commands/operator-client.ts'
import { type Books, seededPassword } from './books.ts'
import { judgeCampaigns } from './campaign-verdict.ts'
import { startCountingSink } from './counting-sink.ts'
import { createDeployment, type Deployment } from './deployment.ts'
import type { GatewayProcess } from './gateway-process.ts'
import { startLiveUpstream } from './live-upstream.ts'
import { seedPeople } from './many-people.ts'
import type { Seeded } from './seeded.ts'
import { startStraddler } from './straddler.ts'

// Two campaigns that overlap and a third that is aborted, over gateways that are killed at chosen moments, with a mail server that is dead now and
// then; and what is found afterwards.

export interface CampaignDrillPlan {
  readonly accounts: number
  readonly kills: number
  /** People with open WebSockets, for a campaign of their own. */
  readonly connected: number
  readonly chance: Seeded
  say?(line: string): void
}

export interface CampaignDrillReport {
  readonly lines: readonly string[]
  /** Empty when all is well. */
  readonly problems: readonly string[]
}

/** Who is in which list: the first two overlap, the third is aborted. */
export interface Lists {
  readonly ids: readonly string[]
  readonly emails: readonly string[]
  readonly first: readonly number[]
  readonly second: readonly number[]
  readonly aborted: readonly number[]
}

export interface Campaigns {
  readonly first: string
  readonly second: string
  readonly aborted: string
}

export async function runCampaignDrill(plan: CampaignDrillPlan): Promise<CampaignDrillReport> {
  const { accounts, kills, connected, chance, say = () => {} } = plan
  await using sink = await startCountingSink(recipient => recipient.startsWith('bounce'))
  await using upstream = await startLiveUpstream()
  await using deployment = createDeployment({ smtpPort: sink.port, upstream: upstream.origin })
  let gateway = await deployment.start('gateway')
  const books = await deployment.openBooks()
  const lists = await seed(deployment, books, accounts)
  say(`${accounts} people with a session each`)
  const socket = join(deployment.folder, 'gateway.sock')
  const operator = await operatorAt(socket)
  const campaigns = await planAll(operator, lists)
  const figures = { memoryMax: 0, startedMs: performance.now() }
  await startAll(operator, campaigns)
  using database = openReadOnly(deployment)
  const progress = createProgress(database, campaigns)
  let flaggedMs = 0
  const flagging = progress.isFlagged().then(() => {
    flaggedMs = performance.now() - figures.startedMs
  })
  for (let kill = 1; kill <= kills; kill++) {
    await progress.reaches(kill / (kills + 1))
    // Between two writes as well as between a mail and its answer.
    await pause(chance.whole(0, 200))
    figures.memoryMax = Math.max(figures.memoryMax, await memoryOf(gateway))
    await gateway.kill()
    sink.die(chance.whole(0, 3) === 0)
    gateway = await deployment.start('gateway')
    say(`kill ${kill} of ${kills}: ${JSON.stringify(progress.now())}`)
    // Its clients wait some seconds, as they would for a mail server that restarts.
    setTimeout(() => sink.die(false), chance.whole(500, 3_000))
  }
  await flagging
  figures.memoryMax = Math.max(figures.memoryMax, await memoryOf(gateway))
  await gateway.kill()
  sink.die(false)
  // Past the leases of mails that the dead had taken (five minutes).
  await using last = await deployment.start('gateway', { aheadMs: 6 * 60_000 })
  await progress.isMailed()
  const mailedMs = performance.now() - figures.startedMs
  const cut = await cutConnections({ deployment, books, gateway: last, operator: await operatorAt(socket), connected })
  const verdict = await judgeCampaigns({ database, books, sink, lists, campaigns })
  return {
    lines: [
      `${kills} kills; all flagged after ${seconds(flaggedMs)} s, all mailed after ${seconds(mailedMs)} s`,
      ...verdict.lines,
      `memory of the gateway at most ${Math.round(figures.memoryMax / 2 ** 20)} MB`,
      ...cut.lines,
    ],
    problems: [...verdict.problems, ...cut.problems],
  }
}

async function seed(deployment: Deployment, books: Books, count: number): Promise<Lists> {
  const emails = Array.from({ length: count }, (_, i) => `${i % 1_000 === 7 ? 'bounce' : 'person'}${i}@many.example`)
  const hash = await books.passwords.hash(seededPassword)
  const ids = seedPeople({ dataDir: join(deployment.folder, 'data'), emails, hash, at: Date.now() })
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
  const part = (share: number) => Math.round(count * share)
  return {
    ...{ ids, emails },
    first: range(0, part(0.6)),
    second: range(part(0.4), part(0.9)),
    aborted: range(part(0.9), count),
  }
}

async function operatorAt(socket: string): Promise<OperatorClient> {
  const client = await connectToGateway(socket, 'drill')
  if (client === null) throw new Error('no gateway listens')
  return client
}

async function post(operator: OperatorClient, path: string, body: unknown): Promise<Record<string, unknown>> {
  const reply = await operator.call('POST', `/api/reset-campaigns${path}`, body)
  if (reply.status >= 400 || typeof reply.body !== 'object' || reply.body === null)
    throw new Error(`${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
  return { ...reply.body }
}

async function planAll(operator: OperatorClient, lists: Lists): Promise<Campaigns> {
  const plan = async (places: readonly number[]) => {
    const csv = ['email', ...places.map(place => lists.emails[place] ?? '')].join('\r\n')
    return String((await post(operator, '', { csv, organizations: [], networks: [] }))['id'])
  }
  return { aborted: await plan(lists.aborted), first: await plan(lists.first), second: await plan(lists.second) }
}

/** The third comes first, and is aborted in the middle. */
async function startAll(operator: OperatorClient, { first, second, aborted }: Campaigns): Promise<void> {
  const about = { reason: 'a drill', approvedBy: 'nobody' }
  await post(operator, `/${aborted}/start`, about)
  // A few people may all be flagged by now: then there is nothing to abort.
  const abort = await operator.call('POST', `/api/reset-campaigns/${aborted}/abort`, {})
  if (abort.status >= 400 && abort.status !== 409) throw new Error(`abort: ${abort.status}`)
  await post(operator, `/${first}/start`, about)
  await post(operator, `/${second}/start`, about)
}

function openReadOnly(deployment: Deployment): DatabaseSync & Disposable {
  const database = new DatabaseSync(join(deployment.folder, 'data', 'sekisho.db'), { readOnly: true, timeout: 10_000 })
  return Object.assign(database, { [Symbol.dispose]: () => database.close() })
}

/** Half of the way is the flagging, the other half the mails. */
function createProgress(database: DatabaseSync, { first, second }: Campaigns) {
  const one = (sql: string, ...values: string[]) =>
    Number(Object.values(database.prepare(sql).get(...values) ?? {})[0] ?? 0)
  const now = () => ({
    flagged: one('select sum(flagged + already + skipped) from campaigns where id in (?, ?)', first, second),
    mailed: one("select count(*) from campaign_mails where state <> 'queued'"),
  })
  const total = () =>
    one("select count(*) from campaign_people where campaign_id in (?, ?) and state <> 'excluded'", first, second)
  const mails = () => one('select count(*) from campaign_mails')
  const isFlagged = () => one('select count(*) from campaigns where task is not null') === 0
  const isMailed = () => one("select count(*) from outbox where state in ('queued', 'claimed', 'handed_over')") === 0
  const all = total()
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await pause(20)
  }
  return {
    now,
    reaches: (share: number) =>
      until(() => {
        const { flagged, mailed } = now()
        return share < 0.5 ? flagged >= share * 2 * all : isFlagged() && mailed >= (share - 0.5) * 2 * mails()
      }),
    isFlagged: () => until(isFlagged),
    isMailed: () => until(isMailed),
  }
}

async function memoryOf({ operatorPort }: GatewayProcess): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${operatorPort}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1] ?? 0)
}

interface Cutting {
  readonly deployment: Deployment
  readonly books: Books
  readonly gateway: GatewayProcess
  readonly operator: OperatorClient
  readonly connected: number
}

/** A campaign over people who are connected: every WebSocket is closed within a second of the start. */
async function cutConnections(cutting: Cutting): Promise<CampaignDrillReport> {
  const { deployment, books, gateway, operator, connected } = cutting
  const people = []
  for (let i = 0; i < connected; i++)
    people.push(await startStraddler({ deployment, books, ports: [gateway.port, gateway.port] }))
  const csv = people.map(({ account }) => account.email).join('\n')
  const id = String((await post(operator, '', { csv, organizations: [], networks: [] }))['id'])
  const closed = people.map(async ({ connections }) => ({ code: await connections.closed, atMs: performance.now() }))
  const startedMs = performance.now()
  await post(operator, `/${id}/start`, { reason: 'a drill', approvedBy: 'nobody' })
  const ends = await Promise.all(closed)
  const longestMs = Math.max(0, ...ends.map(({ atMs }) => atMs - startedMs))
  const codes = [...new Set(ends.map(({ code }) => code))]
  const problems = [
    ...(codes.every(code => code === 4401) ? [] : [`closed with ${codes.join()}`]),
    ...(longestMs > cutWithinMs ? [`the last connection was cut after ${Math.round(longestMs)} ms`] : []),
  ]
  return { lines: [`${connected} WebSockets cut, the last ${Math.round(longestMs)} ms after the start`], problems }
}

/** One second as promised, and one for a machine that does other things. */
const cutWithinMs = 2_000

function seconds(ms: number): number {
  return Math.round(ms / 1_000)
}
