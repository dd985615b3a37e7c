import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashToken } from '../../src/lib/secret.ts'
import { appHost, portalHost, signedIn, tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson, createApp, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor, type Reply } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const url = (path: string) => `${portal.portalOrigin}${path}`
const secretOn = (page: Reply) =>
  (/<p class="secret">([A-Z2-7 =]+)<\/p>/.exec(page.body)?.[1] ?? '').replaceAll(' ', '')
const stale = () => portal.clock.leap(11 * 60_000)

const nextPassword = 'seven slow boats under the bridge'

describe('own sessions', () => {
  test('are listed with device and address, and one of them can be ended', async () => {
    const account = await addPerson(portal, 'list@account.example')
    const here = await signedIn(portal, 'list@account.example', { address: '192.0.2.10' })
    const there = await signedIn(portal, 'list@account.example', { address: '192.0.2.20' })

    const page = await here.get(url('/account'))
    const ended = await here.submit(page, {}, { action: '/account/sessions/end' })

    expect(page.body).toContain('Chrome on Windows')
    expect(page.body).toContain('192.0.2.20')
    expect(page.body).toContain('This session')
    expect(ended.location).toBe('/account?said=session_ended')
    expect((await portal.sessionBook.listOf(account.id)).map(session => session.address)).toEqual(['192.0.2.10'])
    expect((await there.get(url('/account'))).location).toMatch(/^\/sign-in/)
  })

  test('all others can be ended at once', async () => {
    const account = await addPerson(portal, 'others@account.example')
    const here = await signedIn(portal, 'others@account.example')
    for (let i = 0; i < 3; i++) await signedIn(portal, 'others@account.example')
    const page = await here.get(url('/account'))

    const ended = await here.submit(page, {}, { action: '/account/sessions/end-others' })

    expect(page.body).toContain('End the 3 other sessions')
    expect(ended.location).toBe('/account?said=others_ended')
    expect(await portal.sessionBook.listOf(account.id)).toHaveLength(1)
    expect((await here.get(url('/account'))).status).toBe(200)
  })

  test('of other people cannot be ended', async () => {
    const victim = await addPerson(portal, 'victim@account.example')
    await addPerson(portal, 'attacker@account.example')
    await signedIn(portal, 'victim@account.example')
    const attacker = await signedIn(portal, 'attacker@account.example')
    const [session] = await portal.sessionBook.listOf(victim.id)

    const reply = await attacker.post(url('/account/sessions/end'), { session: session?.id ?? '' })

    expect(reply.location).toBe('/account?said=not_found')
    expect(await portal.sessionBook.listOf(victim.id)).toHaveLength(1)
  })
})

