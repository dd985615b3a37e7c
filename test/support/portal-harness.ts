import { createAdmin } from '../../src/admin/admin.ts'
import { openCodeFactors } from '../../src/composition/code-factors.ts'
import { openExclusion } from '../../src/composition/exclusion.ts'
import { createOriginReader } from '../../src/composition/origin.ts'
import { createAsk, ownPages } from '../../src/facts.ts'
import type { Ask } from '../../src/http/ask.ts'
import { createBridge } from '../../src/http/bridge.ts'
import { createCookieJar } from '../../src/http/cookies.ts'
import { createJournal, type Journal } from '../../src/journal/journal.ts'
import { createLog } from '../../src/journal/log.ts'
import { createMetrics } from '../../src/journal/metrics.ts'
import { createReceipts } from '../../src/journal/receipts.ts'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'
import type { Fault } from '../../src/lib/fault.ts'
import { secureRandom } from '../../src/lib/random.ts'
import { createSeal } from '../../src/lib/seal.ts'
import { createCodeBudgets } from '../../src/limits/code-budgets.ts'
import { createMailBudgets } from '../../src/limits/mail-budgets.ts'
import { createMemoryCounters } from '../../src/limits/memory-counter.ts'
import { createRegulation } from '../../src/limits/regulation.ts'
import { createSessionFailures } from '../../src/limits/session-failures.ts'
import { createSmsBudgets } from '../../src/limits/sms-budgets.ts'
import { createTraffic, type TrafficRates } from '../../src/limits/traffic.ts'
import { createMailbox, type Mailbox } from '../../src/notices/mailbox.ts'
import { createOutbox } from '../../src/notices/outbox.ts'
import { type RenderedMail, renderMail } from '../../src/notices/render.ts'
import { type RenderedSms, renderSms } from '../../src/notices/sms.ts'
import type { BackupCodes } from '../../src/people/backup-codes.ts'
import { createDecoySignIns, type DecoySignIns } from '../../src/people/decoys.ts'
import { createDirectory, type Directory } from '../../src/people/directory.ts'
import type { EmailChange } from '../../src/people/email-change.ts'
import { createHandOvers, type HandOvers } from '../../src/people/hand-overs.ts'
import { createKnownDevices } from '../../src/people/known-devices.ts'
import { createLeakedSignIns } from '../../src/people/leaked-sign-ins.ts'
import { createMailedLinks, type MailedLinks } from '../../src/people/mailed-links.ts'
import { createNewPasswords } from '../../src/people/new-passwords.ts'
import { createOrganizationAdmin, type OrganizationAdmin } from '../../src/people/organization-admin.ts'
import type { Origin } from '../../src/people/origin.ts'
import { createPasskeys, type Passkeys } from '../../src/people/passkeys.ts'
import { createPasswordChanges } from '../../src/people/password-change.ts'
import { createPasswords, type HashCost, type Passwords } from '../../src/people/passwords.ts'
import { createPeopleAdmin, type PeopleAdmin } from '../../src/people/people-admin.ts'
import type { Phones } from '../../src/people/phones.ts'
import type { Place } from '../../src/people/place.ts'
import { createResets, type Resets } from '../../src/people/resets.ts'
import { createSecondFactors, type SecondFactors } from '../../src/people/second-factors.ts'
import { createSessionBook, type SessionBook } from '../../src/people/session-book.ts'
import { createSessionTokens } from '../../src/people/session-tokens.ts'
import { createSignIn, type SignIn } from '../../src/people/sign-in.ts'
import { createSignInCodes } from '../../src/people/sign-in-codes.ts'
import type { SmsCodes } from '../../src/people/sms-codes.ts'
import { createStrengthMeter } from '../../src/people/strength.ts'
import { withWaysBack } from '../../src/people/ways-back.ts'
import type { RouteFact } from '../../src/policy/facts.ts'
import { buildWalks } from '../../src/policy/plan.ts'
import { createAppPages } from '../../src/portal/app-pages.ts'
import type { PortalConfig } from '../../src/portal/config.ts'
import { createPortal, type PortalNeeds } from '../../src/portal/portal.ts'
import { portalBodyBytesMax } from '../../src/portal/saml-form.ts'
import { createSignInUrl } from '../../src/portal/sign-in-url.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import type { Exchange } from '../../src/wire/exchange.ts'
import { createListener } from '../../src/wire/listener.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { createLeakList } from './leak-list.ts'
import { createTestProtection, createTestSignInNotices } from './protection.ts'
import { quickCost } from './quick-cost.ts'
import { openTestSaml } from './saml-rooms.ts'
import { createTestClock, type TestClock } from './test-clock.ts'

