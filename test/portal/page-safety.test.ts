import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { portalHost, tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addApp, addPerson, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'

let plain: PortalHarness
let secure: PortalHarness
beforeAll(async () => {
  plain = await startPortal()
  secure = await startPortal({ secure: true })
})
afterAll(async () => {
  await plain[Symbol.asyncDispose]()
  await secure[Symbol.asyncDispose]()
})

describe('cookies', () => {
  test('are bound to their host, unreadable for scripts and sent over TLS only', async () => {
    await addPerson(secure, 'flags@example.com')
    await addApp(secure, 'flags@example.com')
    await addPerson(secure, 'plain@example.com')
    const lines: string[] = []
    for (const email of ['flags@example.com', 'plain@example.com']) {
      const visitor = createPortalVisitor({ port: secure.port, secure: true })
      lines.push(...(await tryPassword(secure, visitor, email)).setCookies)
    }
    const visitor = createPortalVisitor({ port: secure.port, secure: true })
    lines.push(...(await visitor.get(`${secure.appOrigin}/.sekisho/start?return=%2F`)).setCookies)
    lines.push(...(await visitor.post(`${secure.portalOrigin}/language`, { language: 'ja' })).setCookies)
    lines.push(...(await visitor.get(`${secure.portalOrigin}/reset/${'a'.repeat(32)}`)).setCookies)

    const names = new Set(lines.map(line => line.slice(0, line.indexOf('='))))
    expect([...names].sort()).toEqual([
      '__Host-sekisho',
      '__Host-sekisho-attempt',
      '__Host-sekisho-device',
      '__Host-sekisho-join',
      '__Host-sekisho-language',
      '__Host-sekisho-reset',
    ])
    for (const line of lines) {
      expect(line).toMatch(/; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/)
      expect(line).not.toMatch(/Domain/i)
    }
  })

  test('that come twice or malformed count as absent', async () => {
    await addPerson(plain, 'double@example.com')
    const visitor = createPortalVisitor(plain)
    await tryPassword(plain, visitor, 'double@example.com')
    const token = visitor.cookie(portalHost, 'sekisho') ?? ''
    const ask = (cookie: string) =>
      createPortalVisitor(plain).get(`${plain.portalOrigin}/account`, { headers: { Cookie: cookie } })

    expect((await ask(`sekisho=${token}`)).status).toBe(200)
    for (const cookie of [
      `sekisho=${token}; sekisho=${token}`,
      `sekisho=${token}; sekisho=planted`,
      `sekisho="${token}"`,
      `sekisho=${token}%20`,
      `\u00a0sekisho=${token}`,
      `SEKISHO=${token}`,
      `__Host-sekisho=${token}`,
    ])
      expect((await ask(cookie)).location, cookie).toMatch(/^\/sign-in/)
  })
})

describe('every page', () => {
  const paths = ['/sign-in', '/reset', '/sign-out', '/reset/choose', '/nothing-here', '/org/nobody', '/mailbox']

  test.each(paths)('says what may run on it and that nobody keeps it: %s', async path => {
    const reply = await createPortalVisitor(plain).get(`${plain.portalOrigin}${path}`)

    const policy = reply.headers['content-security-policy'] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("base-uri 'none'")
    expect(policy).toContain(`form-action 'self' ${plain.appOrigin}`)
    expect(policy).not.toContain('unsafe')
    expect(reply.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(reply.headers['strict-transport-security']).toBeUndefined()
    expect(reply.body).not.toMatch(/ style="| on[a-z]+="|<script>/)
  })

  test('asks for TLS for a year where it is served over TLS', async () => {
    const reply = await createPortalVisitor({ port: secure.port, secure: true }).get(`${secure.portalOrigin}/sign-in`)
    expect(reply.headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
  })

  test.each(paths)('has a HEAD that carries no body: %s', async path => {
    const visitor = createPortalVisitor(plain)
    const head = await visitor.get(`${plain.portalOrigin}${path}`, { method: 'HEAD' })
    const get = await visitor.get(`${plain.portalOrigin}${path}`)

    expect(head.body).toBe('')
    expect(head.status).toBe(get.status)
  })

  test('answers programs with a problem and people with a page, both with a receipt', async () => {
    const visitor = createPortalVisitor(plain)
    const page = await visitor.get(`${plain.portalOrigin}/nothing`)
    const problem = await visitor.get(`${plain.portalOrigin}/nothing`, {
      headers: { Accept: 'application/json', 'Sec-Fetch-Mode': 'cors' },
    })

    expect(page.status).toBe(404)
    expect(page.body).toMatch(/<code>[0-9a-z-]+<\/code>/)
    expect(problem.headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(problem.body)).toMatchObject({ status: 404, code: 'not_found', receipt: expect.any(String) })
  })
})

describe('forms', () => {
  test.each([
    ['JSON', 'application/json', '{"email":"a@example.com"}', 415],
    ['parts', 'multipart/form-data; boundary=x', '--x--', 415],
    ['a name twice', 'application/x-www-form-urlencoded', 'email=a%40x.example&email=b%40x.example', 422],
    ['an array', 'application/x-www-form-urlencoded', 'email[]=a%40x.example', 422],
    ['a prototype', 'application/x-www-form-urlencoded', '__proto__=x', 422],
    ['more than 64 KiB', 'application/x-www-form-urlencoded', `email=${'a'.repeat(70_000)}`, 413],
    ['a long field', 'application/x-www-form-urlencoded', `email=${'a'.repeat(9_000)}`, 413],
    [
      'many fields',
      'application/x-www-form-urlencoded',
      Array.from({ length: 50 }, (_, i) => `f_${'abcdefghij'[i % 10]}${'x'.repeat(Math.floor(i / 10))}=1`).join('&'),
      413,
    ],
  ])('that are no forms are refused: %s', async (_, type, body, status) => {
    const reply = await createPortalVisitor(plain).post(`${plain.portalOrigin}/sign-in`, body, {
      headers: { 'Content-Type': type },
    })
    expect(reply.status).toBe(status)
    expect(plain.faults.some(fault => fault.code === 'internal')).toBe(false)
  })

  test('of another site cannot sign anybody in (login CSRF)', async () => {
    await addPerson(plain, 'lcsrf@example.com')
    for (const headers of [
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: '', 'Sec-Fetch-Site': '' },
    ]) {
      const visitor = createPortalVisitor(plain)
      const reply = await visitor.post(
        `${plain.portalOrigin}/sign-in`,
        { email: 'lcsrf@example.com', password: goodPassword },
        { headers },
      )
      expect(reply.status).toBe(403)
      expect(reply.setCookies).toEqual([])
    }
  })
})

describe('budgets', () => {
  test('an address that asks too much waits, and is told how long', async () => {
    const rates = { address: { quota: 3, windowMs: 60_000, burst: 3 } }
    await using portal = await startPortal({ rates })
    const visitor = createPortalVisitor(portal)
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push((await visitor.get(`${portal.portalOrigin}/sign-in`)).status)
    const last = await visitor.get(`${portal.portalOrigin}/sign-in`)

    expect(statuses[0]).toBe(200)
    expect(last.status).toBe(429)
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0)
  })
})
