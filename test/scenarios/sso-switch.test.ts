import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { hashToken } from '../../src/lib/secret.ts'
import { byTest } from '../support/gateway.ts'
import type { App } from '../support/portal-people.ts'
import type { PortalVisitor } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { accountOf, accountPage, enrolApp, organizationOf, signInLocally, tryPassword } from '../support/sso-people.ts'

// Switching single sign-on on and off for an organization with people in it, from the operator's shell to the administrator's button.

// Each test asks the shell several times, which opens a connection of its own each time.
vi.setConfig({ testTimeout: 120_000 })

let world: SamlGateway
let glass: App
const page = () => `${world.gateway.portalOrigin}/admin/sso`

beforeAll(async () => {
  world = await startSamlGateway()
  const off = { required: false, breakGlassEmails: [] }
  for (const house of [world.corp, world.other]) await house.setRules(rules => ({ ...rules, sso: off }))
  await world.gateway.addPerson({ email: 'boss@corp.test', organization: 'corp', roles: ['administrator'] })
  await world.gateway.addPerson({ email: 'glass@corp.test', organization: 'corp', roles: ['administrator'] })
  await world.gateway.addPerson({ email: 'bare@corp.test', organization: 'corp', roles: ['administrator'] })
  await world.gateway.addPerson({ email: 'hana@corp.test', organization: 'corp' })
  await world.gateway.addPerson({ email: 'plain@corp.test', organization: 'corp' })
  await world.gateway.addPerson({ email: 'else@other.test', organization: 'other', roles: ['administrator'] })
  glass = await enrolApp(world, 'glass@corp.test')
  await enrolApp(world, 'plain@corp.test')
})
afterAll(() => world[Symbol.asyncDispose]())

const cli = (...words: string[]) => world.gateway.cli(...words)
const on = (...words: string[]) => cli('sso', 'on', 'corp', '--break-glass', 'glass@corp.test', ...words)
const state = async () => JSON.parse((await cli('sso', 'state', 'corp', '--json')).out)
const audited = async (event: string) => {
  const rows = await rooms(world.gateway).store.audit.list({ limit: 1_000 })
  return rows.map(({ entry }) => entry).filter(entry => entry.event === event)
}

async function throughProvider(email: string): Promise<PortalVisitor> {
  const visitor = world.visitor()
  const reply = await world.corp.signIn(visitor, email)
  if (reply.status !== 303) throw new Error(`${reply.status} ${reply.heading}`)
  return visitor
}

async function backToOff(): Promise<void> {
  await world.corp.setRules(rules => ({ ...rules, sso: { required: false, breakGlassEmails: [] } }))
}

describe('switching it on is refused, and nothing changes,', () => {
  test.each([
    ['an account that nobody has', 'nobody@corp.test', 'there is no such account'],
    ['somebody of another organization', 'else@other.test', 'not one of this organization'],
    ['somebody who is no administrator', 'plain@corp.test', 'no administrator'],
    ['an administrator without a second factor', 'bare@corp.test', 'no second factor of its own'],
  ])('when the emergency account is %s', async (_, email, words) => {
    const { code, err } = await cli('sso', 'on', 'corp', '--break-glass', email)
    expect([code, err]).toEqual([1, expect.stringContaining(words)])
    expect((await state()).state).toBe('off')
  })

  test('when no emergency account is named', async () => {
    const { code, err } = await cli('sso', 'on', 'corp')
    expect([code, err]).toEqual([1, expect.stringContaining('name an administrator')])
  })

  test('when no provider is imported', async () => {
    await world.other.removeProvider()
    const { code, err } = await cli('sso', 'on', 'other', '--break-glass', 'else@other.test')
    expect([code, err]).toEqual([1, expect.stringContaining('no identity provider is imported')])
  })

  test('when no e-mail domain is verified', async () => {
    const { code: removed } = await cli('orgs', 'domains', 'remove', 'corp', 'corp.test')
    expect(removed).toBe(0)
    expect((await on()).err).toContain('no e-mail domain is verified')
    expect((await cli('orgs', 'domains', 'verify', 'corp', 'corp.test', '--by-operator')).code).toBe(0)
  })

  test.each(['0', '4', '1441', 'soon', '7.5'])('for %s minutes', async minutes => {
    expect((await on('--minutes', minutes)).err).toContain('minutes must be a whole number')
    expect((await state()).state).toBe('off')
  })
})

