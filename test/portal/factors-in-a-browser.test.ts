import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { browserTest } from '../support/browser.ts'
import { addPhone, makeBackupCodes, newestText, otherNumber } from '../support/phone-people.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addApp, addPerson, goodPassword } from '../support/portal-people.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const pictures = join(tmpdir(), 'sekisho-factor-pages')

for (const locale of ['en-US', 'ja-JP'] as const)
  browserTest(`phones and backup codes by hand, ${locale}`, { timeout: 120_000 }, async ({ openPerson }) => {
    mkdirSync(pictures, { recursive: true })
    const email = `browser@${locale.slice(0, 2)}.example`
    await addPerson(portal, email, { language: locale === 'ja-JP' ? 'ja' : 'en' })
    const app = await addApp(portal, email)
    await addPhone(portal, email)
    await addPhone(portal, email, { spare: true, to: otherNumber })
    await makeBackupCodes(portal, email)
    const { page, problems } = await openPerson({ locale })
    const look = async (name: string) => {
      for (const [size, width, height] of [
        ['desktop', 1280, 900],
        ['phone', 390, 844],
      ] as const) {
        await page.setViewportSize({ width, height })
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${name} ${size}`).toBe(true)
        await page.screenshot({ path: join(pictures, `${name}-${locale.slice(0, 2)}-${size}.png`), fullPage: true })
      }
    }
    const press = (selector: string) => page.locator(selector).first().click()

    await page.goto(`${portal.portalOrigin}/sign-in`)
    await page.fill('#email', email)
    await press('main button')
    await page.fill('#password', goodPassword)
    await press('main button:not([data-shows])')
    await look('code')
    await page.goto(`${portal.portalOrigin}/second-factor/help`)
    await look('help')
    await page.goto(`${portal.portalOrigin}/second-factor`)
    await page.fill('#code', await app.code())
    await press('main form button')
    await page.waitForURL('**/account')
    await look('account')
    await page.goto(`${portal.portalOrigin}/account/phones/add`)
    await look('phone-add')
    await page.fill('#number', '070-1111-2222')
    await press('main form button')
    await look('phone-confirm')
    await page.fill('#code', await newestText(portal, '+817011112222'))
    await press('main form button')
    await page.waitForURL('**/account**')
    await page.goto(`${portal.portalOrigin}/account/backup-codes`)
    await look('backup')
    await press('main form button')
    expect(await page.locator('ol.codes li').count()).toBe(10)
    await look('backup-made')
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('button[data-prints]').isVisible()).toBe(false)
    await page.screenshot({ path: join(pictures, `backup-print-${locale.slice(0, 2)}.png`) })
    await page.emulateMedia({ media: null })
    portal.clock.leap(11 * 60_000)
    await page.goto(`${portal.portalOrigin}/account/phones/add?spare=1`)
    await page.locator('summary').click()
    await look('prove-again')

    expect(problems).toEqual([])
  })
