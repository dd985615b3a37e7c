import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isoInstant } from '../../src/lib/instant.ts'
import type { Reply } from '../support/portal-visitor.ts'
import { restartInTime, rooms, type SamlGateway, type SamlHouse } from '../support/saml-gateway.ts'
import { signLogout, signLogoutQuery } from '../support/saml-logout-messages.ts'
import { makeProvider, signedResponse } from '../support/saml-messages.ts'
import { algorithms, signElement } from '../support/saml-signing.ts'
import {
  formOf,
  type Guest,
  guestOf,
  logoutAddress,
  logoutForm,
  logoutXml,
  postLogout,
  type Sending,
  sloOf,
  startLogoutGateway,
} from '../support/saml-slo.ts'

// Whoever wants to end somebody else's session: by forged, moved, repeated and misdirected logout messages. The victim is signed in, with a
// socket open, through all of it; at the end the genuine message shows that everything else was as it should be.

let saml: SamlGateway
let corp: SamlHouse
let victim: Guest
const stranger = makeProvider('https://idp.corp.test/metadata')
const nameId = 'victim@corp.test'

beforeAll(async () => {
  saml = await startLogoutGateway()
  corp = saml.corp
  victim = await guestOf(saml, corp, nameId, '_victim')
})
afterAll(async () => {
  victim.connections.close()
  await saml[Symbol.asyncDispose]()
})

// Of what strangers send, a minute has only so many rows. The store is asked before, so that no read is on its way while time leaps: a read
// that takes a minute counts as a store that is away.
beforeEach(async () => {
  for (let i = 0; i < 3; i++) await rooms(saml.gateway).store.audit.list({ limit: 1 })
  saml.clock.advance(60_000)
})

const get = (address: string) => saml.visitor().get(address)
const post = (form: Record<string, string>, house = corp) => postLogout(saml.visitor(), house, form)
const address = (sending: Sending = {}) =>
  logoutAddress(saml, corp, { nameId, sessionIndexes: ['_victim'], ...sending })
const xml = (sending: Sending = {}) => logoutXml(saml, corp, { nameId, sessionIndexes: ['_victim'], ...sending })

/** The newest of the organization's list says why. */
async function expectRefused(reply: Reply, cause: string, house = corp): Promise<void> {
  expect(reply.status).toBe(403)
  expect(reply.setCookies).toEqual([])
  const [newest] = await rooms(saml.gateway).store.seenMessages.listOf(house.id)
  expect(newest).toMatchObject({ purpose: 'logout', outcome: cause })
  await expectVictimIn()
}

async function expectVictimIn(): Promise<void> {
  expect(await victim.isSignedIn()).toBe(true)
  expect(await victim.connections.echo('here')).toBe('here')
}

