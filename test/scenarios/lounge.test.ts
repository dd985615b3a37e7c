import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { browserTest, type Person, screenshotEveryWidth } from '../support/browser.ts'
import { startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { startIrcServer } from '../support/irc-server.ts'
import {
  cachedByServiceWorker,
  fetchFromPage,
  joinLobby,
  say,
  serviceWorkerOf,
  untilDisconnected,
  uploadFile,
  waitForLink,
  waitForMessage,
} from '../support/lounge-person.ts'
import { type Authenticator, addAuthenticator } from '../support/second-factor.ts'
import { startTheLounge } from '../support/the-lounge.ts'

// A real chat that nobody here wrote, behind the whole gateway, in a real browser.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'chat', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in', websocket: true }],
}
const minato: ConfigurationInput = { kind: 'organization', slug: 'minato', name: 'Minato Shipping' }
const sakura: ConfigurationInput = {
  kind: 'organization',
  slug: 'sakura',
  name: 'さくら商事',
  networks: [{ network: '127.0.0.0/8', comment: 'the office' }],
}

const loungeTest = browserTest.extend('gateway', async ({ onTestFinished }): Promise<TestGateway> => {
  const irc = await startIrcServer()
  const lounge = await startTheLounge({ irc })
  const gateway = await startGateway({
    upstream: lounge.url,
    policies: { routes, minato, sakura },
    gateway: { trustedProxies: { networks: ['127.0.0.1'] }, pages: { support: 'your administrator' } },
  })
  onTestFinished(async () => {
    await gateway[Symbol.asyncDispose]()
    await lounge.close()
    await irc.close()
  })
  return gateway
})

interface Names {
  readonly email: string
  readonly name: string
  readonly organization: string
  readonly language: 'en' | 'ja'
}

const alice: Names = { email: 'alice@minato.example', name: 'Alice Duarte', organization: 'minato', language: 'en' }
const yui: Names = { email: 'yui@sakura.example', name: '佐藤 結衣', organization: 'sakura', language: 'ja' }

loungeTest(
  'people chat behind the gateway; a forced reset cuts one of them, and the mailed reset lets her back in',
  {
    timeout: 180_000,
  },
  async ({ openPerson, gateway }) => {
    const { rooms } = gateway.running.gateway
    const aliceAccount = await gateway.addPerson(alice)
    const phone = await addAuthenticator(rooms, aliceAccount, 'phone')
    const tablet = await addAuthenticator(rooms, aliceAccount, 'tablet')
    const yuisPhone = await addAuthenticator(rooms, await gateway.addPerson(yui), 'phone')
    const first = await openPerson({ name: 'alice' })
    const second = await openPerson({ name: 'yui', locale: 'ja-JP' })

    // Both are led to the portal, sign in with password and code (one in Japanese), and are back in the chat.
    await signIn(first.page, gateway, alice, phone, 'en')
    await signIn(second.page, gateway, yui, yuisPhone, 'ja')
    expect(new URL(first.page.url()).origin).toBe(gateway.appOrigin)
    await joinLobby(first.page, 'alice')
    await joinLobby(second.page, 'yui')

    // Messages over socket.io, and a file.
    await say(first.page, 'good morning')
    await waitForMessage(second.page, 'good morning')
    await say(second.page, 'おはようございます')
    await waitForMessage(first.page, 'おはようございます')
    const link = await uploadFile(first.page, 'minutes.txt', Buffer.from('decided: nothing\n'))
    expect(await waitForLink(second.page, 'minutes.txt')).toBe(link)
    expect(await fetchFromPage(second.page, link)).toEqual({ status: 200, text: 'decided: nothing\n' })
    await serviceWorkerOf(first.page)

    // An operator requires a reset: the live chat is cut in front of her eyes, and nothing of hers gets through.
    const required = await gateway.cli('users', 'require-reset', alice.email, '--reason', 'password seen elsewhere')
    expect(required.code, required.err).toBe(0)
    await untilDisconnected(first.page)
    await say(second.page, 'anybody there?')
    await first.page.goto(`${gateway.appOrigin}/`)
    await first.page.waitForURL(url => url.origin === gateway.portalOrigin)
    await first.page.locator('h1').waitFor()
    await screenshotEveryWidth(first.page, 'reset-required')

    // The old password opens nothing.
    await first.context.clearCookies()
    await tryPassword(first.page, gateway, alice, testPassword)
    expect(await first.page.locator('input[name=password]').count()).toBe(1)
    await screenshotEveryWidth(first.page, 'sign-in-wrong')

    // The mail is the way out.
    const newPassword = 'harbour-thicket-lantern-mole'
    await chooseNewPassword(first.page, gateway, alice, newPassword)
    await signIn(first.page, gateway, alice, tablet, 'en', newPassword)
    await joinLobby(first.page, 'alice2')
    await say(first.page, 'back again')
    await waitForMessage(second.page, 'back again')

    await expectNoPortalPageCached([first, second], gateway)
    expect(second.problems).toEqual([])
  },
)

