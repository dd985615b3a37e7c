import { Hono } from 'hono'
import { createAnswers } from '../http/answer.ts'
import type { Ask } from '../http/ask.ts'
import type { CookieJar } from '../http/cookies.ts'
import { createPageHeaders } from '../http/headers.ts'
import type { PageApp, PageEnv } from '../http/page-env.ts'
import { createReturnTo } from '../http/return-to.ts'
import type { Journal } from '../journal/journal.ts'
import type { AuditStore } from '../journal/receipt.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { RequestHead } from '../lib/request-head.ts'
import type { CodeBudgets } from '../limits/code-budgets.ts'
import type { FailureCounter } from '../limits/failure-counter.ts'
import type { MailBudgets } from '../limits/mail-budgets.ts'
import type { Regulation } from '../limits/regulation.ts'
import type { SessionFailures } from '../limits/session-failures.ts'
import type { SmsBudgets } from '../limits/sms-budgets.ts'
import type { Stuffing } from '../limits/stuffing.ts'
import type { Mailbox } from '../notices/mailbox.ts'
import type { OutboxStore } from '../notices/outbox-store.ts'
import type { Accounts } from '../people/account.ts'
import type { BackupCodes } from '../people/backup-codes.ts'
import type { DecoySignIns } from '../people/decoys.ts'
import type { Directory } from '../people/directory.ts'
import type { EmailChange } from '../people/email-change.ts'
import type { HandOvers } from '../people/hand-overs.ts'
import type { KnownDevices } from '../people/known-devices.ts'
import type { MailedLinks } from '../people/mailed-links.ts'
import type { PasswordMeter } from '../people/new-passwords.ts'
import type { Organizations } from '../people/organization.ts'
import type { Passkeys } from '../people/passkeys.ts'
import type { PasswordChanges } from '../people/password-change.ts'
import type { Phones } from '../people/phones.ts'
import type { Places } from '../people/places.ts'
import type { Reports } from '../people/reports.ts'
import type { Resets } from '../people/resets.ts'
import type { SecondFactors } from '../people/second-factors.ts'
import type { Devices } from '../people/session.ts'
import type { SessionBook } from '../people/session-book.ts'
import type { SignIn } from '../people/sign-in.ts'
import type { SignInCodes } from '../people/sign-in-codes.ts'
import type { SignInHistory } from '../people/sign-in-history.ts'
import type { SmsCodes } from '../people/sms-codes.ts'
import { createAccountWriter } from './account-writer.ts'
import type { OwnPages } from './app-pages.ts'
import { type Assets, createAssets } from './assets.ts'
import { createAttemptCodes } from './attempt-codes.ts'
import { createAttemptPages } from './attempt-pages.ts'
import { createAttemptPhones } from './attempt-phones.ts'
import { createCodeSending } from './code-sending.ts'
import type { PortalConfig } from './config.ts'
import { type ConsoleHost, createConsoleHost } from './console-host.ts'
import { createBrowsers } from './device-cookie.ts'
import { createDeviceRequests } from './device-requests.ts'
import { createDoor } from './door.ts'
import { createEntry } from './entry.ts'
import { createHashPlaces } from './hash-places.ts'
import { createJourneys } from './journey.ts'
import { createLane } from './lane.ts'
import { createFrame, createPageWriter, refusalPage } from './page-writer.ts'
import { createAttemptPasskeys } from './passkey-attempts.ts'
import { createPasskeyGuard } from './passkey-guard.ts'
import { createPasskeyWays } from './passkey-ways.ts'
import { createPasswordGuard } from './password-guard.ts'
import { createMeterPart } from './password-meter.ts'
import type { PasswordBans } from './regulated.ts'
import { createResetRequests } from './reset-requests.ts'
import { accountRoutes } from './routes/account.ts'
import { accountBackupCodeRoutes } from './routes/account-backup-codes.ts'
import { accountDeviceRoutes } from './routes/account-devices.ts'
import { accountEmailRoutes } from './routes/account-email.ts'
import { accountFactorRoutes } from './routes/account-factors.ts'
import { accountPasswordRoutes } from './routes/account-password.ts'
import { accountPhoneRoutes } from './routes/account-phones.ts'
import { handOverRoutes } from './routes/hand-over.ts'
import { mailboxRoutes } from './routes/mailbox.ts'
import { notMeRoutes } from './routes/not-me.ts'
import { passkeyOptionsRoutes } from './routes/passkey-options.ts'
import { passkeyRoutes } from './routes/passkeys.ts'
import { passwordMeterRoutes } from './routes/password-meter.ts'
import { proveAgainRoutes } from './routes/prove-again.ts'
import { resetRoutes } from './routes/reset.ts'
import { findRunning, secondFactorRoutes } from './routes/second-factor.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { signInCodeRoutes } from './routes/sign-in-code.ts'
import { smallRoutes } from './routes/small-pages.ts'
import { isAcs, isLogout } from './saml-form.ts'
import { logoutRefusedPage } from './saml-logout-pages.ts'
import { samlRefusedPage } from './saml-pages.ts'
import { createSamlPart } from './saml-part.ts'
import type { SamlRooms } from './saml-rooms.ts'
import { createSessionProofs } from './session-proofs.ts'
import { createSignInCodeGuard } from './sign-in-code-guard.ts'
import { createSignInPages } from './sign-in-pages.ts'
import { createVisits } from './visit.ts'

