import { afterAll, beforeAll, expect, vi } from 'vitest'
import { browserTest, type Person, pictureEveryWidth } from '../support/browser.ts'
import { byTest } from '../support/gateway.ts'
import { lacksOf } from '../support/page-checks.ts'
import type { App } from '../support/portal-people.ts'
import type { PortalVisitor } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { makeProvider } from '../support/saml-messages.ts'
import { enrolApp, signInLocally } from '../support/sso-people.ts'

// The console's page about single sign-on, in each of its states, as an administrator sees it.

vi.setConfig({ testTimeout: 120_000 })

let world: SamlGateway
let glassApp: App
beforeAll(async () => {
  world = await startSamlGateway()
  await world.corp.setRules(rules => ({ ...rules, sso: { required: false, breakGlassEmails: [] } }))
  await world.gateway.addPerson({ email: 'boss@corp.test', organization: 'corp', roles: ['administrator'] })
  await world.gateway.addPerson({ email: 'glass@corp.test', organization: 'corp', roles: ['administrator'] })
  glassApp = await enrolApp(world, 'glass@corp.test')
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
  'an administrator sees other metadata that waits, drops it, or lets it speak from an emergency account alone',
  async ({ openPerson }) => {
    const [english, japanese] = [await openPerson(), await openPerson({ locale: 'ja-JP' })]
    const { store } = rooms(world.gateway)
    const staged = makeProvider(world.corp.idp.entityId)
    const stage = async () => {
      const provider = await store.providers.find(world.corp.id)
      if (provider === null) throw new Error('no provider')
      const metadata = { ...provider.metadata, certificates: [staged.certificate], digest: 'a3f1c0ffee' }
      const about = { accountId: null, organizationId: world.corp.id, address: null, receipt: null, facts: {} }
      const row = { event: 'provider_staged', at: world.clock.now(), actor: byTest.actor, ...about } as const
      await store.providers.put({ ...provider, staged: metadata, version: provider.version + 1 }, row)
    }
    const waiting = async () => (await store.providers.find(world.corp.id))?.staged ?? null
    await stage()
    const local = await signInLocally(world, 'boss@corp.test')
    const origin = world.gateway.portalOrigin
    expect(await lookAs(local, english, 'console-sso-staged')).toContain('a3f1c0ffee')
    await lookAs(local, japanese, 'console-sso-staged-ja')

    // What was looked at is not what waits by now.
    const post = (visitor: PortalVisitor, act: string, digest: string) =>
      visitor.post(`${origin}/admin/sso/${act}`, { digest })
    for (const act of ['promote', 'drop']) expect((await post(local, act, 'other')).status).toBe(409)
    expect(await waiting()).not.toBeNull()
    await Promise.all([
      english.page.waitForEvent('load'),
      english.page.locator('form[action="/admin/sso/drop"] button').click(),
    ])
    await pictureEveryWidth(english.page, 'console-sso-dropped')
    expect(await lacksOf(english.page)).toEqual([])
    expect(await waiting()).toBeNull()
    expect((await post(local, 'drop', 'a3f1c0ffee')).status).toBe(409)

    // Signatures by what waits are accepted: whoever slipped it in must not make it last by coming through it.
    await stage()
    await world.corp.setRules(rules => ({ ...rules, sso: { required: true, breakGlassEmails: ['glass@corp.test'] } }))
    const through = world.visitor()
    await world.corp.signIn(through, 'boss@corp.test')
    expect((await through.get(`${origin}/admin/sso`)).forms.map(({ action }) => action)).not.toContain(
      '/admin/sso/promote',
    )
    expect((await post(through, 'promote', 'a3f1c0ffee')).status).toBe(409)
    expect((await post(world.visitor(), 'promote', 'a3f1c0ffee')).status).toBe(303)
    expect(await waiting()).not.toBeNull()
    const glass = await signInLocally(world, 'glass@corp.test', glassApp)
    expect((await post(glass, 'promote', 'a3f1c0ffee')).status).toBe(200)
    expect((await store.providers.find(world.corp.id))?.metadata.certificates).toEqual([staged.certificate])
    await world.corp.setProvider({ metadata: { certificates: [world.corp.idp.certificate] } })
    await world.corp.setRules(rules => ({ ...rules, sso: { required: false, breakGlassEmails: [] } }))
  },
)

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

    await Promise.all([english.page.waitForEvent('load'), english.page.locator('main button').click()])
    await pictureEveryWidth(english.page, 'console-sso-confirmed')
    expect(await lacksOf(english.page)).toEqual([])
    expect(await english.page.locator('main button').count()).toBe(0)
  },
)
