import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { byTest } from '../support/gateway.ts'
import type { PortalVisitor } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { makeProvider } from '../support/saml-messages.ts'
import { signInLocally } from '../support/sso-people.ts'

// What an administrator decides about metadata that waits is about what the page has shown, and nothing else.

let world: SamlGateway
let boss: PortalVisitor
const staged = makeProvider('https://idp.corp.test/metadata')
beforeAll(async () => {
  world = await startSamlGateway()
  await world.corp.setRules(rules => ({ ...rules, sso: { required: false, breakGlassEmails: [] } }))
  await world.gateway.addPerson({ email: 'boss@corp.test', organization: 'corp', roles: ['administrator'] })
  await world.gateway.addPerson({ email: 'clerk@corp.test', organization: 'corp', roles: ['user_administrator'] })
  boss = await signInLocally(world, 'boss@corp.test')
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => stage('first'))

const standing = async () => {
  const provider = await rooms(world.gateway).store.providers.find(world.corp.id)
  if (provider === null) throw new Error('no provider')
  return provider
}
async function stage(digest: string): Promise<void> {
  const provider = await standing()
  const metadata = { ...provider.metadata, certificates: [staged.certificate], digest }
  const about = { accountId: null, organizationId: world.corp.id, address: null, receipt: null, facts: {} }
  const row = { event: 'provider_staged', at: world.clock.now(), actor: byTest.actor, ...about } as const
  await rooms(world.gateway).store.providers.put({ ...provider, staged: metadata, version: provider.version + 1 }, row)
}
const waiting = async () => (await standing()).staged?.digest ?? null
const post = (visitor: PortalVisitor, act: string, fields: Record<string, string>) =>
  visitor.post(`${world.gateway.portalOrigin}/admin/sso/${act}`, fields)

test.each(['promote', 'drop'])(
  '%s of what waits no longer changes nothing, and says that something else waits',
  async act => {
    const shown = await boss.get(`${world.gateway.portalOrigin}/admin/sso`)
    await stage('second')

    const reply = await boss.submit(shown, {}, { action: `/admin/sso/${act}` })

    expect([reply.status, await waiting()]).toEqual([409, 'second'])
    expect(reply.body).toContain('Something else waits by now')
    // The page that says so shows what waits by now.
    expect((await boss.submit(reply, {}, { action: `/admin/sso/${act}` })).status).toBe(200)
  },
)

test.each(['promote', 'drop'])('%s without saying of what changes nothing', async act => {
  for (const fields of [{}, { digest: '' }]) expect((await post(boss, act, fields)).status).toBe(409)
  expect(await waiting()).toBe('first')
})

test('who administers people alone decides neither', async () => {
  const clerk = await signInLocally(world, 'clerk@corp.test')
  for (const act of ['promote', 'drop']) expect((await post(clerk, act, { digest: 'first' })).status).toBe(403)
  expect(await waiting()).toBe('first')
})

test('what was done is what is said', async () => {
  const dropped = await post(boss, 'drop', { digest: 'first' })
  expect([dropped.status, await waiting()]).toEqual([200, null])
  await stage('again')
  const promoted = await post(boss, 'promote', { digest: 'again' })
  expect([promoted.status, await waiting(), (await standing()).metadata.digest]).toEqual([200, null, 'again'])
  const [said, other] = [dropped, promoted].map(({ body }) => /role="status">([^<]+)</.exec(body)?.[1])
  expect([said, other]).toEqual(['It is dropped, and not accepted any more.', 'It speaks from now on.'])
  expect((await post(boss, 'drop', { digest: 'again' })).body).toContain('No other metadata waits any more.')
})
