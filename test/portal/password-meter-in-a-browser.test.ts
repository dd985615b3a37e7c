import { afterAll, beforeAll, expect } from 'vitest'
import { browserTest, screenshotEveryWidth } from '../support/browser.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addPerson, goodPassword } from '../support/portal-people.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

browserTest(
  'the meter speaks while somebody types, in their language, within the page’s policy',
  async ({ openPerson }) => {
    await addPerson(portal, 'types@example.com', { language: 'ja' })
    const { page, problems } = await openPerson({ locale: 'ja-JP' })
    await page.goto(`${portal.portalOrigin}/sign-in`)
    await page.fill('#email', 'types@example.com')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#password')
    await page.fill('#password', goodPassword)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${portal.portalOrigin}/account`)
    await page.goto(`${portal.portalOrigin}/account/password`)
    expect(await page.isVisible('.strength')).toBe(false)

    await page.fill('#next', 'mondaytuesdaywednesday')
    await page.waitForSelector('.strength:not([hidden])')
    expect(await page.textContent('.strength p')).toContain('推測されやすい')
    await screenshotEveryWidth(page, 'password-meter')

    await page.fill('#next', 'velvet anchor mosaic 4')
    await expect.poll(() => page.evaluate<number>("document.querySelector('.strength meter').value")).toBe(4)
    await page.fill('#next', '')
    await page.waitForSelector('.strength', { state: 'hidden' })
    expect(problems).toEqual([])
  },
)
