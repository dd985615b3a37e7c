import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { portalHost, tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson, createApp, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor, type Reply } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const isSignedIn = (reply: Reply) => reply.location === '/account'

describe('with an authenticator app', () => {
  test('password and code open a session, and the person comes back to where they were', async () => {
    await addPerson(portal, 'two@example.com')
    const app = await addApp(portal, 'two@example.com')
    const visitor = createPortalVisitor(portal)
    const start = await visitor.follow(await visitor.get(`${portal.appOrigin}/deep?a=1`))
    const password = await visitor.submit(start, { email: 'two@example.com' })

    const code = await visitor.follow(await visitor.submit(password, { password: goodPassword }))
    expect(code.heading).toBe('Enter your code')
    expect(visitor.cookie(portalHost, 'sekisho')).toBeUndefined()
    const arrived = await visitor.follow(await visitor.submit(code, { code: await app.code() }))

    expect(arrived.body).toBe('app for two@example.com at /deep?a=1')
    expect(visitor.cookie(portalHost, 'sekisho-attempt')).toBeUndefined()
  })

  test('a code with spaces or in the wide digits of a Japanese keyboard is the same code', async () => {
    await addPerson(portal, 'wide@example.com')
    const app = await addApp(portal, 'wide@example.com')
    const visitor = createPortalVisitor(portal)
    const page = await visitor.follow(await tryPassword(portal, visitor, 'wide@example.com'))
    const code = await app.code()
    const wide = [...code].map(digit => String.fromCodePoint((digit.codePointAt(0) ?? 0) + 0xfee0)).join('')

    expect(isSignedIn(await visitor.submit(page, { code: `${wide.slice(0, 3)} ${wide.slice(3)}` }))).toBe(true)
  })

  test('a code works once, also in another browser', async () => {
    await addPerson(portal, 'replay@example.com')
    const app = await addApp(portal, 'replay@example.com')
    const owner = createPortalVisitor(portal)
    const thief = createPortalVisitor(portal)
    const ownerPage = await owner.follow(await tryPassword(portal, owner, 'replay@example.com'))
    const thiefPage = await thief.follow(await tryPassword(portal, thief, 'replay@example.com'))
    const code = await app.code()

    const first = await owner.submit(ownerPage, { code })
    const second = await thief.submit(thiefPage, { code })

    expect(isSignedIn(first)).toBe(true)
    expect(second.status).toBe(422)
    expect(thief.cookie(portalHost, 'sekisho')).toBeUndefined()
  })

  test('five wrong codes end the attempt: a right one then opens nothing, and the owner hears of it once', async () => {
    const account = await addPerson(portal, 'guess@example.com')
    const app = await addApp(portal, 'guess@example.com')
    const visitor = createPortalVisitor(portal)
    const page = await visitor.follow(await tryPassword(portal, visitor, 'guess@example.com'))
    const right = await app.code()
    const wrong = right === '000000' ? '000001' : '000000'
    const answers: Reply[] = []
    for (let i = 0; i < 5; i++) answers.push(await visitor.submit(page, { code: wrong }))

    const late = await visitor.submit(page, { code: right })

    expect(answers.slice(0, 4).map(answer => answer.status)).toEqual([422, 422, 422, 422])
    expect(answers[3]?.body).toContain('You have 1 try left.')
    expect(answers[4]?.location).toBe('/sign-in?said=too_many_codes')
    expect(late.location).toMatch(/^\/sign-in/)
    expect(visitor.cookie(portalHost, 'sekisho')).toBeUndefined()
    await portal.deliver()
    const mails = portal.mailbox.list().filter(mail => mail.to === account.email)
    expect(mails.filter(mail => mail.subject.includes('no right code'))).toHaveLength(1)
  })
})

