import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { AccountId } from '../../src/policy/facts.ts'
import { byTest, testPassword } from '../support/gateway.ts'
import type { App } from '../support/portal-people.ts'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { accountOf, accountPage, enrolApp, signInLocally, tryPassword } from '../support/sso-people.ts'

// Somebody of an organization that turned to single sign-on, with everything local that was right before it did: none of it opens or changes
// anything any more, and each answer reads as it reads for everybody.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let world: SamlGateway
let app: App
let glassApp: App
let old: PortalVisitor
let halfway: PortalVisitor
let halfwayPage: Reply
let ticketUrl: string
let handOver: string
let backupCodes: readonly string[]
const hana = 'hana@corp.test'
const origin = () => world.gateway.portalOrigin
const people = () => rooms(world.gateway).people

beforeAll(async () => {
  world = await startSamlGateway()
  await switchTo(false)
  await world.gateway.addPerson({ email: hana, organization: 'corp' })
  await world.gateway.addPerson({ email: 'glass@corp.test', organization: 'corp', roles: ['administrator'] })
  await world.gateway.addPerson({ email: 'boss@corp.test', organization: 'corp', roles: ['administrator'] })
  await world.gateway.addPerson({ email: 'free@else.test' })
  app = await enrolApp(world, hana)
  glassApp = await enrolApp(world, 'glass@corp.test')
  const made = await people().backupCodes.make(await accountOf(world, hana), byTest)
  if (made === null) throw new Error('no backup codes')
  backupCodes = made
  old = await signInLocally(world, hana, app)
  halfway = world.visitor()
  halfwayPage = await halfway.follow(await tryPassword(world, halfway, hana))
  await people().resets.requestTicket(hana, byTest)
  ticketUrl = String(newest('reset_ticket', await outbox())?.notice.facts['ticketUrl'])
  const issued = await people().handOvers.issue(await accountOf(world, hana), 'lost', byTest)
  if (issued.kind !== 'issued') throw new Error(issued.kind)
  handOver = issued.code
  // As a store that was restored from a copy would have it: single sign-on speaks, and what it should have ended is still there.
  await switchTo(true)
})
afterAll(() => world[Symbol.asyncDispose]())

async function switchTo(required: boolean): Promise<void> {
  const sso = { required, breakGlassEmails: required ? ['glass@corp.test'] : [] }
  await world.corp.setRules(rules => ({ ...rules, sso, emailedCodes: true }))
}

const outbox = () => rooms(world.gateway).store.outbox.list('all', 500)
function newest(kind: string, rows: Awaited<ReturnType<typeof outbox>>) {
  return rows.filter(({ notice }) => notice.kind === kind).toSorted((a, b) => b.createdAt - a.createdAt)[0]
}

/** What an account is: whatever a local way could change about it, and what has been mailed to it that could be a way. That a code was tried is told to its owner. */
async function standing() {
  const { factors, password, reset, email, state } = await accountOf(world, hana)
  const mails = (await outbox()).filter(
    ({ notice }) => notice.to === hana && notice.kind !== 'second_factor_failed',
  ).length
  return { factors: factors.map(({ id, kind }) => `${kind} ${id}`), password, reset, email, state, mails }
}

/** Runs it; nothing about the account may be different afterwards, and no new session may stand. */
async function changesNothing(act: () => Promise<unknown>): Promise<void> {
  const account = await accountOf(world, hana)
  const before = [await standing(), (await sessions(account.id)).length]
  await act()
  expect([await standing(), (await sessions(account.id)).length]).toEqual(before)
}

const sessions = (id: AccountId) => people().sessionBook.listOf(id)

/** Pages without what names the visit, so that two can be compared. */
const bare = ({ status, body }: Reply, ...names: string[]) => [
  status,
  names.reduce((text, name) => text.replaceAll(name, '…'), body).replaceAll(/[A-Za-z0-9_-]{20,}|receipt[^<]*/g, '…'),
]

describe('signing in', () => {
  test('with the right password reads like a wrong one, and like nobody’s', async () => {
    await changesNothing(async () => {
      const right = await tryPassword(world, world.visitor(), hana)
      const wrong = await tryPassword(world, world.visitor(), 'free@else.test', 'a wrong password of mine')
      const nobody = await tryPassword(world, world.visitor(), 'nobody@else.test')
      expect(bare(right, hana)).toEqual(bare(wrong, 'free@else.test'))
      expect(bare(right, hana)).toEqual(bare(nobody, 'nobody@else.test'))
    })
  })

  test('with a mailed code: none is mailed', async () => {
    await changesNothing(async () => {
      const visitor = world.visitor()
      const form = await visitor.get(`${origin()}/sign-in?way=password`)
      await visitor.submit(form, { email: hana })
      await visitor.post(`${origin()}/sign-in/code`, { email: hana })
    })
  })

  test('with a second factor in an attempt from before opens nothing', async () => {
    await changesNothing(async () => {
      world.clock.advance(60_000)
      const answer = await halfway.submit(halfwayPage, { code: await app.code() })
      expect(answer.location ?? '').not.toContain('/account')
      expect((await accountPage(world, halfway)).status).toBe(303)
    })
  })

  test('with a backup code in an attempt: it is not even spent', async () => {
    const account = await accountOf(world, hana)
    expect(await people().backupCodes.check(account, backupCodes[0] ?? '', byTest)).toBeNull()
  })
})

