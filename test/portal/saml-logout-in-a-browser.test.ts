import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect } from 'vitest'
import { logoutResponse } from '../../src/sso/messages.ts'
import { browserTest, type OpenPerson, screenshotEveryWidth } from '../support/browser.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { rooms, type SamlGateway, type SamlHouse } from '../support/saml-gateway.ts'
import { type Guest, guestOf, logoutForm, sloOf, startLogoutGateway } from '../support/saml-slo.ts'

// Single logout as a browser does it, with its rules for cookies, forms and redirects. The provider is another site: 127.0.0.1.

let saml: SamlGateway
let corp: SamlHouse
let provider: Server
let providerOrigin = ''
/** What the provider's pages do. */
let serve: (path: string, body: string) => Promise<{ location: string } | { html: string }>
let people = 0

beforeAll(async () => {
  saml = await startLogoutGateway()
  corp = saml.corp
  provider = createServer((request, response) => {
    answerPage(request, response).catch((cause: unknown) => response.destroy(new Error('no page', { cause })))
  })
  providerOrigin = `http://127.0.0.1:${await listenOnLoopback(provider)}`
})
afterAll(async () => {
  provider.closeAllConnections()
  provider.close()
  await saml[Symbol.asyncDispose]()
})

async function answerPage(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const answer = await serve(request.url ?? '', body)
  if ('location' in answer) response.writeHead(303, { Location: answer.location }).end()
  else response.writeHead(200, { 'Content-Type': 'text/html' }).end(answer.html)
}

async function open(openPerson: OpenPerson, binding: 'redirect' | 'post', locale: 'en-US' | 'ja-JP' = 'en-US') {
  await corp.setProvider({
    metadata: { logout: [{ binding, location: `${providerOrigin}/slo`, responseLocation: null }] },
  })
  const guest = await guestOf(saml, corp, `person${++people}@corp.test`, `_s${people}`)
  guest.connections.close()
  const person = await openPerson({ locale })
  const value = guest.visitor.cookie('auth.localhost', 'sekisho') ?? ''
  await person.context.addCookies([{ name: 'sekisho', value, url: saml.gateway.portalOrigin, sameSite: 'Lax' }])
  return { guest, person, page: person.page }
}

/** The provider has ended its session and says so, by redirect. */
async function answerTo(request: string): Promise<string> {
  const key = { privateKeyPem: corp.idp.privatePem, certificate: corp.idp.certificate }
  const message = await logoutResponse({
    ...{ id: `_done${people}`, issuer: corp.idp.entityId, destination: sloOf(corp), relayState: null },
    ...{ inResponseTo: / ID="([^"]+)"/.exec(request)?.[1] ?? '', key, now: saml.clock.now(), binding: 'redirect' },
  })
  return message.kind === 'redirect' ? message.url : ''
}

async function expectOut(guest: Guest) {
  expect(await guest.isSignedIn()).toBe(false)
  expect(await rooms(saml.gateway).people.sessionBook.listOf(guest.account.id)).toEqual([])
}

/** Takes our form, and leads back with the answer. */
const answersPosts: typeof serve = async (_, body) => {
  const message = new URLSearchParams(body).get('SAMLRequest') ?? ''
  return { location: await answerTo(Buffer.from(message, 'base64').toString()) }
}

for (const [locale, heading, proceed, said] of [
  ['en-US', 'You are signed out here', 'Continue', 'You are signed out'],
  ['ja-JP', 'ここからログアウトしました', '進む', 'ログアウトしました'],
] as const)
  browserTest(
    `a sign-out leads to the provider and back without a script (${locale})`,
    async ({ openPerson }) => {
      const { guest, page } = await open(openPerson, 'post', locale)
      serve = answersPosts
      await page.route('**/assets/saml-post*', route => route.abort())
      await page.goto(`${saml.gateway.portalOrigin}/sign-out`)

      await page.click('form[action="/sign-out"] button')
      await page.waitForSelector(`h1:text-is("${heading}")`)
      await expectOut(guest)
      await screenshotEveryWidth(page, `saml-leaving-${locale}`)
      await page.click(`button:text-is("${proceed}")`)
      await page.waitForURL('**/sign-in?said=signed_out')

      expect(await page.textContent('main')).toContain(said)
    },
    90_000,
  )

browserTest(
  'a sign-out goes to the provider by a form that posts itself',
  async ({ openPerson }) => {
    const { guest, person, page } = await open(openPerson, 'post')
    serve = answersPosts
    await page.goto(`${saml.gateway.portalOrigin}/sign-out`)

    await page.click('form[action="/sign-out"] button')
    await page.waitForURL('**/sign-in?said=signed_out')

    await expectOut(guest)
    expect(person.problems).toEqual([])
  },
  90_000,
)

browserTest(
  'a sign-out goes to the provider by redirect, past what browsers hold against forms',
  async ({ openPerson }) => {
    const { guest, person, page } = await open(openPerson, 'redirect')
    serve = async path => ({ html: `<h1>provider</h1><p>${path.split('=', 1)[0] ?? ''}</p>` })
    await page.goto(`${saml.gateway.portalOrigin}/sign-out`)

    await page.click('form[action="/sign-out"] button')
    await page.waitForSelector('h1:text-is("provider")')

    expect(await page.textContent('p')).toBe('/slo?SAMLRequest')
    await expectOut(guest)
    expect(person.problems).toEqual([])
  },
  90_000,
)

browserTest(
  'a form that the provider posts from its own site ends the session, without a cookie of ours',
  async ({ openPerson }) => {
    const { guest, person, page } = await open(openPerson, 'redirect')
    const form = logoutForm(saml, corp, { nameId: guest.account.email, sessionIndexes: [] })
    const fields = Object.entries(form).map(([name, value]) => `<input name="${name}" value="${value}">`)
    serve = async path => ({
      html: path.startsWith('/slo?SAMLResponse=')
        ? '<h1>signed out everywhere</h1>'
        : `<form method="post" action="${sloOf(corp)}">${fields.join('')}<button>out</button></form>`,
    })
    await page.goto(`${providerOrigin}/`)

    await page.click('button')
    await page.waitForSelector('h1:text-is("signed out everywhere")')

    await expectOut(guest)
    expect(person.problems).toEqual([])
  },
  90_000,
)

for (const locale of ['en-US', 'ja-JP'] as const)
  browserTest(
    `what is shown when a message is worth nothing (${locale})`,
    async ({ openPerson }) => {
      const { page } = await openPerson({ locale })
      await page.goto(`${sloOf(corp)}?SAMLRequest=x`)
      await screenshotEveryWidth(page, `saml-logout-refused-${locale}`)
      await page.goto(`${sloOf(corp)}?SAMLResponse=x`)
      await screenshotEveryWidth(page, `saml-signed-out-here-${locale}`)
      expect(page.url()).toContain('said=signed_out_here')
    },
    90_000,
  )