// The portal as people meet it: the real listener, the real store in a file, the real services, gates and budgets, and an application
// host that lets in whom the proxy walk lets in. Only the clock and the way of mail are the test's.

export interface PortalHarness extends AsyncDisposable {
  readonly port: number
  readonly portalOrigin: string
  readonly appOrigin: string
  readonly clock: LeapingClock
  readonly mailbox: Mailbox
  readonly store: SqliteStore
  readonly people: PeopleAdmin
  readonly organizations: OrganizationAdmin
  readonly resets: Resets
  readonly handOvers: HandOvers
  readonly mailedLinks: MailedLinks
  readonly secondFactors: SecondFactors
  readonly phones: Phones
  readonly smsCodes: SmsCodes
  readonly backupCodes: BackupCodes
  readonly passkeys: Passkeys
  /** The list of leaked passwords; off until something is put into it. */
  readonly leaked: ReturnType<typeof createLeakList>
  readonly sessionBook: SessionBook
  readonly emailChange: EmailChange
  /** Where addresses are. */
  readonly whereIs: Map<string, Place>
  readonly signIn: SignIn
  readonly decoys: DecoySignIns
  readonly directory: Directory
  readonly faults: Fault[]
  /** Demands of the application's one route; tests change them. */
  readonly route: { rule: RouteFact }
  /** Brings out what lies in the outbox. */
  deliver(): Promise<void>
}

/** Months pass without the timers of each quarter second in between. */
export interface LeapingClock extends TestClock {
  leap(ms: number): void
}

function createLeapingClock(): LeapingClock {
  const clock = createTestClock()
  let leapt = 0
  return {
    ...clock,
    now: () => clock.now() + leapt,
    monotonicMs: () => clock.monotonicMs() + leapt,
    leap(ms) {
      leapt += ms
    },
  }
}

export interface HarnessOptions {
  readonly secure?: boolean
  readonly productName?: string
  readonly passkeySignIn?: boolean
  readonly rates?: Partial<TrafficRates>
  /** Of passwords and of codes each, half of them from known devices. */
  readonly consecutiveFailuresMax?: number
  /** What the detection of attacks says; quiet when absent. Read at each try. */
  readonly defence?: Partial<Pick<PortalNeeds, 'stuffing' | 'bans' | 'threat'>>
  readonly codeOnUnknownDevice?: boolean
  /** Where what a hash costs is looked at; a quick one otherwise. */
  readonly hashCost?: HashCost
  /** For breaking them on purpose. */
  readonly wrapPasswords?: (passwords: Passwords) => Passwords
}

export const operator: Origin = {
  actor: { kind: 'operator', id: 'test' },
  address: null,
  receipt: null,
  device: 'test',
}

const hour = 3_600_000