describe('a way back to a password', () => {
  test('by a reset link that is asked for: none is mailed, and the page says what it says to everybody', async () => {
    await changesNothing(async () => {
      const [one, other] = [world.visitor(), world.visitor()]
      const asked = await one.submit(await one.get(`${origin()}/reset`), { email: hana })
      const nobody = await other.submit(await other.get(`${origin()}/reset`), { email: 'nobody@else.test' })
      const pages = [await one.follow(asked), await other.follow(nobody)] as const
      expect(bare(pages[0], hana)).toEqual(bare(pages[1], 'nobody@else.test'))
    })
  })

  test('by a reset link from before opens nothing', async () => {
    await changesNothing(async () => {
      const visitor = world.visitor()
      const shown = await visitor.follow(await visitor.get(ticketUrl))
      expect(shown.body).not.toContain('name="password"')
      const chosen = { password: 'seven green kettles sing', again: 'seven green kettles sing' }
      await visitor.post(`${origin()}/reset/choose`, chosen)
    })
  })

  test('by a hand-over code from before opens nothing', async () => {
    await changesNothing(async () => {
      const visitor = world.visitor()
      await visitor.submit(await visitor.get(`${origin()}/reset/hand-over`), { email: hana, code: handOver })
      await visitor.post(`${origin()}/reset/hand-over/choose`, { password: 'seven green kettles sing' })
    })
  })
})

describe('a session from before', () => {
  test('leads to the sign-in page, on every page of the account, and changes nothing', async () => {
    await changesNothing(async () => {
      for (const path of ['', '/password', '/email', '/factors/add', '/phones/add', '/passkeys/add', '/backup-codes']) {
        const shown = await old.get(`${origin()}/account${path}`)
        expect([path, shown.status, shown.location]).toEqual([path, 303, expect.stringContaining('/sign-in')])
      }
      const password = { current: testPassword, password: 'seven green kettles sing' }
      const phone = { phone: '+819012345678', number: '+819012345678' }
      for (const [path, fields] of [
        ['password', password],
        ['email', { email: 'new@else.test' }],
        ['factors/add', { code: await app.code() }],
        ['phones/add', phone],
        ['phones/add?spare=1', phone],
        ['passkeys/add', { answer: '{}' }],
        ['backup-codes', {}],
      ] as const)
        expect((await old.post(`${origin()}/account/${path}`, fields)).status, path).toBe(303)
    })
  })

  test('is nobody to the application', async () => {
    const reply = await old.get(`${world.gateway.appOrigin}/`)
    expect(reply.status).toBe(303)
  })

  test('cannot be proved anew by something local', async () => {
    await changesNothing(async () => {
      const proved = await old.post(`${origin()}/prove-again`, { code: await app.code(), password: testPassword })
      expect(proved.location ?? '').not.toContain('/account')
    })
  })
})

describe('operators and administrators', () => {
  test.each([
    ['require-reset', ['--reason', 'x']],
    ['hand-over', ['--reason', 'x']],
  ])('cannot lead somebody to a password: %s', async (act, more) => {
    await changesNothing(async () => {
      const { code, err } = await world.gateway.cli('users', act, hana, ...more)
      expect([code, err]).toEqual([1, expect.stringMatching(/single sign-on/)])
    })
  })

  test('a password that an operator sets for a new account opens nothing', async () => {
    await world.gateway.addPerson({ email: 'new@corp.test', organization: 'corp' })
    expect((await tryPassword(world, world.visitor(), 'new@corp.test')).status).toBe(422)
  })

  test('a campaign names them, with the reason, and flags nobody', async () => {
    await changesNothing(async () => {
      const { out } = await world.gateway.cli('reset-campaign', 'plan', '--organization', 'corp', '--json')
      expect(JSON.parse(out)).toMatchObject({ counts: { excluded: { sso: expect.any(Number) } } })
      expect(out).toContain('"why": "sso"')
    })
  })
})

describe('the emergency account', () => {
  test('comes in with its second factor, and every administrator hears of it, each time', async () => {
    for (const _ of [1, 2]) {
      const before = (await outbox()).filter(({ notice }) => notice.kind === 'break_glass_used').length
      const visitor = await signInLocally(world, 'glass@corp.test', glassApp)
      expect((await accountPage(world, visitor)).status).toBe(200)
      const told = (await outbox()).filter(({ notice }) => notice.kind === 'break_glass_used')
      expect(told.length - before).toBe(2)
      expect(new Set(told.map(({ notice }) => notice.to))).toEqual(new Set(['boss@corp.test', 'glass@corp.test']))
    }
    const rows = await rooms(world.gateway).store.audit.list({ limit: 1_000 })
    const glass = await accountOf(world, 'glass@corp.test')
    const opened = rows.filter(({ entry }) => entry.event === 'session_opened' && entry.accountId === glass.id)
    expect(opened.map(({ entry }) => entry.facts['breakGlass'])).toEqual([true, true])
  })

  test('does not come in with its password alone', async () => {
    const visitor = world.visitor()
    const after = await tryPassword(world, visitor, 'glass@corp.test')
    expect(after.location).toContain('/second-factor')
    expect((await accountPage(world, visitor)).status).toBe(303)
  })
})