// The portal owns the pages for people: sign-in, second factor, reset, the account page. It shows the page for a verdict and acts on
// an answer; whether anybody may enter, it asks (`Ask`) and never decides. It never sees the application's hosts, nor they its pages.
// Start reading with routes/sign-in.ts and entry.ts; the pages are in pages/, their words in words/.

export interface PortalNeeds {
  readonly config: PortalConfig
  readonly ask: Ask
  readonly jar: CookieJar
  readonly clock: Clock
  readonly journal: Journal
  readonly audit: Pick<AuditStore, 'append'>
  readonly accounts: Pick<Accounts, 'findByEmail' | 'list' | 'setLanguage'>
  readonly devices: Devices
  readonly organizations: Pick<Organizations, 'findBySlug'>
  readonly directory: Directory
  readonly signIn: SignIn
  readonly sessionBook: SessionBook
  readonly signInHistory: Pick<SignInHistory, 'recentOf'>
  readonly places: Pick<Places, 'find'>
  readonly reports: Reports
  readonly emailChange: EmailChange
  readonly knownDevices: KnownDevices
  readonly secondFactors: SecondFactors
  readonly smsCodes: SmsCodes
  readonly phones: Phones
  readonly backupCodes: BackupCodes
  readonly passkeys: Passkeys
  readonly signInCodes: SignInCodes
  readonly random: Random
  readonly resets: Resets
  readonly passwordChanges: PasswordChanges
  readonly handOvers: HandOvers
  readonly mailedLinks: MailedLinks
  readonly handOverTries: MailBudgets
  /** Pages of another room on this host: the organizations' console. */
  readonly guests: (host: ConsoleHost) => readonly PageApp[]
  readonly outbox: Pick<OutboxStore, 'add'>
  readonly regulation: Regulation
  readonly codeBudgets: CodeBudgets
  readonly sessionFailures: SessionFailures
  readonly resetMails: MailBudgets
  readonly codeMails: MailBudgets
  readonly smsBudgets: SmsBudgets
  readonly stuffing: Pick<Stuffing, 'judge' | 'record' | 'confirm'>
  readonly bans: PasswordBans
  readonly laneEntries: FailureCounter
  readonly meterAsks: FailureCounter
  readonly passwordMeter: PasswordMeter
  /** Names the attack that is going on: the cause of a hold. */
  readonly threat: () => string
  readonly decoys: DecoySignIns
  readonly saml: SamlRooms
  /** Development only: shows the mails instead of sending them. */
  readonly mailbox: Pick<Mailbox, 'list' | 'find'> | null
  readonly onFault: (fault: Fault, head: RequestHead, receipt: string) => void
}

export function createPortal(needs: PortalNeeds): OwnPages {
  const { config, jar } = needs
  const assets = createAssets('/assets/', config.accent)
  const visitOf = createVisits({ jar, languages: config.languages })
  const secure = config.portalOrigin.startsWith('https:')
  const frame = createFrame(config, assets, '/language')
  const answers = createAnswers({
    headers: createPageHeaders({ secure, formTargets: config.appOrigins }),
    onFault: needs.onFault,
    refusalPage: (refusal, head, receipt) => {
      const visit = visitOf(head, receipt)
      return frame(visit, refusalPage(visit, refusal))
    },
  })
  const writer = createPageWriter(answers, frame)
  const app: PageApp = new Hono<PageEnv>()
  app.route('/', assets.routes)
  for (const routes of createRoutes(needs, { visitOf, writer, assets })) app.route('/', routes)
  app.notFound(c => answers.fault(new Fault('not_found'), c.env.head, c.env.receipt))
  // What is refused before the page of an answer to a sign-in is reached (a body that is too large) reads like everything refused there.
  const fault: OwnPages['answers']['fault'] = async (cause, head, receipt) => {
    const answer = await answers.fault(cause, head, receipt)
    if (answer.status >= 500 || !(isAcs(head) || isLogout(head))) return answer
    const visit = visitOf(head, receipt)
    return writer.write(visit, isAcs(head) ? samlRefusedPage(visit) : logoutRefusedPage(visit))
  }
  app.onError((cause, c) => fault(cause, c.env.head, c.env.receipt))
  return { app, answers: { ...answers, fault } }
}

