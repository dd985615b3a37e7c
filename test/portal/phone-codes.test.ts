import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addPhone, makeBackupCodes, newestText, number, otherNumber, textsTo } from '../support/phone-people.ts'
import { portalHost, tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const isSignedIn = (reply: Reply) => reply.location === '/account'
const wrongFor = (code: string) => (code === '000000' ? '111111' : '000000')

/** After the right password. */
async function arrive(email: string): Promise<{ visitor: PortalVisitor; page: Reply }> {
  portal.clock.leap(3_600_000)
  const visitor = createPortalVisitor(portal)
  return { visitor, page: await visitor.follow(await tryPassword(portal, visitor, email)) }
}

describe('a phone as second factor', () => {
  test('where it is the only one, a code is on its way already, and opens the session once', async () => {
    await addPerson(portal, 'only@phone.example')
    await addPhone(portal, 'only@phone.example')
    const { visitor, page } = await arrive('only@phone.example')
    const code = await newestText(portal)

    const wrong = await visitor.submit(page, { code: wrongFor(code) })
    const right = await visitor.submit(page, { code })
    const other = await arrive('only@phone.example')
    const again = await other.visitor.submit(other.page, { code })

    expect(page.heading).toBe('Enter your code')
    expect(page.body).toContain('+81\u00a0••••78')
    expect(page.body).not.toContain(number)
    expect(wrong.status).toBe(422)
    expect(isSignedIn(right)).toBe(true)
    expect(again.status).toBe(422)
    await portal.deliver()
  })

  test('beside an app it is asked for by a button; a new code voids the old one', async () => {
    await addPerson(portal, 'both@phone.example')
    await addApp(portal, 'both@phone.example')
    await addPhone(portal, 'both@phone.example', { to: otherNumber })
    const before = textsTo(portal, otherNumber)
    const { visitor, page } = await arrive('both@phone.example')
    await portal.deliver()
    expect(textsTo(portal, otherNumber)).toBe(before)

    const sent = await visitor.follow(await visitor.submit(page, { to: phoneOn(page) }))
    const first = await newestText(portal, otherNumber)
    await visitor.submit(sent, { to: phoneOn(sent) })
    const second = await newestText(portal, otherNumber)
    const old = first === second ? null : await visitor.submit(page, { code: first })

    expect(sent.body).toContain('A new code is on its way')
    if (old !== null) expect(old.status).toBe(422)
    expect(isSignedIn(await visitor.submit(page, { code: second }))).toBe(true)
  })

  test('its code is good for ten minutes and for the sign-in that asked', async () => {
    await addPerson(portal, 'late@phone.example')
    await addPhone(portal, 'late@phone.example')
    const mine = await arrive('late@phone.example')
    const code = await newestText(portal)
    const theirs = createPortalVisitor(portal)
    const theirPage = await theirs.follow(await tryPassword(portal, theirs, 'late@phone.example'))

    expect((await theirs.submit(theirPage, { code })).status).toBe(422)
    portal.clock.leap(10 * 60_000)
    expect(isSignedIn(await mine.visitor.submit(mine.page, { code }))).toBe(false)
    await portal.deliver()
  })

  test('of fifty who show one code at once in one sign-in, one session opens', async () => {
    const account = await addPerson(portal, 'race@phone.example')
    await addPhone(portal, 'race@phone.example')
    const { visitor, page } = await arrive('race@phone.example')
    const code = await newestText(portal)

    const replies = await Promise.all(Array.from({ length: 50 }, () => visitor.submit(page, { code })))

    expect(replies.filter(isSignedIn)).toHaveLength(1)
    expect(await portal.sessionBook.listOf(account.id)).toHaveLength(1)
  })

  test('a phone that was removed meanwhile proves nothing', async () => {
    await addPerson(portal, 'gone@phone.example')
    await addApp(portal, 'gone@phone.example')
    const account = await addPhone(portal, 'gone@phone.example')
    const { visitor, page } = await arrive('gone@phone.example')
    await visitor.submit(page, { to: phoneOn(page) })
    const code = await newestText(portal)
    const phone = account.factors.find(factor => factor.kind === 'sms_code')
    const by = { actor: { kind: 'operator', id: 'test' }, address: null, receipt: null, device: 'test' } as const
    await portal.secondFactors.remove(account, phone?.id ?? '', by)

    expect((await visitor.submit(page, { code })).status).toBe(422)
  })

  test('single sign-on leaves it no use: the code that is out opens nothing', async () => {
    const organization = await addOrganization(portal, 'Phones')
    await addPerson(portal, 'sso@phones.example', { organization })
    await addPhone(portal, 'sso@phones.example')
    const { visitor, page } = await arrive('sso@phones.example')
    const code = await newestText(portal)
    const by = { actor: { kind: 'operator', id: 'test' }, address: null, receipt: null, device: 'test' } as const
    const rules = { ...organization.rules.active, sso: { required: true, breakGlassEmails: [] } }
    await portal.organizations.setRules(organization, rules, by)

    expect((await visitor.submit(page, { code })).status).toBe(422)
    expect(visitor.cookie(portalHost, 'sekisho')).toBeUndefined()
  })

  test('beyond what messages may cost the page says the same, and none is sent', async () => {
    await addPerson(portal, 'costly@phone.example')
    await addApp(portal, 'costly@phone.example')
    await addPhone(portal, 'costly@phone.example', { to: otherNumber })
    const { visitor, page } = await arrive('costly@phone.example')
    const before = textsTo(portal, otherNumber)
    const answers: Reply[] = []
    for (let i = 0; i < 8; i++) answers.push(await visitor.submit(page, { to: phoneOn(page) }))
    await portal.deliver()

    expect(new Set(answers.map(({ status, location }) => `${status} ${location}`)).size).toBe(1)
    expect(textsTo(portal, otherNumber) - before).toBe(5)
  })
})

describe('"I cannot get a code"', () => {
  test('a backup code opens the session once, and its owner is told how many are left', async () => {
    const account = await addPerson(portal, 'paper@phone.example')
    await addApp(portal, 'paper@phone.example')
    const [code = ''] = await makeBackupCodes(portal, 'paper@phone.example')
    const { visitor, page } = await arrive('paper@phone.example')
    const help = await visitor.get(new URL('/second-factor/help', page.url).href)
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ')} `

    const arrived = await visitor.submit(help, { code: typed })
    const second = await arrive('paper@phone.example')
    const replayed = await second.visitor.submit(second.page, { code })

    expect(help.heading).toBe('When you cannot get a code')
    expect(isSignedIn(arrived)).toBe(true)
    expect(replayed.status).toBe(422)
    await portal.deliver()
    const mail = portal.mailbox.list().find(each => each.to === account.email && each.subject.includes('backup code'))
    expect(mail?.text).toContain('Codes left: 9')
  })

  test('a wrong backup code is told on the page it was typed on', async () => {
    await addPerson(portal, 'typo@phone.example')
    await addApp(portal, 'typo@phone.example')
    await makeBackupCodes(portal, 'typo@phone.example')
    const { visitor, page } = await arrive('typo@phone.example')
    const help = await visitor.get(new URL('/second-factor/help', page.url).href)

    const wrong = await visitor.submit(help, { code: 'AAAA-BBBB-CCCC' })

    expect(wrong.status).toBe(422)
    expect(wrong.heading).toBe('When you cannot get a code')
  })

  test('a spare phone gets a code, and is offered nowhere else', async () => {
    await addPerson(portal, 'spare@phone.example')
    await addApp(portal, 'spare@phone.example')
    await addPhone(portal, 'spare@phone.example', { spare: true, to: otherNumber })
    const { visitor, page } = await arrive('spare@phone.example')
    expect(page.body).not.toContain('•')
    const help = await visitor.get(new URL('/second-factor/help', page.url).href)

    const sent = await visitor.follow(await visitor.submit(help, { to: phoneOn(help) }))

    expect(isSignedIn(await visitor.submit(sent, { code: await newestText(portal, otherNumber) }))).toBe(true)
  })

  test('opens nothing by itself, and nothing without an attempt', async () => {
    const visitor = createPortalVisitor(portal)
    const reply = await visitor.get(`${portal.portalOrigin}/second-factor/help`)
    expect(reply.location).toMatch(/^\/sign-in/)
  })
})

describe('stand-ins', () => {
  test('a spare phone and codes on paper alone ask for no second factor, and cannot be had alone', async () => {
    await addPerson(portal, 'alone@phone.example')
    await expect(addPhone(portal, 'alone@phone.example', { spare: true })).rejects.toThrow('refused')
    await expect(makeBackupCodes(portal, 'alone@phone.example')).rejects.toThrow('no codes')
    expect((await accountOf(portal, 'alone@phone.example')).factors).toEqual([])
  })
})

function phoneOn(page: Reply): string {
  return /name="to" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
}