export async function startPortal({
  secure = false,
  productName = 'Sekisho',
  passkeySignIn = true,
  rates = {},
  consecutiveFailuresMax = 100,
  defence = {},
  codeOnUnknownDevice = false,
  hashCost = quickCost,
  wrapPasswords = passwords => passwords,
}: HarnessOptions = {}): Promise<PortalHarness> {
  const folder = tempFolder()
  const clock = createLeapingClock()
  const store = await openSqliteStore({ file: folder.file('sekisho.db'), auditKey, clock })
  const random = secureRandom
  const faults: Fault[] = []
  const log = createLog({ level: 'silent' })
  const receipts = createReceipts({ clock, random, store: store.refusals, onFailure: () => {} })
  const journal = createJournal(log, createMetrics(), receipts)
  let serve: (exchange: Exchange) => Promise<void> = async () => {}
  const listener = createListener({
    clock,
    proxies: { trusted: compileNetworks(networks('127.0.0.1/32')), mode: 'x-forwarded-for' },
    serves: host => host === 'localhost' || host === 'auth.localhost',
    handler: exchange => serve(exchange),
  })
  const { port } = await listener.listen({ port: 0, host: '127.0.0.1' })
  if (port === null) throw new Error('no port')
  const scheme = secure ? 'https' : 'http'
  const config: PortalConfig = {
    portalOrigin: `${scheme}://auth.localhost:${port}`,
    appOrigins: [`${scheme}://localhost:${port}`],
    productName,
    accent: '#2f4a8a',
    support: 'support@sekisho.example',
    languages: ['en', 'ja'],
    ownPrefix: '/.sekisho/',
    passkeySignIn,
  }
  const services = createServices({ store, clock, config, codeOnUnknownDevice, hashCost, wrapPasswords })
  const pagesNeeds = { store, clock, config, secure, services, journal, faults, rates, consecutiveFailuresMax, defence }
  const built = createPages(pagesNeeds)
  serve = exchange => built.serve(exchange, receipts.next())
  const outbox = createOutbox({
    store: store.outbox,
    transport: {
      send: (rendered: RenderedMail | RenderedSms, ...more) =>
        'channel' in rendered ? services.mailbox.sms.send(rendered, ...more) : services.mailbox.send(rendered, ...more),
    },
    render: mail => {
      const render = mail.notice.channel === 'sms' ? renderSms : renderMail
      return render(mail, { productName, support: '', portalOrigin: config.portalOrigin })
    },
    clock,
    journal,
    worker: 'test',
  })
  return {
    port,
    portalOrigin: config.portalOrigin,
    appOrigin: config.appOrigins[0] ?? '',
    clock,
    store,
    faults,
    route: built.route,
    ...services,
    async deliver() {
      // Those on their way from before count too: their arrival would else be taken for that of the newest.
      do {
        outbox.wake()
        await new Promise(setImmediate)
      } while (await isAnyOnItsWay(store))
    },
    async [Symbol.asyncDispose]() {
      await outbox.close()
      await listener.close(0)
      await built.saml[Symbol.asyncDispose]()
      await services.sessionBook.close()
      services.directory.close()
      await services.strength[Symbol.asyncDispose]()
      await receipts.close()
      await store.close()
      await log.close()
      folder[Symbol.dispose]()
    },
  }
}

async function isAnyOnItsWay({ outbox }: SqliteStore): Promise<boolean> {
  const states = ['queued', 'claimed', 'handed_over'] as const
  const lists = await Promise.all(states.map(state => outbox.list(state, 1)))
  return lists.some(list => list.length > 0)
}

interface ServicesNeeds {
  readonly store: SqliteStore
  readonly clock: TestClock
  readonly config: PortalConfig
  readonly codeOnUnknownDevice: boolean
  readonly hashCost: HashCost
  readonly wrapPasswords: (passwords: Passwords) => Passwords
}

