import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { NoticeKind } from '../../src/notices/notice.ts'
import type { PhoneNumber } from '../../src/people/phone-number.ts'
import type { AccountId } from '../../src/policy/facts.ts'
import { byTest } from '../support/gateway.ts'
import { addPasskey, askOptions, postSignIn, signInByPasskey } from '../support/passkey-flows.ts'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { createSoftwareKey, type SoftwareKey } from '../support/software-key.ts'
import { accountOf, accountPage, enrolApp, signInLocally, tryPassword } from '../support/sso-people.ts'

// More doors of an organization that turned to single sign-on, tried with what was right before it did: passkeys, backup codes and phones in
// a running attempt, links from mails, flags and operators' acts. As a store that was restored from a copy would have it, nothing was ended.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let world: SamlGateway
let key: SoftwareKey
let backupCode: string
let texted: Halfway
let papered: Halfway
let keyed: Halfway
let notMe: string
let putBack: string
let flaggedTicket: string

interface Halfway {
  readonly visitor: PortalVisitor
  readonly page: Reply
}

const hana = 'hana@corp.test'
const flagged = 'flagged@corp.test'
const moved = 'moved@corp.test'
const spare = '+819012345678' as PhoneNumber // because the service parses what people type
const origin = () => world.gateway.portalOrigin
const people = () => rooms(world.gateway).people
const outbox = () => rooms(world.gateway).store.outbox.list('all', 500)
const portal = () => ({ portalOrigin: origin() })

beforeAll(async () => {
  world = await startSamlGateway(undefined, { sms: { transport: 'mailbox', defaultCountry: '+81' } })
  await switchTo(false)
  for (const email of [hana, flagged, 'mover@corp.test']) await world.gateway.addPerson({ email, organization: 'corp' })
  await world.gateway.addPerson({ email: 'free@else.test' })
  const inside = await signInLocally(world, hana)
  key = await addPasskey(portal(), inside)
  notMe = await linkOf('factor_added', 'notMeUrl')
  await enrolApp(world, hana)
  backupCode = (await people().backupCodes.make(await accountOf(world, hana), byTest))?.[0] ?? ''
  await addSparePhone()
  ;[texted, papered, keyed] = [await halfway(), await halfway(), await halfway()]
  putBack = await moveAddress()
  await people().resets.require(await accountOf(world, flagged), { reason: 'leaked', since: null }, byTest)
  flaggedTicket = await linkOf('reset_required', 'ticketUrl')
  await switchTo(true)
})
afterAll(() => world[Symbol.asyncDispose]())

async function switchTo(required: boolean): Promise<void> {
  const sso = { required, breakGlassEmails: required ? ['glass@corp.test'] : [] }
  await world.corp.setRules(rules => ({ ...rules, sso }))
}

/** Of the newest mail of that kind. */
async function linkOf(kind: NoticeKind, name: string): Promise<string> {
  const rows = (await outbox()).filter(({ notice }) => notice.kind === kind).toSorted((a, b) => b.id - a.id)
  return String(rows[0]?.notice.facts[name] ?? 'no link')
}

async function addSparePhone(): Promise<void> {
  const account = await accountOf(world, hana)
  const about = { account, subject: 'adding a phone', by: byTest }
  await people().phones.begin({ ...about, number: spare, spare: true, send: true })
  const code = await linkOf('phone_check', 'code')
  const added = await people().phones.confirm({ ...about, code })
  if (added.kind !== 'added' && added.kind !== 'proved') throw new Error(added.kind)
}

/** Somebody who has given the password, and is asked for more. */
async function halfway(): Promise<Halfway> {
  const visitor = world.visitor()
  const page = await visitor.follow(await tryPassword(world, visitor, hana))
  if (!page.url.pathname.startsWith('/second-factor')) throw new Error(`not halfway: ${page.url.pathname}`)
  return { visitor, page }
}

/** mover@corp.test becomes moved@corp.test; answers the link that takes it back. */
async function moveAddress(): Promise<string> {
  const mover = await signInLocally(world, 'mover@corp.test')
  await mover.submit(await mover.get(`${origin()}/account/email`), { email: moved })
  const code = await linkOf('email_change_code', 'code')
  const done = await mover.submit(await mover.get(`${origin()}/account/email/confirm`), { code })
  if (done.status !== 303) throw new Error(`not moved: ${done.status} ${done.heading}`)
  return linkOf('email_changed', 'undoUrl')
}

