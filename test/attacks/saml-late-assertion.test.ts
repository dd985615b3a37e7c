import { afterAll, beforeAll, expect, test } from 'vitest'
import { isoInstant } from '../../src/lib/instant.ts'
import { type Asked, restartInTime, rooms, type SamlGateway, type SamlHouse } from '../support/saml-gateway.ts'
import { logoutForm, postLogout, type Sending, startLogoutGateway } from '../support/saml-slo.ts'

// An assertion that is held back: by a thief who has a copy of it, by a tab that slept. Meanwhile the provider ends the sign-in it speaks of. It is
// genuine, unused and in time, and must open nothing (SAML core 3.7.3.2).

let saml: SamlGateway
let corp: SamlHouse
beforeAll(async () => {
  saml = await startLogoutGateway()
  corp = saml.corp
})
afterAll(() => saml[Symbol.asyncDispose]())

let people = 0
async function somebody() {
  people += 1
  const nameId = `late${people}@corp.test`
  const account = await saml.gateway.addPerson({ email: nameId, organization: 'corp' })
  const visitor = saml.visitor()
  const asked = await corp.ask(visitor)
  const held = (parts: Parameters<SamlHouse['answer']>[1] = {}) =>
    corp.answer(asked, { nameId, sessionIndex: '_held', ...parts })
  const post = (message: string, request: Asked = asked) => corp.post(visitor, message, request.relayState)
  const sessions = () => rooms(saml.gateway).people.sessionBook.listOf(account.id)
  return { nameId, visitor, held, post, sessions }
}

/** The provider's form, as any browser may carry it. */
async function logOut(nameId: string, sending: Sending = {}): Promise<void> {
  const form = logoutForm(saml, corp, { nameId, sessionIndexes: ['_held'], ...sending })
  const reply = await postLogout(saml.visitor(), corp, form)
  if (reply.status !== 303) throw new Error(`the logout was refused: ${reply.status}`)
}

const outcomes = async () =>
  (await rooms(saml.gateway).store.seenMessages.listOf(corp.id)).map(({ purpose, outcome }) => `${purpose} ${outcome}`)

test('an assertion that arrives after the logout of its own sign-in opens nothing, and the cause is told', async () => {
  const { nameId, held, post, sessions } = await somebody()
  const message = held()
  await logOut(nameId)
  saml.clock.advance(60_000)

  expect((await post(message)).status).toBe(403)

  expect(await sessions()).toEqual([])
  expect((await outcomes())[0]).toBe('sign_in logged_out')
})

test('nor after a logout that names no sign-in, and so means all', async () => {
  const { nameId, held, post, sessions } = await somebody()
  const message = held()
  await logOut(nameId, { sessionIndexes: [] })

  expect((await post(message)).status).toBe(403)
  expect(await sessions()).toEqual([])
})

test('nor one that does not say of which sign-in it is', async () => {
  const { nameId, held, post, sessions } = await somebody()
  const message = held({ sessionIndex: null })
  await logOut(nameId)

  expect((await post(message)).status).toBe(403)
  expect(await sessions()).toEqual([])
})

test('nor after a restart, nor where the provider’s clock goes ahead of ours', async () => {
  const { nameId, held, post, sessions } = await somebody()
  const ahead = (ms: number) => isoInstant(saml.clock.now() + ms)
  const message = held({ issueInstant: ahead(60_000) })
  await logOut(nameId, { issueInstant: ahead(90_000) })
  await restartInTime(saml)

  expect((await post(message)).status).toBe(403)
  expect(await sessions()).toEqual([])
})

test('one of another sign-in, or of one that began after the logout, signs in', async () => {
  const other = await somebody()
  await logOut(other.nameId, { sessionIndexes: ['_another'] })
  expect((await other.post(other.held())).status).toBe(303)

  const again = await somebody()
  await logOut(again.nameId, { sessionIndexes: [] })
  saml.clock.advance(5_000)
  expect((await again.post(again.held())).status).toBe(303)
  expect(await again.sessions()).toHaveLength(1)
})

test('one that was written after the logout signs in, however long ago the provider asked the person for anything', async () => {
  const { nameId, held, post, sessions } = await somebody()
  const anHourAgo = isoInstant(saml.clock.now() - 3_600_000)
  await logOut(nameId, { sessionIndexes: [] })
  saml.clock.advance(1_000)

  expect((await post(held({ authnInstant: anHourAgo }))).status).toBe(303)
  expect(await sessions()).toHaveLength(1)
})

test('a step-up by such an assertion is none', async () => {
  const { nameId, visitor, held, post, sessions } = await somebody()
  expect((await post(held({ sessionIndex: '_first' }))).status).toBe(303)
  const [before] = await sessions()
  const asked = await corp.ask(visitor, { prove: '1' })
  saml.clock.advance(2_000)
  const message = corp.answer(asked, { nameId, sessionIndex: '_held' })
  await logOut(nameId)

  expect((await post(message, asked)).status).toBe(403)
  expect(await sessions()).toEqual([before])
})
