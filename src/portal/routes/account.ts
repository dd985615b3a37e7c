import { type Context, Hono } from 'hono'
import type { CookieJar } from '../../http/cookies.ts'
import { readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Language } from '../../notices/notice.ts'
import type { Accounts } from '../../people/account.ts'
import { describeAgent } from '../../people/device.ts'
import { aboutAccount, auditOf } from '../../people/origin.ts'
import type { Phones } from '../../people/phones.ts'
import { placeText } from '../../people/place.ts'
import type { Places } from '../../people/places.ts'
import type { Device, Devices, Session } from '../../people/session.ts'
import type { SessionBook } from '../../people/session-book.ts'
import { undoable } from '../../people/session-change.ts'
import type { RecordedSignIn, SignInHistory } from '../../people/sign-in-history.ts'
import { proofKinds } from '../../policy/facts.ts'
import { type AccountWriter, changedSayings, confirmed } from '../account-writer.ts'
import { ownActs } from '../acts.ts'
import type { Door, Person } from '../door.ts'
import { languageCookieSeconds } from '../language-cookie.ts'
import { accountContent } from '../pages/account.ts'
import type { ShownDevice, ShownSession, ShownSignIn } from '../pages/account-page.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface AccountRoutesNeeds {
  readonly visitOf: VisitOf
  readonly door: Door
  readonly jar: CookieJar
  readonly accounts: Pick<Accounts, 'setLanguage'>
  readonly sessionBook: SessionBook
  readonly devices: Pick<Devices, 'listOf'>
  readonly languages: readonly Language[]
  readonly writer: AccountWriter
  readonly clock: Clock
  readonly history: Pick<SignInHistory, 'recentOf'>
  readonly places: Pick<Places, 'find'>
  readonly phones: Pick<Phones, 'offered'>
}

/** `/account`: what is signed in where, and the end of it. Each change walks the `own` gates with its act. */
export function accountRoutes(needs: AccountRoutesNeeds): PageApp {
  const { visitOf, door, sessionBook, writer, jar } = needs
  const app: PageApp = new Hono<PageEnv>()
  const visitIn = (c: Context<PageEnv>) => visitOf(c.env.head, c.env.receipt)

  app.get('/account', async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, '/account')
    if (admission.kind === 'answered') return admission.response
    return show(needs, visit, admission.person, c.req.query('said'))
  })

  app.post('/account/sessions/end', async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, confirmed, ownActs.end_session)
    if (admission.kind === 'answered') return admission.response
    const id = (await readForm(c.req.raw)).get('session')
    const { account } = admission.person
    // Looked up among one's own: another account's session is nothing here.
    const session = (await sessionBook.listOf(account.id)).find(each => each.id === id)
    if (session === undefined) return writer.done('not_found')
    const ended = await sessionBook.end(session, originOf(visit, account.id, admission.person.session))
    return writer.done(ended ? 'session_ended' : 'not_found')
  })

  app.post('/account/sessions/end-others', async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, confirmed, ownActs.end_other_sessions)
    if (admission.kind === 'answered') return admission.response
    const { account, session } = admission.person
    await sessionBook.endAllOf(account, session.rootId, originOf(visit, account.id))
    return writer.done('others_ended')
  })

  app.post('/account/language', async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, '/account')
    if (admission.kind === 'answered') return admission.response
    const wanted = (await readForm(c.req.raw)).get('language')
    const language = needs.languages.find(each => each === wanted)
    if (language === undefined) return writer.done('not_found')
    if (language !== admission.person.account.language) await setLanguage(needs, visit, admission.person, language)
    return writer.done('language_changed', [jar.write('language', language, languageCookieSeconds)])
  })
  return app
}

async function setLanguage(
  { accounts, clock }: AccountRoutesNeeds,
  visit: Visit,
  { account, session }: Person,
  language: Language,
): Promise<void> {
  const by = originOf(visit, account.id, session)
  const undo = undoable(by, { kind: 'language_changed', language: account.language })
  const audit = auditOf('language_changed', aboutAccount(account), by, clock.now(), { language })
  await accounts.setLanguage(account.id, language, { audit, notices: [], ...undo })
}

async function show(needs: AccountRoutesNeeds, visit: Visit, person: Person, said: string | undefined) {
  const { account, organization, session } = person
  const { places } = needs
  const now = needs.clock.now()
  const devices = await needs.devices.listOf(account.id)
  const sessions = await needs.sessionBook.listOf(account.id)
  const recent = await needs.history.recentOf(account.id, recentMax, now)
  const changed = changedSayings.find(each => each === said)
  const located = <Shown extends { readonly address: string }>(shown: Shown) => ({
    ...shown,
    place: placeText(places.find(shown.address), visit.language),
  })
  const content = accountContent(visit.words, {
    account,
    organization: organization === null ? null : { name: organization.name, usesSso: person.usesSso },
    sessions: sessions
      .map(each => located(shownSession(each, session, devices)))
      .sort((a, b) => Number(b.isThis) - Number(a.isThis)),
    devices: devices.map(device => located(shownDevice(device, session))),
    signIns: recent.opened.map(each => located(shownSignIn(each, devices))),
    refused: recent.refused.map(located),
    phonesOffered: needs.phones.offered,
    said: changed === undefined ? null : visit.words.account.changed[changed],
    now,
    language: visit.language,
    languages: needs.languages,
  })
  return needs.writer.write(visit, person, {
    title: visit.words.account.title,
    content,
    width: 'console',
    here: '/account',
  })
}

const recentMax = 20

function shownSession(each: Session, mine: Session, devices: readonly Device[]): Omit<ShownSession, 'place'> {
  return {
    id: each.id,
    isThis: each.rootId === mine.rootId,
    device: nameOf(each.deviceId, devices) ?? describeAgent(each.agent).label,
    address: each.address,
    methods: each.proofs.map(({ kind }) => kind),
    openedAt: each.openedAt,
    seenAt: each.seenAt,
  }
}

function nameOf(id: string | null, devices: readonly Device[]): string | undefined {
  return devices.find(({ deviceId }) => deviceId === id)?.label
}

function shownDevice(device: Device, mine: Session): Omit<ShownDevice, 'place'> {
  const { deviceId: id, label, address, firstSeenAt, lastSeenAt, reportedAt } = device
  return { id, isThis: id === mine.deviceId, label, address, firstSeenAt, lastSeenAt, isReported: reportedAt !== null }
}

/** Under the name that its owner gave the device since. */
function shownSignIn(signIn: RecordedSignIn, devices: readonly Device[]): Omit<ShownSignIn, 'place'> {
  const { at, address, newDevice: isNew, deviceId, method } = signIn
  const named = method.split(' + ')
  const methods = proofKinds.filter(kind => named.includes(kind))
  return { at, address, isNew, device: nameOf(deviceId, devices) ?? signIn.device, methods }
}