describe('an attempt', () => {
  test('opens nothing by itself: every other page asks for a sign-in', async () => {
    await addPerson(portal, 'half@example.com')
    await addApp(portal, 'half@example.com')
    const visitor = createPortalVisitor(portal)
    await tryPassword(portal, visitor, 'half@example.com')

    for (const path of [
      '/account',
      '/account/password',
      '/account/factors/add',
      '/prove-again',
      '/account?said=confirmed',
    ]) {
      const reply = await visitor.get(`${portal.portalOrigin}${path}`)
      expect(reply.location, path).toMatch(/^\/sign-in/)
    }
    const application = await visitor.follow(await visitor.get(`${portal.appOrigin}/`))
    expect(application.heading).toBe('Sign in')
  })

  test.each(['totp', 'email_code', 'enrolment', 'proceed', 'send_code', 'send_email_code', '', 'device_approval'])(
    'cannot pass its code by answering something else: %s',
    async answer => {
      const email = `skip-${answer.replace('_', '-') || 'none'}@example.com`
      await addPerson(portal, email)
      await addApp(portal, email)
      const visitor = createPortalVisitor(portal)
      const page = await visitor.follow(await tryPassword(portal, visitor, email))

      await visitor.submit(page, { answer, code: '123456', label: 'x' })

      expect(visitor.cookie(portalHost, 'sekisho')).toBeUndefined()
      expect((await accountOf(portal, email)).factors).toHaveLength(1)
    },
  )

  test('cannot be finished with another account’s code or cookie', async () => {
    for (const name of ['mine', 'theirs']) await addPerson(portal, `${name}@mix.example`)
    const mineApp = await addApp(portal, 'mine@mix.example')
    await addApp(portal, 'theirs@mix.example')
    const attacker = createPortalVisitor(portal)
    const theirPage = await attacker.follow(await tryPassword(portal, attacker, 'theirs@mix.example'))
    const myPage = await attacker.follow(await tryPassword(portal, attacker, 'mine@mix.example'))

    // The cookie is now that of the own attempt; the page shown for theirs is answered with the own code.
    const mixed = await attacker.submit(theirPage, { code: await mineApp.code() })
    expect(mixed.location).toBe('/sign-in?said=other_tab')
    const own = await attacker.submit(myPage, { code: await mineApp.code() })

    expect(isSignedIn(own)).toBe(true)
    const account = await attacker.follow(own)
    expect(account.body).toContain('mine@mix.example')
    expect(account.body).not.toContain('theirs@mix.example')
  })

  test('of another browser is no attempt: its cookie alone, carried elsewhere, leads back to the start', async () => {
    await addPerson(portal, 'carried@example.com')
    const app = await addApp(portal, 'carried@example.com')
    const owner = createPortalVisitor(portal)
    const page = await owner.follow(await tryPassword(portal, owner, 'carried@example.com'))
    const thief = createPortalVisitor(portal)
    thief.jar.set(portalHost, new Map([['sekisho-attempt', owner.cookie(portalHost, 'sekisho-attempt') ?? '']]))

    const reply = await thief.submit(page, { code: await app.code() })

    expect(reply.location).toBe('/sign-in?said=start_again')
  })

  test('ends after ten minutes', async () => {
    await addPerson(portal, 'slow@example.com')
    const app = await addApp(portal, 'slow@example.com')
    const visitor = createPortalVisitor(portal)
    const page = await visitor.follow(await tryPassword(portal, visitor, 'slow@example.com'))
    portal.clock.leap(10 * 60_000 + 1_000)

    expect((await visitor.submit(page, { code: await app.code() })).location).toBe('/sign-in?said=start_again')
    expect((await visitor.get(`${portal.portalOrigin}/second-factor`)).location).toBe('/sign-in?said=start_again')
  })

  test('opens exactly one session when its last answer is sent fifty times at once', async () => {
    const account = await addPerson(portal, 'race@example.com')
    const app = await addApp(portal, 'race@example.com')
    const visitor = createPortalVisitor(portal)
    const page = await visitor.follow(await tryPassword(portal, visitor, 'race@example.com'))
    const code = await app.code()

    const replies = await Promise.all(Array.from({ length: 50 }, () => visitor.submit(page, { code })))

    expect(replies.filter(reply => isSignedIn(reply)).length).toBeLessThanOrEqual(1)
    expect((await portal.sessionBook.listOf(account.id)).length).toBe(replies.filter(isSignedIn).length)
  })

  test('that single sign-on overtakes ends like a wrong password', async () => {
    const organization = await addOrganization(portal, 'Switching')
    await addPerson(portal, 'late@switching.example', { organization })
    const app = await addApp(portal, 'late@switching.example')
    const other = createPortalVisitor(portal)
    const otherPage = await other.follow(await tryPassword(portal, other, 'late@switching.example'))
    const visitor = createPortalVisitor(portal)
    const page = await visitor.follow(await tryPassword(portal, visitor, 'late@switching.example'))
    const rules = { ...organization.rules.active, sso: { required: true, breakGlassEmails: [] } }
    await portal.organizations.setRules(organization, rules, operator)

    const byCode = await other.submit(otherPage, { code: await app.code() })
    const reply = await visitor.submit(page, { answer: 'proceed' })

    expect(byCode.status).toBe(422)
    expect(other.cookie(portalHost, 'sekisho')).toBeUndefined()
    expect(reply.status).toBe(422)
    expect(reply.body).toContain('For your safety we do not say which of these it was')
    expect(reply.body).not.toMatch(/Receipt number/)
    expect(visitor.cookie(portalHost, 'sekisho')).toBeUndefined()
  })

  test('is not answered from another site: the code stays good, and no try is counted', async () => {
    await addPerson(portal, 'cross@example.com')
    const app = await addApp(portal, 'cross@example.com')
    const visitor = createPortalVisitor(portal)
    const page = await visitor.follow(await tryPassword(portal, visitor, 'cross@example.com'))
    const code = await app.code()
    const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }
    const refused: Reply[] = []
    for (let i = 0; i < 6; i++) refused.push(await visitor.submit(page, { code }, { headers }))

    expect(refused.map(reply => reply.status)).toEqual([403, 403, 403, 403, 403, 403])
    expect(isSignedIn(await visitor.submit(page, { code }))).toBe(true)
  })

  test('that a reset overtakes ends like a wrong password, right code or not', async () => {
    await addPerson(portal, 'overtaken@example.com')
    const app = await addApp(portal, 'overtaken@example.com')
    const visitor = createPortalVisitor(portal)
    const page = await visitor.follow(await tryPassword(portal, visitor, 'overtaken@example.com'))
    const account = await accountOf(portal, 'overtaken@example.com')
    const by = { actor: { kind: 'operator', id: 'test' }, address: null, receipt: null, device: 'test' } as const
    await portal.resets.require(account, { reason: 'leak', since: null }, by)

    const reply = await visitor.submit(page, { code: await app.code() })

    expect(reply.status).not.toBe(200)
    expect(visitor.cookie(portalHost, 'sekisho')).toBeUndefined()
  })
})