const sessionsOf = async (id: AccountId) => (await people().sessionBook.listOf(id)).length

/** Messages after that one with something that opens a door: once they are delivered, what opens it is gone from them. */
const waysAfter = async (newest: number) =>
  (await outbox())
    .filter(({ id }) => id > newest)
    .filter(({ notice: { facts } }) => (facts['ticketUrl'] ?? '') !== '' || Object.hasOwn(facts, 'code'))
    .map(({ notice }) => notice.kind)

/** No session stands that did not before, and nothing was sent that opens a door. */
async function opensNothing(email: string, act: () => Promise<unknown>): Promise<void> {
  const { id } = await accountOf(world, email)
  const sessions = await sessionsOf(id)
  const newest = Math.max(...(await outbox()).map(mail => mail.id))
  await act()
  expect(await sessionsOf(id)).toBeLessThanOrEqual(sessions)
  expect(await waysAfter(newest)).toEqual([])
}

/** Pages without what names the visit, so that two can be compared. */
const bare = ({ status, body }: Reply, ...names: string[]) => [
  status,
  names.reduce((text, name) => text.replaceAll(name, '…'), body).replaceAll(/[A-Za-z0-9_-]{20,}|receipt[^<]*/g, '…'),
]

async function passwordReadsWrong(email: string): Promise<void> {
  const right = await tryPassword(world, world.visitor(), email)
  const wrong = await tryPassword(world, world.visitor(), 'free@else.test', 'a wrong password of mine')
  expect(bare(right, email)).toEqual(bare(wrong, 'free@else.test'))
}

describe('a passkey from before', () => {
  test('opens nothing, and its answer reads like that to a key that nobody knows', async () => {
    await opensNothing(hana, async () => {
      const [mine, nobodys] = [world.visitor(), world.visitor()]
      const right = await signInByPasskey(portal(), mine, key)
      const options = await askOptions(portal(), nobodys, 'sign_in')
      const unknown = createSoftwareKey(origin()).answer(options, { userHandle: 'nobody' })
      expect(bare(right)).toEqual(bare(await postSignIn(portal(), nobodys, unknown)))
      expect((await accountPage(world, mine)).status).toBe(303)
    })
  })

  test('opens nothing in an attempt from before', async () => {
    await opensNothing(hana, async () => {
      const { visitor, page } = keyed
      const credential = key.answer(await askOptions(portal(), visitor, 'second_factor'))
      const fields = { answer: 'passkey', attempt: attemptOf(page), credential }
      const answer = await visitor.post(`${origin()}/second-factor`, fields)
      expect(answer.location ?? '').not.toContain('/account')
      expect((await accountPage(world, visitor)).status).toBe(303)
    })
  })
})

describe('an attempt from before', () => {
  test('takes no backup code, and does not spend it', async () => {
    await opensNothing(hana, async () => {
      const { visitor, page } = papered
      const attempt = attemptOf(page)
      const answer = await visitor.post(`${origin()}/second-factor`, { answer: 'code', attempt, code: backupCode })
      expect(answer.location ?? '').not.toContain('/account')
      expect((await accountPage(world, visitor)).status).toBe(303)
    })
    await switchTo(false)
    const left = await people().backupCodes.check(await accountOf(world, hana), backupCode, byTest)
    await switchTo(true)
    expect(left).not.toBeNull()
  })

  test('sends nothing to a spare phone, and shows no page that would', async () => {
    await opensNothing(hana, async () => {
      const { visitor, page } = texted
      const attempt = attemptOf(page)
      for (const to of ['spare', 'any', 'email'])
        await visitor.post(`${origin()}/second-factor`, { answer: 'send_code', attempt, to })
      for (const path of ['/second-factor', '/second-factor/help']) {
        const shown = await visitor.follow(await visitor.get(`${origin()}${path}`))
        expect(shown.body).not.toContain('5678')
      }
    })
  })
})

