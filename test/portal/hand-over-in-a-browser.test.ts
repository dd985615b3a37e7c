import { expect } from 'vitest'
import { browserTest, screenshotEveryWidth } from '../support/browser.ts'
import { operator, startPortal } from '../support/portal-harness.ts'
import { addApp, addOrganization, addPerson, goodPassword } from '../support/portal-people.ts'

const chosen = 'seven slow boats under the bridge'

browserTest.for(['en-US', 'ja-JP'] as const)(
  'an administrator hands a code over, and the person chooses a password with it (%s)',
  { timeout: 120_000 },
  async (locale, { openPerson }) => {
    await using portal = await startPortal()
    const organization = await addOrganization(portal, 'Acme')
    const boss = await addPerson(portal, 'boss@acme.example', { organization, name: 'Ken Mori' })
    await portal.people.setRoles(boss, ['administrator'], operator)
    await addPerson(portal, 'hana@acme.example', { organization })
    const app = await addApp(portal, 'hana@acme.example')
    const suffix = locale === 'ja-JP' ? '-ja' : ''

    const administrator = await openPerson({ name: 'administrator', locale })
    const console = administrator.page
    await console.goto(`${portal.portalOrigin}/admin/hand-over`)
    await console.fill('[name=email]', 'boss@acme.example')
    await console.click('main form button')
    await console.fill('[name=password]', goodPassword)
    await console.click('main form:has([name=password]) button:not([type=button])')
    await console.fill('[name=email]', 'boss@acme.example')
    await console.click('main form button')
    await screenshotEveryWidth(console, `hand-over-refused${suffix}`)
    await console.fill('[name=email]', 'hana@acme.example')
    await console.fill('[name=reason]', 'Changed the provider; called on the known number')
    await screenshotEveryWidth(console, `hand-over-issue${suffix}`)
    await console.click('main form button')
    const code = (await console.textContent('.secret')) ?? ''
    await screenshotEveryWidth(console, `hand-over-issued${suffix}`)

    const hana = await openPerson({ name: 'hana', locale })
    await hana.page.goto(`${portal.portalOrigin}/reset`)
    await screenshotEveryWidth(hana.page, `reset${suffix}`)
    await hana.page.click('a[href="/reset/hand-over"]')
    await hana.page.fill('[name=email]', 'hana@acme.example')
    await hana.page.fill('[name=code]', 'AAAAA-AAAAA-AAAAA-AAAAA')
    await hana.page.click('main form button')
    await screenshotEveryWidth(hana.page, `hand-over-wrong${suffix}`)
    await hana.page.fill('[name=code]', code.toLowerCase())
    await screenshotEveryWidth(hana.page, `hand-over-show${suffix}`)
    await hana.page.click('main form button')
    await screenshotEveryWidth(hana.page, `hand-over-factor${suffix}`)
    await hana.page.fill('[name=code]', await app.code())
    await hana.page.click('main form button')
    await screenshotEveryWidth(hana.page, `hand-over-choose${suffix}`)
    await hana.page.fill('[name=password]', chosen)
    await hana.page.click('main form:has([name=password]) button:not([type=button])')
    await hana.page.waitForURL('**/sign-in?said=reset')

    // What a page refuses with 403, 410 or 422 the browser tells on its console; nothing else is a problem.
    const real = [...administrator.problems, ...hana.problems].filter(each => !/status of (403|410|422)/.test(each))
    expect(real).toEqual([])
  },
)