interface Shared {
  readonly visitOf: ReturnType<typeof createVisits>
  readonly writer: ReturnType<typeof createPageWriter>
  readonly assets: Assets
}

function createRoutes(needs: PortalNeeds, { visitOf, writer, assets }: Shared): readonly PageApp[] {
  const { config, ask, jar, clock, sessionBook, directory, signIn, knownDevices, organizations } = needs
  const { portalOrigin: ownOrigin, appOrigins: listedOrigins, ownPrefix, languages } = config
  const { mailbox, codeBudgets: budgets } = needs
  const returnTo = createReturnTo({ ownOrigin, listedOrigins })
  const journeys = createJourneys({ returnTo, ownPrefix, sessionBook })
  const passkeyWays = createPasskeyWays(assets, config)
  const passkeyGuard = createPasskeyGuard(needs)
  const pages = createSignInPages({ writer, journeys, organizations, passkeyWays })
  const door = createDoor({ ask, sessionBook, directory, journeys, writer })
  const places = createHashPlaces()
  const meter = createMeterPart(assets)
  const passwords = createPasswordGuard({ ...needs, places })
  const browsers = createBrowsers({ jar, knownDevices })
  const deviceRequests = createDeviceRequests(needs)
  const sending = createCodeSending(needs)
  const lane = createLane({ ...needs, passkeyWays, passkeyGuard, browsers, journeys, writer })
  const attemptPhones = createAttemptPhones({ ...needs, sending })
  const attemptPages = createAttemptPages({ ...needs, passkeyWays, attemptPhones })
  const entry = createEntry({ ...needs, sending, deviceRequests, journeys, writer, pages, passwords })
  const attemptPasskeys = createAttemptPasskeys({ ...needs, passkeyGuard })
  const codes = createAttemptCodes({ ...needs, budgets, attemptPasskeys, attemptPhones })
  const proofs = createSessionProofs({ ...needs, passwords, passkeyGuard, budgets })
  const account = createAccountWriter(writer)
  const samlPart = createSamlPart({ ...needs, visitOf, writer, journeys, assets })
  const shared = { visitOf, ask, jar, clock, door, journeys, sessionBook, samlPart }
  return [
    signInRoutes({ ...shared, ...needs, passwords, browsers, entry, lane, pages, writer }),
    secondFactorRoutes({
      ...{ ...shared, signIn, directory, browsers, entry, codes, sending, lane, writer },
      ...{ attemptPages, attemptPhones },
    }),
    passkeyRoutes({
      ...shared,
      ...needs,
      ...{ passkeyGuard, passkeyWays, browsers, entry, pages, writer },
      accountWriter: account,
    }),
    passkeyOptionsRoutes({
      ...shared,
      ...needs,
      entry,
      writer,
      findRunning: visit => findRunning({ signIn, directory, browsers }, visit),
    }),
    signInCodeRoutes({ ...shared, signIn, browsers, entry, pages, writer, signInCodes: createSignInCodeGuard(needs) }),
    ...samlPart.routes({ door, browsers, entry }),
    proveAgainRoutes({ ...shared, proofs, sending, passkeyWays, writer }),
    resetRoutes({ ...shared, ...needs, requests: createResetRequests(needs), places, meter, writer }),
    ...createAccountRoutes(needs, { ...shared, meter, passwords, sending, account, pages: writer }),
    notMeRoutes({ ...shared, reports: needs.reports, writer }),
    smallRoutes({ ...shared, ...{ organizations, returnTo, languages, pages, writer, journal: needs.journal } }),
    handOverRoutes({ ...shared, ...needs, places, sending, meter, writer }),
    ...needs.guests(createConsoleHost({ ask, door, visitOf, writer })),
    ...(mailbox === null ? [] : [mailboxRoutes({ visitOf, mailbox, writer })]),
  ]
}

interface AccountShared extends Pick<Shared, 'visitOf'> {
  readonly door: ReturnType<typeof createDoor>
  readonly journeys: ReturnType<typeof createJourneys>
  readonly meter: ReturnType<typeof createMeterPart>
  readonly passwords: ReturnType<typeof createPasswordGuard>
  readonly sending: ReturnType<typeof createCodeSending>
  readonly account: ReturnType<typeof createAccountWriter>
  readonly pages: Shared['writer']
}

/** A signed-in person's own pages. */
function createAccountRoutes(needs: PortalNeeds, shared: AccountShared): readonly PageApp[] {
  const { config } = needs
  const common = { ...needs, ...shared, languages: config.languages, writer: shared.account }
  return [
    accountRoutes({ ...common, history: needs.signInHistory }),
    accountEmailRoutes(common),
    accountDeviceRoutes(common),
    accountFactorRoutes(common),
    accountPhoneRoutes(common),
    accountBackupCodeRoutes({ ...common, ...config }),
    passwordMeterRoutes(common),
    accountPasswordRoutes(common),
  ]
}