describe('where a second factor is required and missing', () => {
  test('it is set up on the way in, with a picture and a text, and the session opens with it', async () => {
    const secondFactor = { roles: 'all', from: 0 } as const
    const organization = await addOrganization(portal, 'Strict', { secondFactor })
    await addPerson(portal, 'new@strict.example', { organization })
    const visitor = createPortalVisitor(portal)

    const page = await visitor.follow(await tryPassword(portal, visitor, 'new@strict.example'))
    expect(page.heading).toBe('Set up a second factor')
    expect(page.body).toMatch(/<svg class="qr"/)
    const again = await visitor.get(page.url.href)
    expect(secretOn(again)).toBe(secretOn(page))
    const app = createApp(secretOn(page), portal.clock)
    const wrong = await visitor.submit(page, { code: '000000', label: 'My <i>phone</i>' })
    expect(wrong.body).toContain('My &lt;i&gt;phone&lt;/i&gt;')
    const arrived = await visitor.submit(wrong, { code: await app.code(), label: 'My phone' })

    // With the first factor come the codes for the day without it.
    expect(arrived.location).toBe('/account/backup-codes?said=factor_added')
    expect((await visitor.follow(arrived)).heading).toBe('Backup codes')
    expect((await accountOf(portal, 'new@strict.example')).factors.map(factor => factor.label)).toEqual(['My phone'])
  })

  test('the demand that comes while somebody is signed in leads through a whole new sign-in', async () => {
    const organization = await addOrganization(portal, 'Later')
    await addPerson(portal, 'live@later.example', { organization })
    const visitor = createPortalVisitor(portal)
    await tryPassword(portal, visitor, 'live@later.example')
    const rules = { ...organization.rules.active, secondFactor: { roles: 'all', from: 0 } as const }
    const by = { actor: { kind: 'operator', id: 'test' }, address: null, receipt: null, device: 'test' } as const
    await portal.organizations.setRules(organization, rules, by)

    const page = await visitor.follow(await visitor.get(`${portal.portalOrigin}/account`))

    expect(page.heading).toBe('Sign in')
    expect(page.body).toContain('A second factor is now required')
    expect(page.body).toContain('value="live@later.example"')
  })
})

describe('other demands', () => {
  test('after half a year without a sign-in a mailed code is asked for, and works once', async () => {
    const account = await addPerson(portal, 'dormant@example.com')
    const first = createPortalVisitor(portal)
    await tryPassword(portal, first, 'dormant@example.com')
    portal.clock.leap(181 * 86_400_000)
    const visitor = createPortalVisitor(portal)

    const page = await visitor.follow(await tryPassword(portal, visitor, 'dormant@example.com'))
    await portal.deliver()
    const code =
      /\b(\d{6})\b/.exec(portal.mailbox.list().find(mail => mail.to === account.email)?.text ?? '')?.[1] ?? ''
    const wrong = await visitor.submit(page, { code: code === '000000' ? '111111' : '000000' })
    const arrived = await visitor.submit(wrong, { code })

    expect(page.heading).toBe('Check your mail')
    expect(wrong.status).toBe(422)
    expect(isSignedIn(arrived)).toBe(true)
  })

  test('an organization that approves devices shows a waiting page, tells its administrators, and lets in after approval', async () => {
    const organization = await addOrganization(portal, 'Devices', { devices: 'approved' })
    const account = await addPerson(portal, 'phone@devices.example', { organization })
    const visitor = createPortalVisitor(portal)

    const page = await visitor.follow(await tryPassword(portal, visitor, 'phone@devices.example'))
    const early = await visitor.submit(page, { answer: 'proceed' })
    const [device] = await portal.store.devices.listOf(account.id)
    const audit = {
      event: 'device_approved',
      at: portal.clock.now(),
      actor: { kind: 'operator', id: 'test' },
      accountId: account.id,
      organizationId: organization.id,
      address: null,
      receipt: null,
      facts: {},
    } as const
    await portal.store.devices.approve(account.id, device?.deviceId ?? '', portal.clock.now(), { audit, notices: [] })
    const arrived = await visitor.submit(early, { answer: 'proceed' })

    expect(page.heading).toBe('This device needs approval')
    expect(early.status).toBe(422)
    expect(isSignedIn(arrived)).toBe(true)
  })
})

function secretOn(page: Reply): string {
  return (/<p class="secret">([A-Z2-7 =]+)<\/p>/.exec(page.body)?.[1] ?? '').replaceAll(' ', '')
}