loungeTest(
  'somebody outside the networks of the organization is refused with a receipt that explains itself',
  {
    timeout: 120_000,
  },
  async ({ openPerson, gateway }) => {
    const { rooms } = gateway.running.gateway
    const authenticator = await addAuthenticator(rooms, await gateway.addPerson(yui), 'phone')
    const { page, context } = await openPerson({ name: 'yui', locale: 'ja-JP' })
    await context.setExtraHTTPHeaders({ 'X-Forwarded-For': '198.51.100.7' })

    await givePassword(page, gateway, yui, testPassword)
    await page.locator('input[name=code]').fill(await authenticator.code())
    await page.keyboard.press('Enter')
    const shown = page.locator('main', { hasText: /[0-9a-f]{8}-[0-9a-z]+/ })
    await shown.waitFor()
    const receipt = /[0-9a-f]{8}-[0-9a-z]+/.exec(await shown.innerText())?.[0] ?? ''
    await screenshotEveryWidth(page, 'refused-network-ja')

    const why = await gateway.cli('explain', receipt)
    expect(why.out, why.err).toContain('deny outside_organization_networks')
    expect(why.out).toContain('127.0.0.0/8')
  },
)

async function givePassword(page: Page, gateway: TestGateway, { email }: Names, password: string): Promise<void> {
  await page.goto(`${gateway.appOrigin}/`)
  await page.locator('input[name=email]').fill(email)
  await page.keyboard.press('Enter')
  await page.locator('input[name=password]').fill(password)
  await page.keyboard.press('Enter')
}

async function tryPassword(page: Page, gateway: TestGateway, names: Names, password: string): Promise<void> {
  await givePassword(page, gateway, names, password)
  await page.locator('[role=alert]').first().waitFor()
}

async function signIn(
  page: Page,
  gateway: TestGateway,
  names: Names,
  authenticator: Authenticator,
  language: 'en' | 'ja',
  password = testPassword,
): Promise<void> {
  await page.goto(`${gateway.appOrigin}/`)
  expect(await page.locator('html').getAttribute('lang')).toBe(language)
  await screenshotEveryWidth(page, `sign-in-${language}`)
  await page.locator('input[name=email]').fill(names.email)
  await page.keyboard.press('Enter')
  await page.locator('input[name=password]').fill(password)
  await screenshotEveryWidth(page, `password-${language}`)
  await page.keyboard.press('Enter')
  await page.locator('input[name=code]').waitFor()
  await screenshotEveryWidth(page, `second-factor-${language}`)
  await page.locator('input[name=code]').fill(await authenticator.code())
  await page.keyboard.press('Enter')
  await page.locator('#connect').waitFor()
}

async function chooseNewPassword(page: Page, gateway: TestGateway, { email }: Names, password: string): Promise<void> {
  await expect.poll(() => ticketUrl(gateway, email), { timeout: 20_000 }).not.toBe('')
  await page.goto(`${gateway.portalOrigin}/mailbox`)
  await screenshotEveryWidth(page, 'mailbox')
  await page.goto(ticketUrl(gateway, email))
  expect(page.url(), 'the ticket leaves the address at once').not.toMatch(/[A-Za-z0-9_-]{20,}/)
  await screenshotEveryWidth(page, 'reset-choose')
  for (const field of await page.locator('input[type=password]').all()) await field.fill(password)
  await page.keyboard.press('Enter')
  await page.locator('input[name=email]').waitFor()
}

function ticketUrl({ running, portalOrigin }: TestGateway, email: string): string {
  const mails = running.gateway.mailbox?.list() ?? []
  const text = mails.find(mail => mail.to === email && mail.text.includes('/reset/'))?.text ?? ''
  return new RegExp(`${portalOrigin}/reset/[\\w-]+`).exec(text)?.[0] ?? ''
}

/** The chat's service worker keeps what passes it: no page of the portal may ever be among it. */
async function expectNoPortalPageCached(people: readonly Person[], { appOrigin }: TestGateway): Promise<void> {
  for (const { page } of people) {
    const cached = await cachedByServiceWorker(page)
    expect(cached.filter(url => new URL(url).origin !== appOrigin || url.includes('/.sekisho/'))).toEqual([])
    const start = await page.evaluate<string>(`caches.match('/').then(hit => hit === undefined ? '' : hit.text())`)
    expect(start === '' || start.includes('The Lounge')).toBe(true)
  }
}
