import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { browserTest, type Person, pictureEveryWidth } from '../support/browser.ts'
import { startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { startLiveUpstream } from '../support/live-upstream.ts'
import { lacksOf } from '../support/page-checks.ts'
import { addAuthenticator } from '../support/second-factor.ts'

// Every page, in both languages, at desktop, phone and 320 px width: nothing sticks out, the language is right, no script and no policy
// complains. With SEKISHO_SCREENSHOTS=1 the pictures go to docs/images.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [
    { name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' },
    {
      name: 'office',
      hosts: ['localhost'],
      prefix: '/office',
      upstream: 'app',
      access: 'signed-in',
      roles: ['administrator'],
    },
    { name: 'vault', hosts: ['localhost'], prefix: '/vault', upstream: 'app', access: 'signed-in', secondFactor: true },
  ],
}
const sakura: ConfigurationInput = { kind: 'organization', slug: 'sakura', name: 'さくら商事' }

const pagesTest = browserTest.extend('gateway', async ({ onTestFinished }): Promise<TestGateway> => {
  const upstream = await startLiveUpstream()
  const gateway = await startGateway({
    upstream: upstream.origin,
    policies: { routes, sakura },
    gateway: { pages: { support: 'help@example.com' } },
  })
  onTestFinished(async () => {
    await gateway[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })
  return gateway
})

interface Tour {
  readonly gateway: TestGateway
  readonly page: Page
  readonly language: 'en' | 'ja'
  look(name: string): Promise<void>
}

for (const [language, locale] of [
  ['en', 'en-US'],
  ['ja', 'ja-JP'],
] as const)
  pagesTest(`every page reads well in ${language}`, { timeout: 240_000 }, async ({ openPerson, gateway }) => {
    const person = await openPerson({ name: language, locale })
    const { page } = person
    const email = `${language}@sakura.example`
    const name = language === 'ja' ? '佐藤 結衣' : 'Alice Duarte'
    const account = await gateway.addPerson({ email, name, organization: 'sakura', language })
    const tour: Tour = {
      gateway,
      page,
      language,
      async look(pageName) {
        expect(await page.locator('html').getAttribute('lang'), pageName).toBe(language)
        expect(await lacksOf(page), pageName).toEqual([])
        await pictureEveryWidth(page, `${pageName}-${language}`)
      },
    }

    await signInPages(tour, email)
    await refusals(tour)
    await accountPages(tour)
    const authenticator = await addAuthenticator(gateway.running.gateway.rooms, account, 'phone')
    await withSecondFactor(tour, email, () => authenticator.code())
    await resetPages(tour, email)

    expect(seriousProblems(person)).toEqual([])
  })

async function signInPages({ gateway, page, look }: Tour, email: string): Promise<void> {
  await page.goto(`${gateway.portalOrigin}/org/sakura`)
  await look('organization')
  await page.goto(`${gateway.appOrigin}/.sekisho/join?code=x&again=1`)
  await look('join-failed')
  await page.goto(`${gateway.appOrigin}/`)
  await look('sign-in')
  await page.locator('input[name=email]').fill('nobody')
  await send(page)
  await look('sign-in-unreadable')
  await page.locator('input[name=email]').fill(email)
  await send(page)
  await look('password')
  await page.locator('input[name=password]').fill('wrong')
  await send(page)
  await look('sign-in-wrong')
  await page.locator('input[name=password]').fill(testPassword)
  await send(page)
  await page.waitForURL(`${gateway.appOrigin}/`)
}

/** The bare pages of an application's host, and the portal's own. */
async function refusals({ gateway, page, look }: Tour): Promise<void> {
  await page.goto(`${gateway.appOrigin}/office`)
  await look('refused')
  await page.goto(`${gateway.portalOrigin}/nowhere`)
  await look('not-found')
  await page.goto(`${gateway.appOrigin}/.sekisho/sign-out`)
  await look('sign-out-app')
}

async function accountPages({ gateway, page, look }: Tour): Promise<void> {
  await page.goto(`${gateway.portalOrigin}/account`)
  await look('account')
  await page.goto(`${gateway.portalOrigin}/account/password`)
  await look('account-password')
  await page.locator('input[type=password]').first().fill('wrong')
  for (const field of (await page.locator('input[type=password]').all()).slice(1)) await field.fill('short')
  await send(page)
  await look('account-password-refused')
  await page.goto(`${gateway.portalOrigin}/account/factors/add`)
  await look('factor-add')
  await page.goto(`${gateway.portalOrigin}/account`)
  const rename = page.locator('a[href*="/account/devices/rename"], form[action*="/account/devices/rename"] button')
  await Promise.all([page.waitForEvent('load'), rename.first().click()])
  await look('device-rename')
  await page.goto(`${gateway.appOrigin}/vault`)
  await page.waitForURL(url => url.href.startsWith(gateway.portalOrigin))
  await look('factor-demanded')
  await page.goto(`${gateway.portalOrigin}/sign-out`)
  await look('sign-out')
  await page.locator('main form button').first().click()
  await page.waitForURL(url => url.pathname === '/sign-in')
  await look('signed-out')
}

async function withSecondFactor(
  { gateway, page, look }: Tour,
  email: string,
  code: () => Promise<string>,
): Promise<void> {
  await page.goto(`${gateway.appOrigin}/`)
  await page.locator('input[name=email]').fill(email)
  await send(page)
  await page.locator('input[name=password]').fill(testPassword)
  await send(page)
  await look('second-factor')
  await page.locator('input[name=code]').fill('000000')
  await send(page)
  await look('second-factor-wrong')
  await page.locator('input[name=code]').fill(await code())
  await send(page)
  await page.waitForURL(`${gateway.appOrigin}/`)
  await page.goto(`${gateway.portalOrigin}/account`)
  await look('account-second-factor')
  await page.goto(`${gateway.portalOrigin}/prove-again?step=prove_again&return=/account`)
  await look('prove-again')
}

async function resetPages({ gateway, page, look }: Tour, email: string): Promise<void> {
  const required = await gateway.cli('users', 'require-reset', email, '--reason', 'password seen elsewhere')
  expect(required.code, required.err).toBe(0)
  await page.goto(`${gateway.appOrigin}/`)
  await look('reset-required')
  await page.context().clearCookies()
  await page.goto(`${gateway.portalOrigin}/reset`)
  await look('reset')
  await page.locator('input[name=email]').fill(email)
  await send(page)
  await look('reset-sent')
  await expect.poll(() => ticket(gateway, email), { timeout: 20_000 }).not.toBe('')
  await page.goto(`${gateway.portalOrigin}/mailbox`)
  await look('mailbox')
  await page.locator('main a[href^="/mailbox/"]').first().click()
  await page.waitForURL(/\/mailbox\/\d+/)
  await look('mail')
  await page.goto(ticket(gateway, email))
  await look('reset-choose')
  for (const field of await page.locator('input[type=password]').all()) await field.fill('short')
  await send(page)
  await look('reset-choose-refused')
  for (const field of await page.locator('input[type=password]').all()) await field.fill('harbour-thicket-lantern-mole')
  await send(page)
  await page.locator('input[name=email]').waitFor()
  await look('reset-done')
  await page.goto(ticket(gateway, email))
  await look('reset-gone')
}

/** Enter submits, and the page that comes is there. */
async function send(page: Page): Promise<void> {
  const [answer] = await Promise.all([
    page.waitForResponse(response => response.request().isNavigationRequest()),
    page.keyboard.press('Enter'),
  ])
  await answer.finished()
  await page.waitForLoadState()
}

function ticket({ running, portalOrigin }: TestGateway, email: string): string {
  const mails = running.gateway.mailbox?.list() ?? []
  const text = mails.find(mail => mail.to === email && mail.text.includes('/reset/'))?.text ?? ''
  return new RegExp(`${portalOrigin}/reset/[\\w-]+`).exec(text)?.[0] ?? ''
}

/** A browser logs the status of a refused page as an error; scripts and policies must have none. */
function seriousProblems({ problems }: Person): readonly string[] {
  return problems.filter(problem => !/status of 4\d\d/.test(problem))
}
