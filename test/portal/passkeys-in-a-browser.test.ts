import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { browserTest, screenshotEveryWidth } from '../support/browser.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addOrganization, addPerson, goodPassword } from '../support/portal-people.ts'
import { addAuthenticator } from '../support/virtual-authenticator.ts'

// Passkeys as a person meets them: Chromium, its authenticator, the portal's own scripts.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

async function toPassword(page: Page, email: string): Promise<void> {
  await page.goto(`${portal.portalOrigin}/sign-in`)
  await page.fill('#email', email)
  await page.keyboard.press('Enter')
  await page.waitForSelector('#password')
}

async function byPassword(page: Page, email: string): Promise<void> {
  await toPassword(page, email)
  await page.fill('#password', goodPassword)
  await page.keyboard.press('Enter')
}

async function signedIn(page: Page, email: string): Promise<void> {
  await byPassword(page, email)
  await page.waitForURL('**/account')
}

async function create(page: Page): Promise<void> {
  await page.goto(`${portal.portalOrigin}/account/passkeys/add`)
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await page.waitForURL(/said=factor_added/)
}

browserTest('a passkey is created on the account page, and signs in without a password', async ({ openPerson }) => {
  await addPerson(portal, 'browser@example.com')
  const { page, context, problems } = await openPerson()
  const authenticator = await addAuthenticator(page)
  await signedIn(page, 'browser@example.com')
  await page.goto(`${portal.portalOrigin}/account/passkeys/add`)
  await screenshotEveryWidth(page, 'passkey-add')
  await page.fill('#label', 'My laptop')
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await page.waitForURL(/said=factor_added/)
  await page.goto(`${portal.portalOrigin}/account`)
  expect(await page.textContent('main')).toContain('My laptop')
  expect(await authenticator.countCredentials()).toBe(1)
  await context.clearCookies()

  await authenticator.touches(false)
  await page.goto(`${portal.portalOrigin}/sign-in`)
  await screenshotEveryWidth(page, 'sign-in-with-passkey')
  await authenticator.touches(true)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL('**/account')

  expect(problems).toEqual([])
})

browserTest('a passkey is the second factor, and the fresh proof of who is signed in', async ({ openPerson }) => {
  await addPerson(portal, 'second@example.com')
  const { page, context, problems } = await openPerson()
  const authenticator = await addAuthenticator(page)
  await signedIn(page, 'second@example.com')
  await create(page)
  await context.clearCookies()
  // Else the suggestion in the e-mail field is taken at once.
  await authenticator.touches(false)

  await byPassword(page, 'second@example.com')
  const button = page.getByRole('button', { name: 'Use your passkey' })
  await button.waitFor()
  await screenshotEveryWidth(page, 'second-factor-passkey')
  await authenticator.touches(true)
  await button.click()
  await page.waitForURL('**/account')
  portal.clock.leap(11 * 60_000)
  await page.goto(`${portal.portalOrigin}/account/factors/add`)
  await page.getByRole('button', { name: 'Use your passkey' }).waitFor()
  await screenshotEveryWidth(page, 'prove-again-passkey')
  await page.getByRole('button', { name: 'Use your passkey' }).click()
  await page.waitForURL('**/account/factors/add')

  expect(problems).toEqual([])
})

browserTest(
  'a person who does not verify gets no further, and the page says so in Japanese',
  async ({ openPerson }) => {
    await addPerson(portal, 'verify@example.com', { language: 'ja' })
    const { page, context } = await openPerson({ locale: 'ja-JP' })
    const authenticator = await addAuthenticator(page)
    await signedIn(page, 'verify@example.com')
    await page.goto(`${portal.portalOrigin}/account/passkeys/add`)
    await screenshotEveryWidth(page, 'passkey-add-ja')
    await page.getByRole('button', { name: 'パスキーを作成' }).click()
    await page.waitForURL(/said=factor_added/)
    await context.clearCookies()
    await authenticator.verifies(false)

    await byPassword(page, 'verify@example.com')
    const button = page.getByRole('button', { name: 'パスキーで確認' })
    await button.click()
    await page.getByRole('alert').filter({ hasText: 'パスキーは使われませんでした' }).waitFor()
    await screenshotEveryWidth(page, 'passkey-cancelled-ja')
    await authenticator.verifies(true)
    await button.click()

    await page.waitForURL('**/account')
  },
)

browserTest('a passkey that was removed opens nothing, and the page names the other ways', async ({ openPerson }) => {
  await addPerson(portal, 'removed@example.com')
  const { page, context } = await openPerson()
  await addAuthenticator(page)
  await signedIn(page, 'removed@example.com')
  await create(page)
  const account = await accountOf(portal, 'removed@example.com')
  await page.goto(`${portal.portalOrigin}/account/factors/remove?factor=${account.factors[0]?.id ?? ''}`)
  await page.getByRole('button', { name: /remove/i }).click()
  await page.waitForURL('**/account?said=factor_removed')
  await context.clearCookies()

  // The suggestion in the field is taken at once by an authenticator that somebody always touches.
  await page.goto(`${portal.portalOrigin}/sign-in`)
  await page.getByRole('heading', { name: 'That passkey did not work.' }).waitFor()
  await screenshotEveryWidth(page, 'passkey-refused')

  expect(await page.getByRole('link', { name: 'Sign in with your e-mail address' }).count()).toBe(1)
})

browserTest('an organization’s demand for a factor is met by a passkey on the way in', async ({ openPerson }) => {
  const organization = await addOrganization(portal, 'Demand', { secondFactor: { roles: 'all', from: 0 } })
  await addPerson(portal, 'demand@example.com', { organization })
  const { page, problems } = await openPerson()
  await addAuthenticator(page)
  await byPassword(page, 'demand@example.com')
  await page.getByRole('button', { name: 'Set up a passkey instead' }).waitFor()
  await screenshotEveryWidth(page, 'enrol-passkey')

  await page.getByRole('button', { name: 'Set up a passkey instead' }).click()
  await page.waitForURL('**/account**')

  expect((await accountOf(portal, 'demand@example.com')).factors.some(({ kind }) => kind === 'passkey')).toBe(true)
  expect(problems).toEqual([])
})

browserTest('signing in by a mailed code, as it looks', async ({ openPerson }) => {
  const organization = await addOrganization(portal, 'Mail', { emailedCodes: true })
  await addPerson(portal, 'mail@example.com', { organization })
  const { page, problems } = await openPerson()
  await toPassword(page, 'mail@example.com')
  await screenshotEveryWidth(page, 'password-or-mailed-code')

  await page.getByRole('button', { name: 'Mail me a code instead' }).click()
  await page.waitForSelector('#code')
  await screenshotEveryWidth(page, 'sign-in-code')
  await portal.deliver()
  const mail = portal.mailbox
    .list()
    .find(({ to, subject }) => to === 'mail@example.com' && /sign-in code/.test(subject))
  await page.fill('#code', /^\d{6}/.exec(mail?.subject ?? '')?.[0] ?? '')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/account')

  expect(problems).toEqual([])
})