describe('while it waits for its confirmation', () => {
  test('a local session is led to sign in, and lives again when it returns by the clock, also over a restart', async () => {
    const visitor = await signInLocally(world, 'hana@corp.test')
    expect((await on('--minutes', '10')).code).toBe(0)

    const led = await accountPage(world, visitor)
    expect([led.status, led.location]).toEqual([303, expect.stringContaining('/sign-in')])
    expect((await tryPassword(world, world.visitor(), 'hana@corp.test')).status).toBe(422)
    world.clock.advance(10 * 60_000 - 1_000)
    expect((await accountPage(world, visitor)).status).toBe(303)
    await world.gateway.restart()
    world.clock.advance(2_000)

    expect((await accountPage(world, visitor)).status).toBe(200)
    expect((await state()).state).toBe('rolled_back')
  })

  test('what only the provider has vouched for ends with it', async () => {
    expect((await on('--minutes', '5')).code).toBe(0)
    const visitor = await throughProvider('hana@corp.test')
    expect((await accountPage(world, visitor)).status).toBe(200)

    world.clock.advance(5 * 60_000)

    expect((await accountPage(world, visitor)).status).toBe(303)
  })

  test('a session of an earlier try cannot confirm the next one', async () => {
    await on('--minutes', '5')
    const visitor = await throughProvider('boss@corp.test')
    world.clock.advance(5 * 60_000)
    await on('--minutes', '5')

    expect((await visitor.get(page())).status).toBe(303)
    expect((await visitor.post(page(), {})).status).not.toBe(200)
    expect((await state()).state).toBe('live')
    await cli('sso', 'withdraw', 'corp')
  })

  test('it is not switched off, but withdrawn; what is not on is not switched off', async () => {
    const off = () => cli('sso', 'off', 'corp', '--reason', 'x', '--approver', 'Kei Mori')
    expect((await off()).err).toContain('single sign-on is not on')
    await on()
    expect((await off()).err).toContain('sekisho sso withdraw')
    expect((await state()).state).toBe('live')
    await cli('sso', 'withdraw', 'corp')
  })

  test('its provider cannot be removed', async () => {
    await on()
    expect((await cli('sso', 'remove', 'corp')).err).toContain('switch single sign-on off first')
    expect((await cli('sso', 'show', 'corp')).code).toBe(0)
    await cli('sso', 'withdraw', 'corp')
  })

  test('a second proposal and every other change of the rules are refused', async () => {
    await on()
    expect((await on()).err).toContain('a proposal waits')
    expect((await cli('orgs', 'devices', 'corp', 'approved')).err).toContain('waits for its confirmation')
    expect((await state()).state).toBe('live')
    await cli('sso', 'withdraw', 'corp')
  })

  test('it is taken back by an operator: local sessions live again, the provider’s end', async () => {
    const local = await signInLocally(world, 'hana@corp.test')
    await on()
    const vouched = await throughProvider('boss@corp.test')

    expect((await cli('sso', 'withdraw', 'corp')).code).toBe(0)

    expect((await accountPage(world, local)).status).toBe(200)
    expect((await accountPage(world, vouched)).status).toBe(303)
    expect((await state()).state).toBe('off')
    expect(await audited('sso_withdrawn')).not.toEqual([])
    expect((await cli('sso', 'withdraw', 'corp')).err).toContain('nothing waits')
  })

  test('changing a rule after it has returned does not bring it back', async () => {
    await on('--minutes', '5')
    world.clock.advance(5 * 60_000)
    expect((await cli('orgs', 'devices', 'corp', 'any')).code).toBe(0)
    expect((await state()).state).toBe('off')
  })
})

test('what the clock has taken back is put aside by hand, and only then may its provider go', async () => {
  await on('--minutes', '5')
  world.clock.advance(5 * 60_000)
  expect((await cli('sso', 'remove', 'corp')).err).toContain('sekisho sso withdraw')
  expect((await cli('sso', 'withdraw', 'corp')).code).toBe(0)
  expect((await state()).state).toBe('off')
  expect((await cli('sso', 'withdraw', 'corp')).err).toContain('nothing waits')
})

