import { afterAll, beforeAll, expect } from 'vitest'
import { browserTest } from '../support/browser.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addApp, addPerson, goodPassword } from '../support/portal-people.ts'

// What only a browser can say: the policy of the pages holds, the small script works, nothing sticks out, the keyboard is enough.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

browserTest(
  'a person signs in with the keyboard alone, and the focus is always where the work is',
  async ({ openPerson }) => {
    await addPerson(portal, 'keys@example.com')
    const app = await addApp(portal, 'keys@example.com')
    const { page, problems } = await openPerson()
    const focused = () => page.evaluate<string>('document.activeElement?.id ?? ""')

    await page.goto(`${portal.appOrigin}/room`)
    expect(await focused()).toBe('email')
    await page.keyboard.type('keys@example.com')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#password')
    expect(await focused()).toBe('password')
    await page.keyboard.type(goodPassword)
    await page.keyboard.press('Enter')
    await page.waitForSelector('#code')
    expect(await focused()).toBe('code')
    await page.keyboard.type(await app.code())
    await page.keyboard.press('Enter')
    await page.waitForURL(`${portal.appOrigin}/room`)

    expect(await page.textContent('body')).toBe('app for keys@example.com at /room')
    expect(problems).toEqual([])
  },
)

browserTest(
  'a wrong password puts the focus on the page’s explanation, in the person’s language',
  async ({ openPerson }) => {
    const { page } = await openPerson({ locale: 'ja-JP' })
    await page.goto(`${portal.portalOrigin}/sign-in`)
    await page.fill('#email', 'nobody@example.com')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#password')
    await page.fill('#password', 'x')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.errors')

    expect(await page.evaluate<string>('document.activeElement?.className')).toBe('errors')
    expect(await page.textContent('.errors h2')).toBe('ログインできませんでした。')
  },
)

browserTest('a password can be shown and hidden again, and is never sent as a text field', async ({ openPerson }) => {
  const { page, problems } = await openPerson()
  await page.goto(`${portal.portalOrigin}/sign-in`)
  await page.fill('#email', 'show@example.com')
  await page.keyboard.press('Enter')
  await page.fill('#password', 'secret')
  const button = page.getByRole('button', { name: 'Show' })

  await button.click()
  expect(await page.getAttribute('#password', 'type')).toBe('text')
  await page.getByRole('button', { name: 'Hide' }).click()

  expect(await page.getAttribute('#password', 'type')).toBe('password')
  expect(problems).toEqual([])
})

browserTest('the choice of a language keeps the way the person was on', async ({ openPerson }) => {
  await addPerson(portal, 'choice@example.com')
  const { page } = await openPerson()
  await page.goto(`${portal.appOrigin}/deep?x=1`)
  await page.getByRole('button', { name: '日本語' }).click()
  await page.waitForSelector('html[lang=ja]')
  await page.fill('#email', 'choice@example.com')
  await page.keyboard.press('Enter')
  await page.fill('#password', goodPassword)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${portal.appOrigin}/deep?x=1`)
})

browserTest('a long address makes no page wider than the narrowest phone', async ({ openPerson }) => {
  const email = 'a.very.long.address.that.does.not.end@department.subsidiary.example.com'
  await addPerson(portal, email)
  const { page, problems } = await openPerson()
  await page.setViewportSize({ width: 320, height: 640 })
  const overflow = () =>
    page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  await page.goto(`${portal.portalOrigin}/sign-in`)
  await page.fill('#email', email)
  await page.keyboard.press('Enter')
  await page.fill('#password', goodPassword)
  expect(await overflow()).toBe(0)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/account')

  expect(await overflow()).toBe(0)
  expect(problems).toEqual([])
})
