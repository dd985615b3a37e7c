// The thread that owns the SQLite file. It opens and migrates it, builds every port over it, and answers calls one after another:
// each call is one unit, and a change commits with its audit row, its notices and its announcements before it is answered.
// It reads no clock (callers bring the time) and knows nobody but the client at the other end of its port.
// Start reading at `serve`; what a call does stands in stores/sql.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { Kysely } from 'kysely'
import { createAccounts } from '../sql/accounts.ts'
import { createAttempts } from '../sql/attempts.ts'
import { createAudit } from '../sql/audit.ts'
import { createBackupCodeSets } from '../sql/backup-codes.ts'
import { createBans } from '../sql/bans.ts'
import { createCampaigns } from '../sql/campaigns.ts'
import { createDecoys } from '../sql/decoys.ts'
import { createDevices } from '../sql/devices.ts'
import { createEmailChanges } from '../sql/email-changes.ts'
import { createEmailDomains } from '../sql/email-domains.ts'
import { createFactors } from '../sql/factors.ts'
import type { Ground } from '../sql/ground.ts'
import { createHandOverCodes } from '../sql/hand-overs.ts'
import { createKeys } from '../sql/keys.ts'
import { migrate } from '../sql/migrations.ts'
import { createOneTimeCodes, createSpentOnce } from '../sql/one-time-codes.ts'
import { createOrganizations } from '../sql/organizations.ts'
import { createOutbox } from '../sql/outbox.ts'
import { createOwnKeys } from '../sql/own-keys.ts'
import { createPeopleList } from '../sql/people-list.ts'
import { createProviders } from '../sql/providers.ts'
import { createRefusals } from '../sql/refusals.ts'
import { createReportLinks } from '../sql/report-links.ts'
import { createResetTickets } from '../sql/reset-tickets.ts'
import { createRuleChanges } from '../sql/rule-changes.ts'
import { createSeenMessages } from '../sql/seen-messages.ts'
import { createSessions } from '../sql/sessions.ts'
import { createSignInHistory } from '../sql/sign-in-history.ts'
import { sweepSlice } from '../sql/sweep.ts'
import type { Tables } from '../sql/tables.ts'
import { createThreats } from '../sql/threats.ts'
import {
  type Answer,
  type Call,
  type PortName,
  type Ports,
  portMethods,
  type Request,
  type StoreSettings,
} from './calls.ts'
import { createSqliteDialect } from './dialect.ts'
import { faultMessage } from './errors.ts'
import { openFile } from './file.ts'
import { createHotReads, type HotReads } from './hot-reads.ts'
import { createNews, type News } from './news.ts'

const columnTypes = { integer: 'integer', identity: 'integer primary key autoincrement', tableEnd: 'strict' }

interface OpenStore {
  readonly ports: Ports
  readonly news: News
  close(): Promise<void>
}

if (parentPort !== null && isSettings(workerData)) await serve(parentPort, workerData)

async function serve(client: MessagePort, settings: StoreSettings): Promise<void> {
  const answer = (message: Answer) => client.postMessage(message)
  let store: OpenStore
  try {
    store = await open(settings)
  } catch (error) {
    answer({ number: 0, kind: 'failed', fault: faultMessage(error) })
    client.close()
    return
  }
  let last: Promise<void> = Promise.resolve()
  client.on('message', (request: Request) => {
    last = last.then(async () => {
      if (request !== 'close') return answer(await perform(store, request))
      await store.close()
      client.close()
    })
  })
  answer({ number: 0, kind: 'done', value: null, changes: [] })
}

async function open(settings: StoreSettings): Promise<OpenStore> {
  const database = openFile(settings.file)
  const db = new Kysely<Tables>({ dialect: createSqliteDialect(database) })
  await migrate(db, columnTypes)
  const news = createNews(database)
  const ports = createPorts({ db, auditKey: settings.auditKey }, createHotReads(database, db))
  return { ports, news, close: () => db.destroy() }
}

function createPorts(ground: Ground, hot: HotReads): Ports {
  return {
    accounts: { ...createAccounts(ground), find: hot.account },
    attempts: createAttempts(ground),
    audit: createAudit(ground),
    backupCodeSets: createBackupCodeSets(ground),
    decoys: createDecoys(ground),
    campaigns: createCampaigns(ground),
    bans: createBans(ground),
    devices: createDevices(ground),
    factors: createFactors(ground),
    handOverCodes: createHandOverCodes(ground),
    keys: createKeys(ground),
    oneTimeCodes: createOneTimeCodes(ground),
    ownKeys: createOwnKeys(ground),
    providers: createProviders(ground),
    seenMessages: createSeenMessages(ground),
    spentOnce: createSpentOnce(ground),
    threats: createThreats(ground),
    organizations: { ...createOrganizations(ground), find: hot.organization },
    outbox: createOutbox(ground),
    peopleList: createPeopleList(ground),
    refusals: createRefusals(ground),
    resetTickets: createResetTickets(ground),
    sessions: { ...createSessions(ground), findByTokenHash: hot.session },
    signInHistory: createSignInHistory(ground),
    reportLinks: createReportLinks(ground),
    ruleChanges: createRuleChanges(ground),
    emailChanges: createEmailChanges(ground),
    emailDomains: createEmailDomains(ground),
    upkeep: { listen: async () => {}, sweepSlice: at => sweepSlice(ground, at) },
  }
}

async function perform(store: OpenStore, call: Call): Promise<Answer> {
  try {
    const { run, writes } = find(store.ports, call)
    const value = await run(...call.args)
    const changes = call.method === 'listen' ? store.news.readFromOthers() : writes ? store.news.read() : []
    return { number: call.number, kind: 'done', value, changes }
  } catch (error) {
    return { number: call.number, kind: 'failed', fault: faultMessage(error) }
  }
}

type Method = (...args: readonly unknown[]) => Promise<unknown>

function find(ports: Ports, call: Call): { run: Method; writes: boolean } {
  const name = call.port as PortName // because the client calls by the same table
  const kinds: Readonly<Record<string, 'reads' | 'writes'>> = portMethods[name]
  const methods = ports[name] as unknown as Readonly<Record<string, Method>> // because the client's types have matched the arguments
  const run = methods[call.method]
  if (run === undefined) throw new Error(`no method ${call.port}.${call.method}`)
  return { run, writes: kinds[call.method] === 'writes' }
}

function isSettings(value: unknown): value is StoreSettings {
  return typeof value === 'object' && value !== null && 'sekisho' in value && value.sekisho === 'sqlite-store'
}