describe('a change', () => {
  const changes: readonly (readonly [string, Record<string, string>])[] = [
    ['/account/sessions/end', { session: 'x' }],
    ['/account/sessions/end-others', {}],
    ['/account/devices/rename', { device: 'x', label: 'y' }],
    ['/account/devices/forget', { device: 'x' }],
    ['/account/password', { current: goodPassword, next: nextPassword }],
    ['/account/factors/add', { sealed: 'x', code: '123456' }],
    ['/account/factors/remove', { factor: 'x' }],
    ['/account/factors/restore', { factor: 'x' }],
  ]

  test.each(changes)('needs a recent proof: %s', async (path, fields) => {
    const email = `stale${path.replaceAll('/', '-')}@account.example`
    await addPerson(portal, email)
    const visitor = await signedIn(portal, email)
    await signedIn(portal, email)
    stale()

    const reply = await visitor.post(url(path), fields)

    expect(reply.location).toMatch(/^\/prove-again\?/)
    expect(await portal.sessionBook.listOf((await accountOf(portal, email)).id)).toHaveLength(2)
  })

  test.each([...changes, ['/account/language', { language: 'ja' }] as const, ['/sign-out', {}] as const])(
    'is refused from a page of another site, and without a sign of where it comes from: %s',
    async (path, fields) => {
      const email = `csrf${path.replaceAll('/', '-')}@account.example`
      await addPerson(portal, email)
      const visitor = await signedIn(portal, email)

      for (const headers of [
        { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
        { Origin: 'https://evil.example', 'Sec-Fetch-Site': '' },
        { Origin: 'null', 'Sec-Fetch-Site': '' },
        { Origin: portal.appOrigin, 'Sec-Fetch-Site': 'same-site' },
        { Origin: '', 'Sec-Fetch-Site': '' },
      ]) {
        const reply = await visitor.post(url(path), fields, { headers })
        expect(reply.status, JSON.stringify(headers)).toBe(403)
      }
      expect((await visitor.get(url('/account'))).status).toBe(200)
    },
  )

  test('is not made by a GET', async () => {
    const account = await addPerson(portal, 'gets@account.example')
    const visitor = await signedIn(portal, 'gets@account.example')
    await signedIn(portal, 'gets@account.example')
    const before = JSON.stringify([
      await accountOf(portal, account.email),
      await portal.store.devices.listOf(account.id),
    ])

    for (const [path, fields] of changes) await visitor.get(url(`${path}?${new URLSearchParams(fields).toString()}`))
    for (const path of ['/sign-out', '/language?language=ja']) await visitor.get(url(path))

    const after = JSON.stringify([
      await accountOf(portal, account.email),
      await portal.store.devices.listOf(account.id),
    ])
    expect(after).toBe(before)
    expect(await portal.sessionBook.listOf(account.id)).toHaveLength(2)
  })
})

describe('proving again', () => {
  test('by password gives the session a new token, leads back, and the old token is dead', async () => {
    await addPerson(portal, 'again@account.example')
    const visitor = await signedIn(portal, 'again@account.example')
    const old = visitor.cookie(portalHost, 'sekisho') ?? ''
    stale()

    const page = await visitor.follow(await visitor.get(url('/account/password')))
    const wrong = await visitor.submit(page, { password: 'not it' })
    const back = await visitor.follow(await visitor.submit(wrong, { password: goodPassword }))

    expect(page.heading).toBe('Confirm that it is you')
    expect(wrong.status).toBe(422)
    expect(back.heading).toBe('Change the password')
    expect(visitor.cookie(portalHost, 'sekisho')).not.toBe(old)
    expect(await portal.sessionBook.find(old)).toBeNull()
  })

  test('asks for the code where there is an app; the password does not do', async () => {
    await addPerson(portal, 'app@account.example')
    const app = await addApp(portal, 'app@account.example')
    const visitor = createPortalVisitor(portal)
    const codePage = await visitor.follow(await tryPassword(portal, visitor, 'app@account.example'))
    await visitor.submit(codePage, { code: await app.code() })
    stale()

    const page = await visitor.follow(await visitor.get(url('/account/password')))
    const byPassword = await visitor.post(url('/prove-again'), { password: goodPassword, return: '/account/password' })
    const back = await visitor.follow(await visitor.submit(page, { code: await app.code() }))

    expect(page.heading).toBe('Confirm that it is you')
    expect(byPassword.status).toBe(422)
    expect(back.heading).toBe('Change the password')
  })

  test('for a route that asks for a recent proof leads back to the route, in the session that was there', async () => {
    await addPerson(portal, 'route@account.example')
    const visitor = await signedIn(portal, 'route@account.example')
    await visitor.follow(await visitor.get(`${portal.appOrigin}/`))
    const child = visitor.cookie(appHost, 'sekisho')
    stale()
    const before = portal.route.rule
    portal.route.rule = { ...before, proofAgeMaxMs: 60_000 }

    const page = await visitor.follow(await visitor.get(`${portal.appOrigin}/pay?x=1`))
    const back = await visitor.follow(await visitor.submit(page, { password: goodPassword }))
    portal.route.rule = before

    expect(page.heading).toBe('Confirm that it is you')
    expect(back.body).toBe('app for route@account.example at /pay?x=1')
    expect(child).toBeDefined()
  })

  test('for a route that asks for a second factor which the account lacks leads through its set-up and back', async () => {
    await addPerson(portal, 'lacks@account.example')
    const visitor = await signedIn(portal, 'lacks@account.example')
    await visitor.follow(await visitor.get(`${portal.appOrigin}/`))
    const before = portal.route.rule
    portal.route.rule = { ...before, secondFactor: true }

    const page = await visitor.follow(await visitor.get(`${portal.appOrigin}/vault`))
    const app = createApp(secretOn(page), portal.clock)
    const offer = await visitor.follow(await visitor.submit(page, { code: await app.code(), label: 'Phone' }))
    const later = /href="([^"]+)">Not now/.exec(offer.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const back = await visitor.follow(await visitor.get(new URL(later, offer.url).href))
    portal.route.rule = before

    expect(page.heading).toBe('Set up a second factor')
    expect(back.body).toBe('app for lacks@account.example at /vault')
  })
})

