import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashToken } from '../../src/lib/secret.ts'
import { appHost, portalHost, signedIn } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addPerson, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const own = (path: string) => `${portal.appOrigin}/.sekisho/${path}`

/** Follows redirects by hand until one leads to the join, and answers its address unopened. */
async function joinAddress(visitor: PortalVisitor, path: string): Promise<string> {
  let reply = await visitor.get(`${portal.appOrigin}${path}`)
  while (reply.location !== null) {
    const next = new URL(reply.location, reply.url)
    if (next.pathname === '/.sekisho/join') return next.href
    reply = await visitor.get(next.href)
  }
  throw new Error(`no join, but ${reply.heading}`)
}

describe('the join', () => {
  test('gives the application’s host a session of its own; neither token is the other', async () => {
    await addPerson(portal, 'join@app.example')
    const visitor = await signedIn(portal, 'join@app.example')

    const reply = await visitor.get(await joinAddress(visitor, '/room'))

    expect(reply.location).toBe('/room')
    expect(reply.headers['referrer-policy']).toBe('no-referrer')
    expect(visitor.cookie(appHost, 'sekisho')).not.toBe(visitor.cookie(portalHost, 'sekisho'))
    expect((await visitor.follow(reply)).body).toBe('app for join@app.example at /room')
  })

  test('is for the browser that asked: a link carried to another one signs nobody in', async () => {
    await addPerson(portal, 'attacker@app.example')
    await addPerson(portal, 'victim@app.example')
    const attacker = await signedIn(portal, 'attacker@app.example')
    const victim = await signedIn(portal, 'victim@app.example')
    await victim.get(own('start?return=%2F'))
    const address = await joinAddress(attacker, '/trap')
    const link = `${address}&binding=${hashToken(attacker.cookie(appHost, 'sekisho-join') ?? '')}`

    const reply = await victim.get(link)

    expect(reply.location).toMatch(/^\/\.sekisho\/start\?/)
    expect(victim.cookie(appHost, 'sekisho')).toBeUndefined()
  })

  test('works once, and not by HEAD, and not after a minute', async () => {
    await addPerson(portal, 'once@app.example')
    const visitor = await signedIn(portal, 'once@app.example')
    const link = await joinAddress(visitor, '/a')
    await visitor.get(link, { method: 'HEAD' })
    const replies = await Promise.all(Array.from({ length: 20 }, () => visitor.get(link)))
    const late = await joinAddress(visitor, '/.sekisho/start?return=%2Fb')
    portal.clock.leap(61_000)

    expect(replies.filter(reply => reply.location === '/a')).toHaveLength(1)
    expect((await visitor.get(late)).location).toMatch(/^\/\.sekisho\/start\?/)
  })

  test('is not prepared for a preview: a HEAD gets no code', async () => {
    await addPerson(portal, 'preview@app.example')
    const visitor = await signedIn(portal, 'preview@app.example')
    const query = new URLSearchParams({ return: `${portal.appOrigin}/`, binding: hashToken('x') }).toString()

    const reply = await visitor.get(`${portal.portalOrigin}/sign-in?${query}`, { method: 'HEAD' })

    expect(reply.status).toBe(200)
    expect(reply.location).toBeNull()
  })

  test('that fails twice ends on a page that names the causes, not in a loop', async () => {
    await addPerson(portal, 'loop@app.example')
    const visitor = await signedIn(portal, 'loop@app.example')
    const forgetful = async (url: string): Promise<Awaited<ReturnType<PortalVisitor['get']>>> => {
      for (let hop = 0, next = url; hop < 12; hop++) {
        const reply = await visitor.get(next)
        visitor.jar.delete(appHost) // a browser that keeps no cookies for this host
        if (reply.location === null) return reply
        next = new URL(reply.location, reply.url).href
      }
      throw new Error('a loop')
    }

    const page = await forgetful(`${portal.appOrigin}/x`)

    expect(page.status).toBe(400)
    expect(page.heading).toBe('Your sign-in did not arrive')
    expect(page.body).toContain('href="/.sekisho/start?return=%2Fx"')
  })

  test('keeps one binding for all tabs of a browser', async () => {
    const visitor = createPortalVisitor(portal)
    await visitor.get(own('start?return=%2Fone'))
    const first = visitor.cookie(appHost, 'sekisho-join')
    await visitor.get(own('start?return=%2Ftwo'))

    expect(visitor.cookie(appHost, 'sekisho-join')).toBe(first)
  })

  test('never carries the binding cookie itself in an address', async () => {
    const visitor = createPortalVisitor(portal)
    const reply = await visitor.get(own('start?return=%2F'))

    expect(reply.location).toContain('binding=')
    expect(reply.location).not.toContain(visitor.cookie(appHost, 'sekisho-join'))
  })
})