describe('a forged message', () => {
  test('without a signature is refused', async () => {
    await expectRefused(await post(formOf(xml())), 'signature_missing')
    await expectRefused(await get(address().replace(/&SigAlg=.*/, '')), 'signature_missing')
    await expectRefused(await get(address().replace(/&Signature=.*/, '')), 'signature_missing')
  })

  test('signed by a stranger with the name of the provider is refused', async () => {
    await expectRefused(await post(logoutForm(saml, corp, { nameId, signer: stranger })), 'signature_wrong')
    await expectRefused(await get(address({ signer: stranger })), 'signature_wrong')
    const vouched = signLogout(xml(), stranger, { keyInfo: corp.idp.certificate })
    await expectRefused(await post(formOf(vouched)), 'signature_wrong')
  })

  test('around a genuine assertion or response is refused (samlify issue 634)', async () => {
    const own = signedResponse(corp.idp, { nameId: 'mallory@corp.test' })
    const assertion = /<saml:Assertion.*<\/saml:Assertion>/s.exec(own)?.[0] ?? ''
    expect(assertion).toContain('SignatureValue')

    for (const more of [assertion, `<samlp:Extensions>${assertion}</samlp:Extensions>`, own])
      await expectRefused(await post(formOf(xml({ more }))), 'signature_placement')
    await expectRefused(await get(address({ more: assertion, signer: stranger })), 'signature_wrong')
  })

  test('with the signature of a genuine request is refused, wherever the genuine parts lie', async () => {
    const genuine = signLogout(logoutXml(saml, corp, { id: '_mine', nameId: 'mallory@corp.test' }), corp.idp)
    const signature = /<(?:ds:)?Signature.*<\/(?:ds:)?Signature>/s.exec(genuine)?.[0] ?? ''
    const unsigned = genuine.replace(signature, '')

    await expectRefused(await post(formOf(xml({ id: '_mine', more: signature }))), 'signature_wrong')
    await expectRefused(await post(formOf(xml({ more: signature }))), 'signature_placement')
    await expectRefused(await post(formOf(xml({ more: genuine }))), 'signature_placement')
    const wrapped = `<samlp:Extensions>${unsigned}</samlp:Extensions>`
    expect((await post(formOf(xml({ id: '_mine', more: `${signature}${wrapped}` })))).status).toBe(403)
    expect((await post(formOf(xml({ id: '_else', more: `${signature}${wrapped}` })))).status).toBe(403)
    await expectVictimIn()
  })

  test('with SHA-1 is refused, even with the right key', async () => {
    await expectRefused(await get(address({ algorithm: algorithms.rsaSha1 })), 'algorithm')
    const weak = signElement(xml(), 'LogoutRequest', corp.idp, { signatureAlgorithm: algorithms.rsaSha1 })
    await expectRefused(await post(formOf(weak)), 'algorithm')
    const digest = signElement(xml(), 'LogoutRequest', corp.idp, { digestAlgorithm: algorithms.sha1 })
    await expectRefused(await post(formOf(digest)), 'algorithm')
  })

  test('with parameters twice, spelt otherwise or re-encoded is refused', async () => {
    const own = address({ nameId: 'mallory@corp.test' })
    const forged = new URL(address({ signer: stranger })).search.slice(1).split('&')[0] ?? ''
    for (const query of [
      `${own}&${forged}`,
      own.replace('?', `?${forged}&`),
      `${own}&${forged.replace('SAMLRequest', 'SAMLRequest%20')}`,
      `${own}&${forged.replace('SAMLRequest', '%53AMLRequest')}`,
      `${own}&${forged.replace('SAMLRequest', 'samlrequest')}`,
      `${own}&${forged.replace('SAMLRequest', 'SAMLRequest[0]')}`,
      `${own}&Signature=x`,
    ])
      await expectRefused(await get(query), 'unreadable')
    await expectRefused(await get(address().replace(/%2B|%2F|%3D/, found => found.toLowerCase())), 'signature_wrong')
    const state = address({ relayState: 'state' })
    await expectRefused(await get(state.replace('RelayState=state', 'RelayState=stat%65')), 'signature_wrong')
  })

  test('with two messages in one form is refused', async () => {
    const own = logoutForm(saml, corp, { nameId: 'mallory@corp.test' })
    const both = `${new URLSearchParams(own).toString()}&${new URLSearchParams(formOf(xml())).toString()}`
    const headers = { Origin: 'https://idp.example.test', 'Sec-Fetch-Site': 'cross-site', Cookie: '' }

    await expectRefused(await saml.visitor().post(sloOf(corp), both, { headers }), 'unreadable')
  })

  test('of a page of ours is no way round: a signed-in person’s cookies and our own origin give nothing', async () => {
    const reply = await victim.visitor.post(sloOf(corp), formOf(xml()))

    await expectRefused(reply, 'signature_missing')
  })
})

describe('the provider of another organization', () => {
  test('ends nobody here, with its own name, ours, or at our address', async () => {
    const { other } = saml
    const destination = sloOf(corp)
    await expectRefused(await get(logoutAddress(saml, corp, { nameId, signer: other.idp })), 'signature_wrong')
    const foreign = { nameId, signer: other.idp, issuer: other.idp.entityId }
    await expectRefused(await get(logoutAddress(saml, corp, foreign)), 'signature_wrong')
    await expectRefused(await get(logoutAddress(saml, other, { nameId, destination })), 'destination', other)
    const named = logoutAddress(saml, other, { nameId, issuer: corp.idp.entityId })
    await expectRefused(await get(named), 'issuer', other)

    const reply = await get(logoutAddress(saml, other, { nameId, sessionIndexes: [] }))

    expect(reply.status).toBe(303)
    await expectVictimIn()
  })

  test('with the same name and the same key ends nobody here either', async () => {
    const { other } = saml
    await other.setProvider({ metadata: { entityId: corp.idp.entityId, certificates: [corp.idp.certificate] } })
    const query = logoutAddress(saml, other, {
      nameId,
      sessionIndexes: [],
      issuer: corp.idp.entityId,
      signer: corp.idp,
    })

    const reply = await get(query)

    await other.setProvider({ metadata: { entityId: other.idp.entityId, certificates: [other.idp.certificate] } })
    expect(reply.status).toBe(303)
    await expectVictimIn()
  })
})