function createServices({ clock, config, codeOnUnknownDevice, hashCost, wrapPasswords, ...needs }: ServicesNeeds) {
  const random = secureRandom
  const store = withWaysBack(needs.store, { random, notMeUrl: token => `${config.portalOrigin}/not-me/${token}` })
  const seal = createSeal(Buffer.alloc(32, 3), random)
  const { accounts, devices, factors, attempts, sessions, changes, organizations: organizationStore } = store
  const directory = createDirectory({ accounts, organizations: organizationStore, devices, changes, clock })
  const passwords = wrapPasswords(createPasswords({ cores: 2, cost: hashCost }))
  const leaked = createLeakList()
  const strength = createStrengthMeter({ clock })
  const newPasswords = createNewPasswords({
    ...{ accounts, directory, passwords, leaked, strength },
    get leakRules() {
      return leaked.state.rules
    },
    productWords: [config.productName],
  })
  const issuerName = config.productName
  const secondFactors = createSecondFactors({ factors, directory, seal, random, clock, issuerName })
  const resets = createResets({
    accounts,
    directory,
    tickets: store.resetTickets,
    newPasswords,
    audit: store.audit,
    random,
    clock,
    ticketUrl: token => `${config.portalOrigin}/reset/${token}`,
  })
  const { looks, ...codeFactors } = openCodeFactors({
    ...{ store, seal, clock, random, directory, passwords },
    codeKey: Buffer.alloc(32, 4),
    sms: () => ({ transport: { kind: 'mailbox' }, defaultCountry: '+81', countries: ['+81', '+44'] }),
  })
  const tokens = createSessionTokens({ key: Buffer.alloc(32, 2), random })
  const leaks = createLeakedSignIns({
    ...{ leaked, accounts, resets, clock },
    get leakRules() {
      return leaked.state.rules
    },
    onTrouble: () => {},
  })
  const signIn = createSignIn({
    accounts,
    directory,
    passwords,
    leaks,
    attempts,
    factors,
    secondFactors,
    looks,
    tokens,
    codeKey: Buffer.alloc(32, 4),
    seal,
    random,
    clock,
    issuerName,
    codeOnUnknownDevice,
  })
  const whereIs = new Map<string, Place>()
  const sessionBook = createSessionBook({
    sessions,
    devices,
    tokens: createSessionTokens({ key: Buffer.alloc(32, 1), random }),
    changes,
    clock,
    random,
    limits: { idleMs: 24 * hour, absoluteMs: 720 * hour },
    notices: createTestSignInNotices({ store, random, origin: config.portalOrigin, whereIs }),
  })
  return {
    directory,
    passwords,
    leaked,
    strength,
    passwordMeter: newPasswords,
    secondFactors,
    ...codeFactors,
    resets,
    signIn,
    mailedLinks: createMailedLinks(Buffer.alloc(32, 7)),
    handOvers: createHandOvers({
      ...{ ...store, directory, signIn, newPasswords, seal, random, clock },
      codeKey: Buffer.alloc(32, 5),
    }),
    sessionBook,
    whereIs,
    ...createTestProtection({ store, directory, seal, clock, random, origin: config.portalOrigin, whereIs }),
    decoys: createDecoySignIns({ decoys: store.decoys, accounts, tokens, random, clock }),
    passkeys: createPasskeys({
      ...{ accounts, factors, directory, spentOnce: store.spentOnce, seal, random, clock },
      challengeKey: Buffer.alloc(32, 5),
      site: { origin: config.portalOrigin, name: config.productName },
    }),
    signInCodes: createSignInCodes({
      ...{ accounts, directory, codes: store.oneTimeCodes, random, clock },
      codeKey: Buffer.alloc(32, 4),
    }),
    knownDevices: createKnownDevices({ devices, random }),
    passwordChanges: createPasswordChanges({ accounts, directory, passwords, newPasswords, clock }),
    people: createPeopleAdmin({ accounts, resets, newPasswords, random, clock }),
    organizations: createOrganizationAdmin({ ...store, hasProvider: async () => true, random, clock }),
    ...openExclusion({ store, clock, random, readTextRecords: async () => ({ kind: 'none' }) }),
    mailbox: createMailbox(clock),
  }
}

interface PagesNeeds extends Omit<ServicesNeeds, 'codeOnUnknownDevice' | 'hashCost' | 'wrapPasswords'> {
  readonly defence: NonNullable<HarnessOptions['defence']>
  readonly secure: boolean
  readonly services: ReturnType<typeof createServices>
  readonly journal: Journal
  readonly faults: Fault[]
  readonly rates: Partial<TrafficRates>
  readonly consecutiveFailuresMax: number
}

