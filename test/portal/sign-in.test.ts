import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { standardCost } from '../../src/people/passwords.ts'
import { appHost, portalHost, signedIn, tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor, type Reply } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

describe('the way in', () => {
  test('a person signs in by address and password and comes back to where they were in the application', async () => {
    await addPerson(portal, 'hana@example.com')
    const visitor = createPortalVisitor(portal)

    const start = await visitor.follow(await visitor.get(`${portal.appOrigin}/room?id=1&x=%2F%2Fevil.test`))
    expect(start.heading).toBe('Sign in')
    const password = await visitor.submit(start, { email: 'hana@example.com' })
    expect(password.body).toContain('hana@example.com')
    const arrived = await visitor.follow(await visitor.submit(password, { password: goodPassword }))

    expect(arrived.body).toBe('app for hana@example.com at /room?id=1&x=%2F%2Fevil.test')
  })

  test('a person with a portal session joins an application at once', async () => {
    await addPerson(portal, 'kenji@example.com')
    const visitor = await signedIn(portal, 'kenji@example.com')

    const arrived = await visitor.follow(await visitor.get(`${portal.appOrigin}/files`))

    expect(arrived.body).toBe('app for kenji@example.com at /files')
  })

  test('several tabs that wait for a sign-in each come back to their own place', async () => {
    await addPerson(portal, 'tabs@example.com')
    const visitor = createPortalVisitor(portal)
    const one = await visitor.follow(await visitor.get(`${portal.appOrigin}/one`))
    const two = await visitor.follow(await visitor.get(`${portal.appOrigin}/two`))
    const three = await visitor.follow(await visitor.get(`${portal.appOrigin}/three`))

    const passwordPage = await visitor.submit(two, { email: 'tabs@example.com' })
    const second = await visitor.follow(await visitor.submit(passwordPage, { password: goodPassword }))
    const again = await visitor.submit(one, { email: 'tabs@example.com' })
    const first = await visitor.follow(await visitor.submit(again, { password: goodPassword }))
    const third = await visitor.follow(await visitor.get(three.url.href))

    expect([first.body, second.body, third.body]).toEqual([
      'app for tabs@example.com at /one',
      'app for tabs@example.com at /two',
      'app for tabs@example.com at /three',
    ])
  })

  test('the page before the password is the same for every name, and looks nobody up', async () => {
    await addPerson(portal, 'known@example.com')
    const visitor = createPortalVisitor(portal)

    const known = await visitor.post(`${portal.portalOrigin}/sign-in`, { email: 'known@example.com' })
    const unknown = await visitor.post(`${portal.portalOrigin}/sign-in`, { email: 'nobody@example.com' })

    expect(unknown.status).toBe(known.status)
    expect(unknown.body.replaceAll('nobody@', 'known@')).toBe(known.body)
  })

  test('what cannot be an address is asked for again, with what was typed kept', async () => {
    const visitor = createPortalVisitor(portal)

    const reply = await visitor.post(`${portal.portalOrigin}/sign-in`, { email: '<b>not an address' })

    expect(reply.status).toBe(422)
    expect(reply.body).toContain('value="&lt;b&gt;not an address"')
    expect(reply.body).toContain('aria-invalid="true"')
  })

  test('a sign-in in Japanese is in Japanese from the first page to the last', async () => {
    await addPerson(portal, 'yuki@example.jp', { language: 'ja' })
    const visitor = createPortalVisitor({ port: portal.port, language: 'ja-JP,ja;q=0.9,en;q=0.5' })

    const first = await visitor.get(`${portal.portalOrigin}/sign-in`)
    const second = await visitor.submit(first, { email: 'yuki@example.jp' })
    const third = await visitor.follow(await visitor.submit(second, { password: goodPassword }))

    expect([first, second, third].map(page => page.heading)).toEqual(['ログイン', 'ログイン', 'アカウント'])
    for (const page of [first, second, third]) expect(page.body).toContain('<html lang="ja">')
  })

  test('an organization’s own address shows its name, and an unknown one is nothing', async () => {
    await addOrganization(portal, 'Aozora')
    const visitor = createPortalVisitor(portal)

    const known = await visitor.get(`${portal.portalOrigin}/org/aozora`)
    const password = await visitor.submit(known, { email: 'anyone@example.com' })
    const unknown = await visitor.get(`${portal.portalOrigin}/org/nowhere`)

    expect(known.heading).toBe('Sign in to Aozora')
    expect(password.heading).toBe('Sign in to Aozora')
    expect(unknown.status).toBe(404)
  })
})