describe('the password', () => {
  test('is changed by who knows the present one; the other sessions end, this one goes on under a new token', async () => {
    const account = await addPerson(portal, 'change@account.example')
    const here = await signedIn(portal, 'change@account.example')
    const there = await signedIn(portal, 'change@account.example')
    const old = here.cookie(portalHost, 'sekisho') ?? ''
    const page = await here.get(url('/account/password'))

    const wrong = await here.submit(page, { current: 'not it', next: nextPassword })
    const weak = await here.submit(page, { current: goodPassword, next: 'short' })
    const done = await here.submit(page, { current: goodPassword, next: nextPassword })

    expect(page.body).toContain('Your other session ends.')
    expect(wrong.body).toContain('The current password is not right.')
    expect(weak.body).toContain('Use at least 15 characters.')
    expect(done.location).toBe('/account?said=password_changed')
    expect(here.cookie(portalHost, 'sekisho')).not.toBe(old)
    expect((await here.get(url('/account'))).status).toBe(200)
    expect((await there.get(url('/account'))).location).toMatch(/^\/sign-in/)
    expect(await portal.sessionBook.listOf(account.id)).toHaveLength(1)
  })

  test('of a person with single sign-on is not there to be changed', async () => {
    const sso = await addOrganization(portal, 'Vouched', { sso: { required: true, breakGlassEmails: [] } })
    await addPerson(portal, 'vouched@account.example', { organization: sso })
    const visitor = createPortalVisitor(portal)

    expect((await tryPassword(portal, visitor, 'vouched@account.example')).status).toBe(422)
    expect((await visitor.get(url('/account/password'))).location).toMatch(/^\/sign-in/)
  })
})

describe('second factors', () => {
  test('are added with a right code, told about by mail, and removed after a question', async () => {
    const account = await addPerson(portal, 'factor@account.example')
    const visitor = await signedIn(portal, 'factor@account.example')
    const page = await visitor.get(url('/account/factors/add'))
    const app = createApp(secretOn(page), portal.clock)

    const wrong = await visitor.submit(page, { code: '000000', label: 'Phone' })
    const added = await visitor.submit(wrong, { code: await app.code(), label: 'Phone' })
    const [factor] = (await accountOf(portal, account.email)).factors
    const question = await visitor.get(url(`/account/factors/remove?factor=${factor?.id ?? ''}`))
    expect((await accountOf(portal, account.email)).factors).toHaveLength(1)
    const removed = await visitor.submit(question, {}, { action: '/account/factors/remove' })
    await portal.deliver()

    expect(wrong.status).toBe(422)
    expect(secretOn(wrong)).toBe('') // the app holds the secret: a new picture would make it worthless
    expect(added.location).toBe('/account/backup-codes?said=factor_added')
    expect(question.heading).toBe('Remove Authenticator app (Phone)?')
    expect(removed.location).toBe('/account?said=factor_removed')
    expect((await accountOf(portal, account.email)).factors).toHaveLength(0)
    const subjects = portal.mailbox
      .list()
      .filter(mail => mail.to === account.email)
      .map(mail => mail.subject)
    expect(subjects.some(subject => subject.includes('added'))).toBe(true)
    expect(subjects.some(subject => subject.includes('removed'))).toBe(true)
  })

  test('whose secret was made for somebody else are not taken', async () => {
    await addPerson(portal, 'planter@account.example')
    const other = await addPerson(portal, 'other@account.example')
    const visitor = await signedIn(portal, 'planter@account.example')
    const { sealed, secret } = portal.secondFactors.newTotp(other)

    await visitor.post(url('/account/factors/add'), {
      sealed,
      code: await createApp(secret, portal.clock).code(),
      label: 'x',
    })

    expect((await accountOf(portal, 'planter@account.example')).factors).toHaveLength(0)
  })

  test('that a reset has set aside are shown as such, and count again when the owner says so', async () => {
    const account = await addPerson(portal, 'aside@account.example')
    await addApp(portal, 'aside@account.example')
    await portal.resets.require(await accountOf(portal, account.email), { reason: 'leak', since: 1 }, operator)
    await portal.deliver()
    const mail = portal.mailbox.list().find(each => each.to === account.email && each.text.includes('/reset/'))
    const visitor = createPortalVisitor(portal)
    const link = /(http:\S+\/reset\/[\w-]+)/.exec(mail?.text ?? '')?.[1] ?? ''
    await visitor.submit(await visitor.follow(await visitor.get(link)), { password: nextPassword })
    await tryPassword(portal, visitor, account.email, nextPassword)

    const page = await visitor.get(url('/account'))
    const restored = await visitor.submit(page, {}, { action: '/account/factors/restore' })

    expect(page.body).toContain('Set aside')
    expect(restored.location).toBe('/account?said=factor_restored')
    expect((await accountOf(portal, account.email)).factors[0]?.setAsideAt).toBeNull()
  })
})

