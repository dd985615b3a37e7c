import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditOf } from '../../src/people/origin.ts'
import { byTest } from '../support/gateway.ts'
import { addPasskey } from '../support/passkey-flows.ts'
import type { App } from '../support/portal-people.ts'
import { type Asked, rooms, type SamlGateway, type SamlHouse, startSamlGateway } from '../support/saml-gateway.ts'
import { encode, makeProvider, signedResponse, type TestProvider } from '../support/saml-messages.ts'
import { accountOf, enrolApp, signInLocally } from '../support/sso-people.ts'

// Somebody holds the address of a provider's metadata for an hour: a certificate of theirs waits, and is accepted until it is dropped. What they
// do in that hour must not last beyond it.

let world: SamlGateway
let corp: SamlHouse
let app: App
const slipped = () => makeProvider(corp.idp.entityId)
beforeAll(async () => {
  world = await startSamlGateway()
  corp = world.corp
  await corp.setRules(rules => ({ ...rules, sso: { required: false, breakGlassEmails: [] } }))
  await world.gateway.addPerson({ email: 'glass@corp.test', organization: 'corp', roles: ['administrator'] })
  await world.gateway.addPerson({ email: 'boss@corp.test', organization: 'corp', roles: ['administrator'] })
  app = await enrolApp(world, 'glass@corp.test')
  await corp.setRules(rules => ({ ...rules, sso: { required: true, breakGlassEmails: ['glass@corp.test'] } }))
})
afterAll(() => world[Symbol.asyncDispose]())

const row = (event: Parameters<typeof auditOf>[0]) =>
  auditOf(event, { accountId: null, organizationId: corp.id }, byTest, world.clock.now())

async function stage(certificate: string): Promise<void> {
  const { store } = rooms(world.gateway)
  const provider = await store.providers.find(corp.id)
  if (provider === null) throw new Error('no provider')
  const staged = { ...provider.metadata, certificates: [certificate], digest: 'slipped' }
  await store.providers.put({ ...provider, staged, version: provider.version + 1 }, row('provider_staged'))
}

async function drop(): Promise<void> {
  const dropped = await rooms(world.gateway).sso.providers.drop(corp.id, null, byTest)
  if (dropped.kind !== 'changed') throw new Error(dropped.kind)
}

/** What the thief's own machine writes. */
function answerBy(provider: TestProvider, { id }: Pick<Asked, 'id'>, nameId: string): string {
  const sp = { entityId: corp.acs.replace(/acs$/, 'metadata'), acsUrl: corp.acs }
  const ids = { id: `_thief-r${unique}`, assertionId: `_thief-a${unique++}` }
  return encode(signedResponse(provider, { ...ids, now: world.clock.now(), sp, inResponseTo: id, nameId }))
}

let unique = 1

const sessionsOf = async (email: string) => {
  const { id } = await accountOf(world, email)
  return rooms(world.gateway).people.sessionBook.listOf(id)
}

test('whoever comes through the provider as an emergency account adds no way around the provider', async () => {
  const thief = slipped()
  await stage(thief.certificate)
  const visitor = world.visitor()
  const asked = await corp.ask(visitor)
  const message = answerBy(thief, asked, 'glass@corp.test')
  expect((await corp.post(visitor, message, asked.relayState)).status).toBe(303)

  await expect(addPasskey(world.gateway, visitor)).rejects.toThrow()
  const { factors } = await accountOf(world, 'glass@corp.test')
  expect(factors.map(({ kind }) => kind)).toEqual(['totp'])
  await drop()

  // Whoever comes by them may: by password and second factor.
  await addPasskey(world.gateway, await signInLocally(world, 'glass@corp.test', app))
})

/** What falls between the judgement of a message and the session: by another administrator, or by another process. */
async function meanwhile(work: () => Promise<unknown>): Promise<() => void> {
  const { attempts } = rooms(world.gateway).store
  const { start } = attempts
  let isDone = false
  const slow: typeof start = async (...about) => {
    if (!isDone) await work()
    isDone = true
    return start(...about)
  }
  Object.assign(attempts, { start: slow })
  return () => Object.assign(attempts, { start })
}

const lastDetail = async () => (await rooms(world.gateway).store.seenMessages.listOf(corp.id))[0]?.detail

test('nor does a session open by a certificate that is dropped while its message is read', async () => {
  const thief = slipped()
  await stage(thief.certificate)
  const visitor = world.visitor()
  const asked = await corp.ask(visitor)
  const restore = await meanwhile(drop)

  const reply = await corp.post(visitor, answerBy(thief, asked, 'boss@corp.test'), asked.relayState)
  restore()

  expect(reply.status).toBe(403)
  expect(await sessionsOf('boss@corp.test')).toEqual([])
})

test('nor one of a domain that is removed meanwhile', async () => {
  const { emailDomains } = rooms(world.gateway).store
  const at = world.clock.now()
  const claim = {
    domain: 'old.test',
    organizationId: corp.id,
    verifiedAt: at,
    verifiedBy: 'test',
    token: 't',
    addedAt: 0,
  }
  await emailDomains.claim(claim, row('email_domain_claimed'))
  await world.gateway.addPerson({ email: 'late@old.test', organization: 'corp' })
  const visitor = world.visitor()
  const asked = await corp.ask(visitor)
  const restore = await meanwhile(() => emailDomains.remove('old.test', corp.id, row('email_domain_removed')))

  const reply = await corp.post(visitor, corp.answer(asked, { nameId: 'late@old.test' }), asked.relayState)
  restore()

  expect(await lastDetail()).toBe('old.test was removed while the message was read')
  expect(reply.status).toBe(403)
  expect(await sessionsOf('late@old.test')).toEqual([])
})