describe('who am I', () => {
  test('is answered as JSON to a page’s script, and as a problem with 401 to nobody', async () => {
    await addPerson(portal, 'who@app.example', { name: 'Who' })
    const visitor = await signedIn(portal, 'who@app.example')
    await visitor.follow(await visitor.get(`${portal.appOrigin}/`))
    const script = { headers: { Accept: 'application/json', 'Sec-Fetch-Mode': 'cors' } }

    const known = await visitor.get(own('session'), script)
    const unknown = await createPortalVisitor(portal).get(own('session'), script)

    expect(JSON.parse(known.body)).toMatchObject({
      signedIn: true,
      account: { email: 'who@app.example', name: 'Who', roles: ['person'] },
      organization: null,
      methods: ['password'],
    })
    expect(known.headers['cache-control']).toBe('no-store')
    expect(unknown.status).toBe(401)
    expect(unknown.headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(unknown.body)).toMatchObject({ code: 'sign_in_required', status: 401 })
  })
})

describe('sign-out on the application’s host', () => {
  test('is a button on a GET; the POST ends the portal’s session and all its children', async () => {
    await addPerson(portal, 'bye@app.example')
    const visitor = await signedIn(portal, 'bye@app.example')
    await visitor.follow(await visitor.get(`${portal.appOrigin}/`))
    const root = visitor.cookie(portalHost, 'sekisho') ?? ''

    const page = await visitor.get(own('sign-out'))
    expect(await portal.sessionBook.find(root)).not.toBeNull()
    const left = await visitor.submit(page, {}, { action: '/.sekisho/sign-out' })

    expect(left.location).toBe(`${portal.portalOrigin}/sign-in?said=signed_out`)
    expect(await portal.sessionBook.find(root)).toBeNull()
    expect(visitor.cookie(appHost, 'sekisho')).toBeUndefined()
  })

  test('is refused from another site', async () => {
    await addPerson(portal, 'stay@app.example')
    const visitor = await signedIn(portal, 'stay@app.example')
    await visitor.follow(await visitor.get(`${portal.appOrigin}/`))

    const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }
    expect((await visitor.post(own('sign-out'), {}, { headers })).status).toBe(403)
    expect((await visitor.get(`${portal.appOrigin}/`)).body).toContain('stay@app.example')
  })
})

describe('where a sign-in may lead', () => {
  interface RedirectCase {
    readonly id: string
    readonly value: string
    readonly expect: 'safe' | 'unsafe'
    readonly location_path?: string
  }
  const file: { cases: RedirectCase[] } = JSON.parse(
    readFileSync(new URL('../cases/shared/redirect.shared.json', import.meta.url), 'utf8'),
  )
  const here = (portal: PortalHarness, text: string) =>
    text
      .replaceAll('https://gw.example.com', portal.portalOrigin)
      .replaceAll('https://app.example.com', portal.appOrigin)
      .replaceAll('gw.example.com', new URL(portal.portalOrigin).host)

  test('every carrier of a return address leads to listed hosts only, and emits what was parsed', async () => {
    // Over TLS, as the cases assume it.
    await using portal = await startPortal({ secure: true })
    const secure = { port: portal.port, secure: true }
    await addPerson(portal, 'redirect@app.example')
    const visitor = await signedIn(portal, 'redirect@app.example', { secure: true })
    const session = visitor.cookie(portalHost, '__Host-sekisho') ?? ''
    for (const one of file.cases) {
      const value = here(portal, one.value)
      const wanted = one.expect === 'safe' ? here(portal, one.location_path ?? '') : null
      const query = new URLSearchParams({ return: value }).toString()
      const bySignIn = await visitor.get(`${portal.portalOrigin}/sign-in?${query}`)
      const byForm = await visitor.post(`${portal.portalOrigin}/sign-in`, {
        email: 'redirect@app.example',
        password: 'wrong',
        return: value,
      })
      const byProof = await visitor.post(`${portal.portalOrigin}/language`, { language: 'en', return: value })
      const byStart = await visitor.get(`${portal.appOrigin}/.sekisho/start?${query}`)
      const bySignOut = await createPortalVisitor(secure).post(`${portal.portalOrigin}/sign-out`, { return: value })

      expect(bySignIn.location, one.id).toBe(wanted ?? '/account')
      expect(bySignOut.location, one.id).toBe(wanted ?? '/sign-in?said=signed_out')
      expect(byProof.location, one.id).toBe(wanted?.startsWith('/') === true ? wanted : '/')
      const form = byForm.forms.find(({ action }) => action === '/sign-in')
      const carried = form?.fields.find(([name]) => name === 'return')?.[1]
      expect(carried, one.id).toBe(wanted ?? undefined)
      const started = new URL(new URL(byStart.location ?? '').searchParams.get('return') ?? '')
      expect(started.origin, one.id).toBe(portal.appOrigin)
      visitor.jar.get(portalHost)?.set('__Host-sekisho', session)
    }
  })

  test('a right password with a foreign return leads to the account page', async () => {
    await addPerson(portal, 'lured@app.example')
    const visitor = createPortalVisitor(portal)
    const fields = { email: 'lured@app.example', password: goodPassword, return: 'https://evil.test/' }

    expect((await visitor.post(`${portal.portalOrigin}/sign-in`, fields)).location).toBe('/account')
  })
})