describe('devices and language', () => {
  test('a device is renamed and forgotten; forgetting it ends its sessions', async () => {
    const account = await addPerson(portal, 'device@account.example')
    const here = await signedIn(portal, 'device@account.example')
    const there = await signedIn(portal, 'device@account.example')
    const mine = await portal.store.devices.listOf(account.id)
    const other = hashToken(there.cookie(portalHost, 'sekisho-device') ?? '')
    const page = await here.get(url(`/account/devices/rename?device=${encodeURIComponent(other)}`))

    const renamed = await here.submit(page, { label: '<script>alert(1)</script>\u0000 Desk' })
    const shown = await here.get(url('/account'))
    const forgotten = await here.post(url('/account/devices/forget'), { device: other })

    expect(mine).toHaveLength(2)
    expect(renamed.location).toBe('/account?said=device_renamed')
    expect(shown.body).toContain('&lt;script&gt;alert(1)&lt;/script&gt; Desk')
    expect(shown.body).not.toContain('<script>alert')
    expect(forgotten.location).toBe('/account?said=device_forgotten')
    expect(await portal.sessionBook.listOf(account.id)).toHaveLength(1)
    expect((await there.get(url('/account'))).location).toMatch(/^\/sign-in/)
  })

  test('the language is kept for pages and mails', async () => {
    await addPerson(portal, 'lang@account.example')
    const visitor = await signedIn(portal, 'lang@account.example')
    const page = await visitor.get(url('/account'))

    const saved = await visitor.submit(page, { language: 'ja' }, { action: '/account/language' })
    const next = await visitor.follow(saved)

    expect(next.body).toContain('<html lang="ja">')
    expect((await accountOf(portal, 'lang@account.example')).language).toBe('ja')
  })

  test('names of people and organizations are text, not markup', async () => {
    const organization = await addOrganization(portal, 'Tag')
    await portal.store.organizations.change(
      { ...organization, name: '<img src=x onerror=alert(1)> & Co' },
      {
        audit: {
          event: 'organization_changed',
          at: 1,
          actor: operator.actor,
          accountId: null,
          organizationId: organization.id,
          address: null,
          receipt: null,
          facts: {},
        },
        notices: [],
      },
    )
    await addPerson(portal, 'tag@account.example', { organization })
    const visitor = await signedIn(portal, 'tag@account.example')

    const page = await visitor.get(url('/account'))
    const own = await createPortalVisitor(portal).get(url('/org/tag'))

    for (const each of [page, own]) {
      expect(each.body).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; Co')
      expect(each.body).not.toContain('<img')
    }
  })
})
