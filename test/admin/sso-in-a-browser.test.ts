import { afterAll, beforeAll, expect, vi } from 'vitest'
import { browserTest, type Person, pictureEveryWidth } from '../support/browser.ts'
import { lacksOf } from '../support/page-checks.ts'
import type { PortalVisitor } from '../support/portal-visitor.ts'
import { type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { enrolApp, signInLocally } from '../support/sso-people.ts'

// The console's page about single sign-on, in each of its states, as an administrator sees it.

vi.setConfig({ testTimeout: 120_000 })

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway()
  await world.corp.setRules(rules => ({ ...rules, sso: { required: false, breakGlassEmails: [] } }))
  await world.gateway.addPerson({ email: 'boss@corp.test', organization: 'corp', roles: ['administrator'] })
  await world.gateway.addPerson({ email: 'glass@corp.test', organization: 'corp', roles: ['administrator'] })
  await enrolApp(world, 'glass@corp.test')
})
afterAll(() => world[Symbol.asyncDispose]())

/** The window gets what the visitor has signed in with. */
async function lookAs(visitor: PortalVisitor, person: Person, name: string): Promise<string> {
  const { hostname, origin } = new URL(world.gateway.portalOrigin)
  const cookies = [...(visitor.jar.get(hostname) ?? [])].map(([cookie, value]) => ({
    ...{ name: cookie, value, url: origin, httpOnly: true, sameSite: 'Lax' as const },
  }))
  await person.context.addCookies(cookies)
  await person.page.goto(`${origin}/admin/sso`)
  await pictureEveryWidth(person.page, name)
  expect(await lacksOf(person.page)).toEqual([])
  expect(person.problems).toEqual([])
  return person.page.locator('main').innerText()
}

browserTest(
  'an administrator sees what speaks, confirms by one button, and sees that it lasts',
  async ({ openPerson }) => {
    const [english, japanese] = [await openPerson(), await openPerson({ locale: 'ja-JP' })]
    const local = await signInLocally(world, 'boss@corp.test')
    expect(await lookAs(local, english, 'console-sso-off')).toContain('How the people of')

    await world.gateway.cli('sso', 'on', 'corp', '--break-glass', 'glass@corp.test', '--minutes', '30')
    const boss = world.visitor()
    await world.corp.signIn(boss, 'boss@corp.test')
    expect(await lookAs(boss, english, 'console-sso-waiting')).toContain('30')
    await lookAs(boss, japanese, 'console-sso-waiting-ja')

    await english.page.locator('main button').click()
    await english.page.waitForLoadState()
    await pictureEveryWidth(english.page, 'console-sso-confirmed')
    expect(await lacksOf(english.page)).toEqual([])
    expect(await english.page.locator('main button').count()).toBe(0)
  },
)