describe('a genuine message', () => {
  test('for another address, or for none, is refused', async () => {
    for (const destination of [`${sloOf(corp)}/`, sloOf(saml.other), corp.acs, null]) {
      await expectRefused(await get(address({ destination })), 'destination')
      await expectRefused(await post(formOf(signLogout(xml({ destination }), corp.idp))), 'destination')
    }
  })

  test('that is old, or from a time to come, is refused', async () => {
    const now = saml.clock.now()
    await expectRefused(await get(address({ notOnOrAfter: isoInstant(now - 180_000) })), 'expired')
    await expectRefused(await get(address({ issueInstant: isoInstant(now - 600_000), notOnOrAfter: null })), 'expired')
    await expectRefused(await get(address({ issueInstant: isoInstant(now + 600_000) })), 'not_yet_valid')
  })

  test('without a name, with two, or with an encrypted one ends nobody', async () => {
    await expectRefused(await get(address({ name: '' })), 'wrong_structure')
    await expectRefused(await get(address({ nameId: '' })), 'name_id')
    await expectRefused(await get(address({ more: '<saml:NameID>mallory@corp.test</saml:NameID>' })), 'wrong_structure')
    await expectRefused(await get(address({ name: '<saml:EncryptedID/>' })), 'wrong_structure')
  })

  test('ends only what fits its name and its session together', async () => {
    const mallory = await guestOf(saml, corp, 'mallory@corp.test', '_mallory')

    for (const parts of [
      { nameId, sessionIndexes: ['_mallory'] },
      { nameId: 'mallory@corp.test', sessionIndexes: ['_victim'] },
      { nameId: 'VICTIM@corp.test', sessionIndexes: [] },
      { nameId: ` ${nameId}`, sessionIndexes: [] },
      { nameId, sessionIndexes: [], nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' },
    ])
      expect((await get(address(parts))).status).toBe(303)

    expect(await mallory.isSignedIn()).toBe(true)
    await expectVictimIn()
    mallory.connections.close()
  })

  test('works once: what was overheard ends no later session, by whatever way', async () => {
    const twice = await guestOf(saml, corp, 'twice@corp.test', '_first')
    const request = { nameId: 'twice@corp.test', sessionIndexes: [], id: '_once' }
    const overheard = logoutAddress(saml, corp, request)
    expect((await get(overheard)).status).toBe(303)
    saml.clock.advance(1_000) // who signs in at the very moment of a logout may be who signed out
    const again = await guestOf(saml, corp, 'twice@corp.test', '_second', twice.account)

    await expectRefused(await get(overheard), 'replayed')
    await expectRefused(await post(logoutForm(saml, corp, request)), 'replayed')
    expect(await again.isSignedIn()).toBe(true)
    again.connections.close()
  })

  test('that comes fifty times at once is obeyed once', async () => {
    const request = logoutAddress(saml, corp, { nameId: 'nobody@corp.test', id: '_race' })

    const replies = await Promise.all(Array.from({ length: 50 }, () => get(request)))

    expect(replies.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(replies.every(({ status }) => status === 303 || status === 403)).toBe(true)
  })
})

describe('a message that is made to hurt', () => {
  test('with a DOCTYPE is refused', async () => {
    const doctype = '<!DOCTYPE r [<!ENTITY v "victim@corp.test">]>'
    await expectRefused(await post(formOf(doctype + signLogout(xml(), corp.idp))), 'forbidden_markup')
    const query = signLogoutQuery(doctype + xml(), corp.idp)
    await expectRefused(await get(`${sloOf(corp)}?${query}`), 'forbidden_markup')
  })

  test('that inflates without end costs what it may and no more', async () => {
    const deflated = deflateRawSync(Buffer.alloc(4 * 1024 * 1024, ' '))

    await expectRefused(await get(address({ deflated })), 'too_large')
    await expectRefused(await get(address({ deflated, signer: stranger })), 'signature_wrong')
  })
})

test('the genuine message ends the session of the victim, after all of it', async () => {
  expect((await get(address())).status).toBe(303)

  expect(await victim.connections.closed).toBe(4401)
  expect(await victim.isSignedIn()).toBe(false)
})

test('a message that was used ends nothing after a restart either', async () => {
  const again = await guestOf(saml, corp, nameId, '_again', victim.account)
  const overheard = address({ sessionIndexes: ['_none'], id: '_kept' })
  expect((await get(overheard)).status).toBe(303)

  await restartInTime(saml)

  expect((await get(overheard)).status).toBe(403)
  expect(await again.isSignedIn()).toBe(true)
  again.connections.close()
})