function attemptOf({ body }: Reply): string {
  return /name="attempt" value="([^"]+)"/.exec(body)?.[1] ?? ''
}

describe('a link in a mail from before', () => {
  test('“this was not me” shuts out, and leads to no password and to no session', async () => {
    const { password } = await accountOf(world, hana)
    await opensNothing(hana, async () => {
      const visitor = world.visitor()
      const shown = await visitor.follow(await visitor.get(notMe))
      const done = await visitor.submit(shown, {}, { action: '/not-me' })
      expect(done.status).toBe(200)
      expect(done.body).not.toContain('/reset')
      expect((await accountPage(world, visitor)).status).toBe(303)
    })
    const account = await accountOf(world, hana)
    expect([await sessionsOf(account.id), account.reset, account.password]).toEqual([0, null, password])
    await passwordReadsWrong(hana)
  })

  test('“put my address back” puts it back, and leads to no password and to no session', async () => {
    await opensNothing(moved, async () => {
      const visitor = world.visitor()
      const shown = await visitor.follow(await visitor.get(putBack))
      const done = await visitor.submit(shown, {}, { action: '/not-me' })
      expect([done.status, done.body.includes('/reset')]).toEqual([200, false])
      expect((await accountPage(world, visitor)).status).toBe(303)
    })
    const mover = await accountOf(world, 'mover@corp.test')
    expect([await sessionsOf(mover.id), mover.reset]).toEqual([0, null])
    await passwordReadsWrong('mover@corp.test')
  })
})

describe('a forced reset from before', () => {
  test('neither its link nor its flag leads to a password', async () => {
    const { password } = await accountOf(world, flagged)
    await opensNothing(flagged, async () => {
      const visitor = world.visitor()
      const shown = await visitor.follow(await visitor.get(flaggedTicket))
      expect(shown.body).not.toContain('name="password"')
      await visitor.post(`${origin()}/reset/choose`, { password: 'seven green kettles sing' })
      const asked = world.visitor()
      await asked.submit(await asked.get(`${origin()}/reset`), { email: flagged })
      await passwordReadsWrong(flagged)
    })
    expect((await accountOf(world, flagged)).password).toEqual(password)
  })

  test('keeps its person out also through the provider, for as long as it stands: whose the account is, is not known', async () => {
    const visitor = world.visitor()
    expect((await world.corp.signIn(visitor, flagged)).status).toBe(403)
    expect((await accountPage(world, visitor)).status).toBe(303)

    expect((await world.gateway.cli('users', 'withdraw-reset', flagged)).code).toBe(0)

    const again = world.visitor()
    expect((await world.corp.signIn(again, flagged)).status).toBe(303)
    expect((await accountPage(world, again)).status).toBe(200)
  })
})

describe('an operator', () => {
  test.each([
    ['require-reset', ['--reason', 'x']],
    ['withdraw-reset', []],
    ['invite', []],
    ['hand-over', ['--reason', 'x']],
    ['exempt', ['--reason', 'x']],
    ['release-hold', []],
    ['suspend', []],
    ['resume', []],
    ['roles', ['--role', 'administrator']],
  ])('opens no local way by %s', async (act, more) => {
    const { password, factors, reset } = await accountOf(world, hana)
    await opensNothing(hana, async () => {
      const { code } = await world.gateway.cli('users', act, hana, ...more)
      expect(code, 'the command is known').not.toBe(2)
    })
    expect(await accountOf(world, hana)).toMatchObject({ password, factors, reset })
  })

  test('takes factors away, and nothing comes of it', async () => {
    const { factors } = await accountOf(world, hana)
    await opensNothing(hana, async () => {
      for (const { id } of factors) await world.gateway.cli('users', 'remove-factor', hana, '--factor', id)
    })
    expect((await accountOf(world, hana)).factors).toEqual([])
  })

  test('cannot make the account anew with a password', async () => {
    const { password } = await accountOf(world, hana)
    const { code, err } = await world.gateway.cli('users', 'add', hana, '--name', 'Hana', '--organization', 'corp')
    expect([code, err]).toEqual([1, expect.stringContaining('there is already an account')])
    expect((await accountOf(world, hana)).password).toEqual(password)
  })
})