function createPages(needs: PagesNeeds) {
  const { store, clock, config, secure, services, journal, faults, rates, consecutiveFailuresMax } = needs
  const jar = createCookieJar({ secure })
  const none = { address: null, addressWithSession: null, account: null, organization: null }
  const traffic = createTraffic({ clock, rates: { ...none, routes: new Map(), keysMax: 1_000, ...rates } })
  const ask = createAsk({
    clock,
    walks: buildWalks(),
    cookies: jar,
    directory: services.directory,
    sessions: services.sessionBook,
    attempts: services.signIn,
    traffic,
    originOf: createOriginReader(() => []),
  })
  const own: Ask = (entrance, head, about) => ask(entrance, head, ownPages, about)
  const createCounter = createMemoryCounters({ clock, keysMax: 10_000 })
  const tries = (triesMax: number) => ({ triesMax, windowMs: hour })
  const mails = (purpose: 'reset' | 'code') =>
    createMailBudgets({ createCounter, purpose, tries: { perAccount: tries(3), perAddress: tries(20) } })
  const shared = { config, ask: own, jar, clock, onFault: (fault: Fault) => void faults.push(fault) }
  const saml = openTestSaml(store, clock)
  const portal = createPortal({
    ...shared,
    ...store,
    ...quietDefence,
    ...needs.defence,
    ...services,
    saml: saml.rooms,
    laneEntries: createCounter('lane-entries', { triesMax: 64, windowMs: hour / 6 }),
    meterAsks: createCounter('password-meter', { triesMax: 120, windowMs: hour / 6 }),
    organizations: store.organizations,
    journal,
    random: secureRandom,
    regulation: createRegulation({
      createCounter,
      tries: {
        address: tries(50),
        prefix: tries(500),
        account: tries(10),
        accountKnownDevice: tries(10),
        pair: tries(10),
        consecutiveFailuresMax,
      },
    }),
    codeBudgets: createCodeBudgets({
      createCounter,
      tries: { perAttempt: tries(5), perAccount: tries(20), consecutiveFailuresMax },
    }),
    sessionFailures: createSessionFailures({ createCounter }),
    resetMails: mails('reset'),
    codeMails: mails('code'),
    smsBudgets: createSmsBudgets({
      createCounter,
      tries: { account: tries(5), number: tries(5), address: tries(20), hour: tries(300), day: tries(300) },
    }),
    handOverTries: createMailBudgets({
      createCounter,
      purpose: 'hand-over',
      tries: { perAccount: tries(10), perAddress: tries(30) },
    }),
    guests: host => createAdmin({ ...services, ...store, host, clock, providerService: saml.service }),
  })
  const appPages = createAppPages({
    ...{ ...shared, sessionBook: services.sessionBook, random: secureRandom, saml: saml.rooms },
  })
  const bridges = {
    portal: createBridge({ app: portal.app, answerFault: portal.answers.fault, bodyBytesMax: portalBodyBytesMax }),
    app: createBridge({ app: appPages.app, answerFault: appPages.answers.fault }),
  }
  const route = { rule: { ...ownPages, name: 'app' } satisfies RouteFact as RouteFact }
  const signInUrl = createSignInUrl(config)
  const serve = async (exchange: Exchange, receipt: string): Promise<void> => {
    const { head } = exchange
    if (head.host === 'auth.localhost') return bridges.portal(exchange, receipt)
    if (head.path.startsWith(config.ownPrefix)) return bridges.app(exchange, receipt)
    const { verdict, learned } = await ask('proxy', head, route.rule)
    if (verdict.kind === 'allow') exchange.answer(200, [], `app for ${learned.account?.email ?? '?'} at ${head.target}`)
    else if (verdict.kind === 'challenge') exchange.answer(303, ['Location', signInUrl(head, verdict.step)], '')
    else exchange.answer(403, [], verdict.reason)
  }
  return { serve, route, saml }
}

function networks(...texts: readonly string[]) {
  return texts.map(text => parseNetwork(text)).filter(network => network !== null)
}

/** Nothing is detected and nobody is shut out: every try to sign in is met openly. */
const quietDefence: Pick<PortalNeeds, 'stuffing' | 'bans' | 'threat'> = {
  stuffing: { judge: () => ({ caution: 'none', delayMs: 0 }), record: () => {}, confirm: () => {} },
  bans: { find: () => null, isBanned: () => false },
  threat: () => 'threat:none',
}