describe('a refusal before all proofs are given', () => {
  test('reads byte for byte like a wrong password: unknown, reset, single sign-on, held and suspended with a wrong password', async () => {
    const sso = await addOrganization(portal, 'Sora', { sso: { required: true, breakGlassEmails: [] } })
    for (const name of ['plain', 'reset', 'suspended', 'held']) await addPerson(portal, `${name}@same.example`)
    await addPerson(portal, 'sso@same.example', { organization: sso })
    await portal.people.suspend(await accountOf(portal, 'suspended@same.example'), operator)
    await portal.resets.require(
      await accountOf(portal, 'reset@same.example'),
      { reason: 'leak', since: null },
      operator,
    )
    for (let i = 0; i < 11; i++) {
      const other = createPortalVisitor({ port: portal.port, address: '203.0.113.9' })
      await other.post(`${portal.portalOrigin}/sign-in`, { email: 'held@same.example', password: 'wrong' })
    }
    const refused = async (email: string, password: string): Promise<Reply> => {
      const visitor = createPortalVisitor({ port: portal.port, address: '198.51.100.7' })
      return visitor.post(`${portal.portalOrigin}/sign-in`, { email, password })
    }

    const wrong = await refused('plain@same.example', 'not the password')
    const others = [
      await refused('nobody@same.example', goodPassword),
      await refused('reset@same.example', goodPassword),
      await refused('sso@same.example', goodPassword),
      await refused('held@same.example', goodPassword),
      await refused('suspended@same.example', 'not the password'),
    ]

    expect(wrong.status).toBe(422)
    expect(wrong.setCookies).toEqual([])
    expect(wrong.body).toContain('For your safety we do not say which of these it was')
    for (const other of others) {
      const email = /value="([a-z]+)@same\.example" autocomplete/.exec(other.body)?.[1] ?? ''
      expect(other.body.replaceAll(`${email}@`, 'plain@')).toBe(wrong.body)
      expect(other.status).toBe(wrong.status)
      expect(other.setCookies).toEqual([])
      expect(fieldNames(other)).toEqual(fieldNames(wrong))
    }
  })

  test('shows the name as it was typed, not as it is stored', async () => {
    await addPerson(portal, 'Stored.Name@example.com')
    await portal.resets.require(
      await accountOf(portal, 'stored.name@example.com'),
      { reason: 'x', since: null },
      operator,
    )
    const visitor = createPortalVisitor({ port: portal.port, address: '198.51.100.8' })

    const reply = await visitor.post(`${portal.portalOrigin}/sign-in`, {
      email: 'STORED.NAME@example.com',
      password: goodPassword,
    })

    expect(reply.body).toContain('STORED.NAME@example.com')
    expect(reply.body).not.toContain('Stored.Name')
  })

  test('takes the same time when sign-in is held as when a password is checked', async () => {
    await using dear = await startPortal({ hashCost: standardCost })
    await addPerson(dear, 'timed@same.example')
    const address = '203.0.113.10'
    const timeOf = async (email: string): Promise<number> => {
      const visitor = createPortalVisitor({ port: dear.port, address })
      const startedAt = performance.now()
      await visitor.post(`${dear.portalOrigin}/sign-in`, { email, password: 'wrong' })
      return performance.now() - startedAt
    }
    const checked: number[] = []
    for (let i = 0; i < 10; i++) checked.push(await timeOf('timed@same.example'))
    const held: number[] = []
    for (let i = 0; i < 10; i++) held.push(await timeOf('timed@same.example'))

    // Without the same work a held try would take a tenth of the time.
    expect(Math.min(...held)).toBeGreaterThan(Math.min(...checked) / 2)
  })

  test('keeps the journey, so that the next try still arrives', async () => {
    await addPerson(portal, 'typo@example.com')
    const visitor = createPortalVisitor({ port: portal.port, address: '198.51.100.9' })
    const start = await visitor.follow(await visitor.get(`${portal.appOrigin}/deep`))

    const wrong = await visitor.submit(await visitor.submit(start, { email: 'typo@example.com' }), { password: 'x' })
    const arrived = await visitor.follow(await visitor.submit(wrong, { password: goodPassword }))

    expect(arrived.body).toBe('app for typo@example.com at /deep')
  })
})