describe('confirming', () => {
  test('cannot be done by an operator, who is only shown who may', async () => {
    await on()
    const { code, out } = await cli('sso', 'confirm', 'corp')
    expect(code).toBe(0)
    expect(out).toContain('boss@corp.test')
    expect(out).not.toContain('hana@corp.test')
    expect((await state()).state).toBe('live')
    await cli('sso', 'withdraw', 'corp')
  })

  test('cannot be done by an emergency account, nor by a person, one who administers people alone, or an administrator of another organization', async () => {
    const emergency = await signInLocally(world, 'glass@corp.test', glass)
    const foreign = await signInLocally(world, 'else@other.test')
    await on()
    const person = await throughProvider('hana@corp.test')
    await world.gateway.addPerson({ email: 'clerk@corp.test', organization: 'corp', roles: ['user_administrator'] })
    const clerk = await throughProvider('clerk@corp.test')

    const shown = await emergency.get(page())
    expect(shown.status).toBe(200)
    expect(shown.body).toContain('You did not come through the identity provider')
    expect(shown.forms.some(({ action }) => action === '/admin/sso')).toBe(false)
    expect((await emergency.post(page(), {})).status).toBe(409)
    expect((await person.post(page(), {})).status).toBe(403)
    expect((await clerk.post(page(), {})).status).toBe(403)
    await foreign.post(page(), {})
    expect((await state()).state).toBe('live')
    await cli('sso', 'withdraw', 'corp')
  })

  test('cannot be done by the form of another page', async () => {
    await on()
    const boss = await throughProvider('boss@corp.test')
    const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }
    expect((await boss.post(page(), {}, { headers })).status).toBe(403)
    expect((await state()).state).toBe('live')
    await cli('sso', 'withdraw', 'corp')
  })

  test('by an administrator who came through the provider makes it last, and ends every local way', async () => {
    const { store, people } = rooms(world.gateway)
    const local = await signInLocally(world, 'hana@corp.test')
    const emergency = await signInLocally(world, 'glass@corp.test', glass)
    const halfway = world.visitor()
    await tryPassword(world, halfway, 'plain@corp.test')
    const hana = await accountOf(world, 'hana@corp.test')
    await people.resets.requestTicket('hana@corp.test', byTest)
    const [mail] = (await store.outbox.list('all', 50)).filter(({ notice }) => notice.kind === 'reset_ticket')
    const ticket =
      String(mail?.notice.facts['ticketUrl'] ?? '')
        .split('/')
        .at(-1) ?? ''
    await people.resets.require(await accountOf(world, 'plain@corp.test'), { reason: 'lost', since: null }, byTest)
    expect(await store.resetTickets.find(hashToken(ticket), world.clock.now())).not.toBeNull()
    await on()
    const boss = await throughProvider('boss@corp.test')

    const confirmed = await boss.submit(await boss.get(page()), {}, { action: '/admin/sso' })

    expect([confirmed.status, confirmed.body.includes('Single sign-on is confirmed.')]).toEqual([200, true])
    expect((await state()).state).toBe('on')
    expect(await people.sessionBook.listOf(hana.id)).toEqual([])
    expect((await accountPage(world, local)).status).toBe(303)
    expect((await accountPage(world, emergency)).status).toBe(200)
    expect((await accountPage(world, boss)).status).toBe(200)
    expect(await store.resetTickets.find(hashToken(ticket), world.clock.now())).toBeNull()
    expect((await accountOf(world, 'plain@corp.test')).reset).toBeNull()
    const [row] = await audited('sso_confirmed')
    const confirmer = await accountOf(world, 'boss@corp.test')
    expect(row).toMatchObject({ actor: { kind: 'account', id: confirmer.id }, facts: { resets: 1 } })
    world.clock.advance(31 * 60_000)
    expect((await state()).state).toBe('on')
    expect((await organizationOf(world, 'corp')).rules).toMatchObject({ previous: null, revertAt: null })
  })

  test('twice, or after it is on, is told and changes nothing', async () => {
    const boss = await throughProvider('boss@corp.test')
    const again = await boss.post(page(), {})
    expect(again.status).toBe(409)
    expect(again.body).toContain('Nothing waits for a confirmation')
    expect((await on()).err).toContain('on already')
    expect((await cli('sso', 'remove', 'corp')).err).toContain('switch single sign-on off first')
  })
})

describe('switching it off', () => {
  test('asks for a reason and an approver', async () => {
    expect((await cli('sso', 'off', 'corp', '--reason', 'x')).code).toBe(2)
    expect((await state()).state).toBe('on')
  })

  test('ends the provider’s sessions and leads everybody through a reset', async () => {
    const { store } = rooms(world.gateway)
    const vouched = await throughProvider('hana@corp.test')
    const { code, out, err } = await cli('sso', 'off', 'corp', '--reason', 'moving', '--approver', 'Kei Mori')
    expect([code, err]).toEqual([0, ''])

    expect((await accountPage(world, vouched)).status).toBe(303)
    expect((await state()).state).toBe('off')
    const [, campaign = ''] = /campaign: (\S+)/.exec(out) ?? []
    for (let i = 0; i < 200; i += 1) {
      world.clock.advance(1_000)
      if ((await accountOf(world, 'hana@corp.test')).reset !== null) break
      await new Promise(setImmediate)
    }
    expect((await accountOf(world, 'hana@corp.test')).reset).toMatchObject({ reason: 'moving' })
    expect((await store.campaigns.find(campaign))?.start).toMatchObject({ reason: 'moving', approvedBy: 'Kei Mori' })
    expect((await tryPassword(world, world.visitor(), 'hana@corp.test')).status).toBe(422)
    const [row] = await audited('sso_switched_off')
    expect(row).toMatchObject({ actor: { kind: 'operator' }, facts: { reason: 'moving', approvedBy: 'Kei Mori' } })
    await backToOff()
  })
})
