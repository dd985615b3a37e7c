import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Organization } from '../../src/people/organization.ts'
import { issueFor, showCode } from '../support/hand-over.ts'
import { signedIn } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addOrganization, addPerson, goodPassword, openRules } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

let turn = 0
function someone(): PortalVisitor {
  turn += 1
  return createPortalVisitor({ port: portal.port, address: `198.51.100.${turn}` })
}

async function person(
  email: string,
  language: 'en' | 'ja' = 'en',
  organization?: Organization,
): Promise<PortalVisitor> {
  await addPerson(portal, email, { language, ...(organization === undefined ? {} : { organization }) })
  turn += 1
  return signedIn(portal, email, { address: `198.51.100.${turn}`, language })
}

const ask = (visitor: PortalVisitor, password: string, page = 'account', headers: Record<string, string> = {}) =>
  visitor.post(`${portal.portalOrigin}/password-meter`, { page, password }, { headers })

describe('the meter', () => {
  test('says how a password would be judged, and why, in the person’s language', async () => {
    const visitor = await person('aiko@meter.example')
    expect(JSON.parse((await ask(visitor, 'velvet anchor mosaic 4')).body)).toEqual({
      score: 4,
      words: ['Very hard to guess.'],
    })
    const weak = JSON.parse((await ask(visitor, 'mondaytuesdaywednesday')).body)
    expect(weak.score).toBeLessThan(3)
    expect(weak.words.join(' ')).toContain('days of the week')
    expect(JSON.parse((await ask(visitor, 'short')).body).words.join(' ')).toContain('at least 15')
    expect(JSON.parse((await ask(visitor, 'aiko@meter.example')).body).words.join(' ')).toContain('your address')

    const japanese = await person('ja@meter.example', 'ja')
    expect(JSON.parse((await ask(japanese, 'mondaytuesdaywednesday')).body).words.join(' ')).toContain('推測されやすい')
  })

  test('works for the holder of a mailed ticket, and for that ticket’s account alone', async () => {
    await addPerson(portal, 'ticket@meter.example')
    await portal.resets.require(
      await accountOf(portal, 'ticket@meter.example'),
      { reason: 'test', since: null },
      operator,
    )
    await portal.deliver()
    const mail = portal.mailbox.list().find(each => each.to === 'ticket@meter.example')
    const link = /(http:\/\/auth\.localhost:\d+\/reset\/[\w-]+)/.exec(mail?.text ?? '')?.[1] ?? ''
    const visitor = someone()
    expect((await ask(visitor, goodPassword, 'reset')).status).toBe(403)
    await visitor.follow(await visitor.get(link))
    expect((await ask(visitor, goodPassword, 'reset')).status).toBe(200)
    expect((await ask(visitor, goodPassword, 'account')).status).toBe(403)
  })

  test('works for whoever was handed a code over, once every proof is given, and for nobody who guesses the pass', async () => {
    await addPerson(portal, 'handed@meter.example')
    const { code } = await issueFor(portal, 'handed@meter.example')
    const visitor = someone()
    const page = await showCode(visitor, portal.portalOrigin, 'handed@meter.example', code)
    const pass = /name="pass" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const asked = (text: string) =>
      visitor.post(`${portal.portalOrigin}/password-meter`, { page: 'hand-over', password: goodPassword, pass: text })

    expect(page.body).toContain('data-page="hand-over"')
    expect((await asked(pass)).status).toBe(200)
    expect((await asked(`${pass}x`)).status).toBe(403)
    expect((await asked('')).status).toBe(403)
  })

  test('says nothing to strangers, to foreign pages, and to people with single sign-on', async () => {
    expect((await ask(someone(), goodPassword)).body).toBe('{"score":null,"words":[]}')
    const visitor = await person('foreign@meter.example')
    expect((await ask(visitor, goodPassword, 'account', { Origin: 'https://evil.example' })).status).toBe(403)
    const signedOut = await person('out@meter.example')
    await portal.sessionBook.endAllOf(await accountOf(portal, 'out@meter.example'), null, operator)
    expect((await ask(signedOut, goodPassword)).status).toBe(403)
    const organization = await addOrganization(portal, 'Provider')
    const sso = await person('sso@meter.example', 'en', organization)
    expect((await ask(sso, goodPassword)).status).toBe(200)
    const rules = { ...openRules, sso: { required: true, breakGlassEmails: [] } }
    await portal.organizations.setRules(organization, rules, operator)
    expect((await ask(sso, goodPassword)).status).toBe(403)
  })

  test('is kept by no cache, and answers no GET', async () => {
    const visitor = await person('cache@meter.example')
    const reply = await ask(visitor, goodPassword)
    expect(reply.headers['cache-control']).toBe('no-store')
    expect(reply.headers['content-type']).toContain('application/json')
    expect((await visitor.get(`${portal.portalOrigin}/password-meter`)).status).toBe(404)
  })

  test('has a budget of its own, and is quiet beyond it', async () => {
    const visitor = await person('often@meter.example')
    for (let i = 0; i < 120; i++) await ask(visitor, 'x')
    expect((await ask(visitor, goodPassword)).status).toBe(429)
    portal.clock.leap(600_001)
    expect((await ask(visitor, goodPassword)).status).not.toBe(429)
  })

  test('stands on the pages where a password is chosen, and the rules with it', async () => {
    const visitor = await person('page@meter.example')
    const page = await visitor.get(`${portal.portalOrigin}/account/password`)
    expect(page.body).toContain('data-meter="next"')
    expect(page.body).toContain('/assets/password-meter.js')
    expect(page.body).toContain('at least 15')
    const script = await visitor.get(`${portal.portalOrigin}/assets/password-meter.js`)
    expect(script.status).toBe(200)
  })
})

describe('without the script', () => {
  test('the form says what the meter would have said, and keeps the person on the page', async () => {
    const visitor = await person('plain@meter.example')
    const page = await visitor.get(`${portal.portalOrigin}/account/password`)
    const reply = await visitor.submit(page, { current: goodPassword, next: 'mondaytuesdaywednesday' })
    expect(reply.status).toBe(422)
    expect(reply.body).toContain('days of the week')
    portal.leaked.add('velvet anchor mosaic 4')
    const leaked = await visitor.submit(page, { current: goodPassword, next: 'velvet anchor mosaic 4' })
    expect(leaked.body).toContain('known from break-ins')
  })
})