describe('after all proofs', () => {
  test('a suspended person gets a page with a receipt and no session', async () => {
    await addPerson(portal, 'gone@example.com')
    await portal.people.suspend(await accountOf(portal, 'gone@example.com'), operator)
    const visitor = createPortalVisitor({ port: portal.port, address: '198.51.100.10' })

    const reply = await tryPassword(portal, visitor, 'gone@example.com')

    expect(reply.status).toBe(403)
    expect(reply.heading).toBe('You cannot go on from here')
    expect(reply.body).toMatch(/Receipt number: <code>[0-9a-z-]+<\/code>/)
    expect(visitor.cookie(portalHost, 'sekisho')).toBeUndefined()
  })

  test('a suspended person with a second factor is asked for it first', async () => {
    await addPerson(portal, 'gone2@example.com')
    const app = await addApp(portal, 'gone2@example.com')
    await portal.people.suspend(await accountOf(portal, 'gone2@example.com'), operator)
    const visitor = createPortalVisitor({ port: portal.port, address: '198.51.100.11' })

    const asked = await visitor.follow(await tryPassword(portal, visitor, 'gone2@example.com'))
    const refused = await visitor.submit(asked, { code: await app.code() })

    expect(asked.heading).toBe('Enter your code')
    expect(refused.status).toBe(403)
    expect(visitor.cookie(portalHost, 'sekisho')).toBeUndefined()
  })

  test('a person outside the organization’s networks gets the same page as a suspended one', async () => {
    const networks = [{ network: '192.0.2.0/24', comment: 'office' }]
    const organization = await addOrganization(portal, 'Fenced', { networks })
    await addPerson(portal, 'far@example.com', { organization })
    const inside = createPortalVisitor({ port: portal.port, address: '192.0.2.44' })
    const outside = createPortalVisitor({ port: portal.port, address: '198.51.100.12' })

    const refused = await tryPassword(portal, outside, 'far@example.com')
    const welcome = await tryPassword(portal, inside, 'far@example.com')

    expect(refused.status).toBe(403)
    expect(refused.heading).toBe('You cannot go on from here')
    expect(refused.body).not.toContain('192.0.2.0')
    expect(welcome.location).toBe('/account')
  })
})

describe('sessions', () => {
  test('a sign-in opens a session under a new token, whatever the browser brought, and ends the one before', async () => {
    await addPerson(portal, 'fix@example.com')
    const visitor = createPortalVisitor({ port: portal.port, address: '198.51.100.13' })
    visitor.jar.set(
      portalHost,
      new Map([
        ['sekisho', 'planted'],
        ['sekisho-attempt', 'planted'],
      ]),
    )
    await tryPassword(portal, visitor, 'fix@example.com')
    const first = visitor.cookie(portalHost, 'sekisho') ?? ''

    await visitor.post(`${portal.portalOrigin}/sign-in`, { email: 'fix@example.com', password: goodPassword })
    const second = visitor.cookie(portalHost, 'sekisho') ?? ''

    expect(first).not.toBe('planted')
    expect(second).not.toBe(first)
    expect(await portal.sessionBook.find(first)).toBeNull()
    expect(await portal.sessionBook.find(second)).not.toBeNull()
  })

  test('an unknown device is told about by mail, and the same browser only once', async () => {
    const account = await addPerson(portal, 'told@example.com')
    const visitor = createPortalVisitor({ port: portal.port, address: '198.51.100.14' })
    await tryPassword(portal, visitor, 'told@example.com')
    await visitor.post(`${portal.portalOrigin}/sign-out`, {})
    await tryPassword(portal, visitor, 'told@example.com')

    await portal.deliver()

    const mails = portal.mailbox.list().filter(mail => mail.to === account.email)
    expect(mails).toHaveLength(1)
    expect(mails[0]?.subject).toContain('Chrome on Windows')
  })

  test('sign-out needs a POST, ends the session on the server, and with it the application’s', async () => {
    await addPerson(portal, 'leave@example.com')
    const visitor = await signedIn(portal, 'leave@example.com', { address: '198.51.100.15' })
    await visitor.follow(await visitor.get(`${portal.appOrigin}/`))
    const kept = { portal: visitor.cookie(portalHost, 'sekisho') ?? '', app: visitor.cookie(appHost, 'sekisho') ?? '' }

    const page = await visitor.get(`${portal.portalOrigin}/sign-out`)
    expect((await visitor.get(`${portal.appOrigin}/still`)).body).toContain('leave@example.com')
    const left = await visitor.submit(page, {}, { action: '/sign-out' })

    expect(left.location).toBe('/sign-in?said=signed_out')
    expect(await portal.sessionBook.find(kept.portal)).toBeNull()
    expect(await portal.sessionBook.find(kept.app)).toBeNull()
  })

  test('a session of an application’s host is nobody on the portal', async () => {
    await addPerson(portal, 'carry@example.com')
    const visitor = await signedIn(portal, 'carry@example.com', { address: '198.51.100.16' })
    await visitor.follow(await visitor.get(`${portal.appOrigin}/`))
    const child = visitor.cookie(appHost, 'sekisho') ?? ''
    const thief = createPortalVisitor({ port: portal.port })
    thief.jar.set(portalHost, new Map([['sekisho', child]]))

    const reply = await thief.get(`${portal.portalOrigin}/account`)
    await thief.post(`${portal.portalOrigin}/sign-out`, {})

    expect(reply.location).toMatch(/^\/sign-in\?/)
    expect(await portal.sessionBook.find(child)).not.toBeNull()
  })
})

function fieldNames(reply: Reply): string[] {
  return Object.keys(reply.headers).sort()
}
