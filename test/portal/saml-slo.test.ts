import { inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readLogout } from '../../src/sso/read-logout.ts'
import type { Reply } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, type SamlHouse } from '../support/saml-gateway.ts'
import {
  formOf,
  guestOf,
  logoutAddress,
  logoutForm,
  logoutOf,
  logoutXml,
  postLogout,
  sloOf,
  startLogoutGateway,
} from '../support/saml-slo.ts'

let saml: SamlGateway
let corp: SamlHouse
let people = 0

beforeAll(async () => {
  saml = await startLogoutGateway()
  corp = saml.corp
})
afterAll(() => saml[Symbol.asyncDispose]())

const newEmail = () => `guest${++people}@corp.test`
const audits = async (accountId: string) =>
  (await rooms(saml.gateway).store.audit.list({ accountId, limit: 50 })).flatMap(({ entry }) =>
    entry.event === 'sso_logout' ? [entry] : [],
  )
const seen = async () => {
  const [newest] = await rooms(saml.gateway).store.seenMessages.listOf(corp.id)
  return newest
}

describe('a logout request of the provider', () => {
  test.each([
    [
      'by redirect',
      (nameId: string) => saml.visitor().get(logoutAddress(saml, corp, { nameId, sessionIndexes: ['_one'] })),
    ],
    [
      'by post',
      (nameId: string) =>
        postLogout(saml.visitor(), corp, logoutForm(saml, corp, { nameId, sessionIndexes: ['_one'] })),
    ],
  ])('%s ends the session that it names and cuts its sockets, in whatever browser it comes', async (_, send) => {
    const email = newEmail()
    const guest = await guestOf(saml, corp, email, '_one')
    const elsewhere = await guestOf(saml, corp, email, '_two', guest.account)

    const reply = await send(email)

    expect(await guest.connections.closed).toBe(4401)
    expect(await guest.connections.cut).toBe(false)
    expect(await guest.isSignedIn()).toBe(false)
    expect((await guest.visitor.get(`${saml.gateway.appOrigin}/room`)).status).toBe(303)
    expect(await elsewhere.isSignedIn()).toBe(true)
    expect(await elsewhere.connections.echo('still here')).toBe('still here')
    expect(answerIn(reply)).toMatchObject({ kind: 'response', done: true })
    expect(await audits(guest.account.id)).toMatchObject([
      { actor: { kind: 'system', id: 'identity provider' }, organizationId: corp.id, facts: { sessions: 1 } },
    ])
    elsewhere.connections.close()
  })

  test('that names no session ends all of the person, one row of the audit for them together', async () => {
    const email = newEmail()
    const guests = [await guestOf(saml, corp, email, '_one')]
    guests.push(await guestOf(saml, corp, email, '_two', guests[0]?.account))

    await saml.visitor().get(logoutAddress(saml, corp, { nameId: email, sessionIndexes: [] }))

    for (const guest of guests) {
      expect(await guest.connections.closed).toBe(4401)
      expect(await guest.isSignedIn()).toBe(false)
    }
    expect((await audits(guests[0]?.account.id ?? '')).map(({ facts }) => facts['sessions'])).toEqual([2])
  })

  test('is answered with success to the address for answers, signed, with its relay state', async () => {
    const email = newEmail()
    const guest = await guestOf(saml, corp, email, '_one')
    const request = { nameId: email, sessionIndexes: ['_one'], id: '_asked', relayState: 'their state/1' }

    const reply = await saml.visitor().get(logoutAddress(saml, corp, request))

    const url = new URL(reply.location ?? '')
    expect(reply.status).toBe(303)
    expect(`${url.origin}${url.pathname}`).toBe('https://idp.corp.test/slo/done')
    expect(url.searchParams.get('RelayState')).toBe('their state/1')
    const [key] = await rooms(saml.gateway).sso.ownKeys.published()
    const reading = readLogout({
      message: { binding: 'redirect', query: url.search.slice(1) },
      provider: { entityId: corp.acs.replace(/acs$/, 'metadata'), certificates: [key?.certificate ?? ''], skewMs: 0 },
      logoutUrl: 'https://idp.corp.test/slo/done',
      now: saml.clock.now(),
    })
    expect(reading).toMatchObject({ kind: 'response', inResponseTo: '_asked', done: true })
    guest.connections.close()
  })

  test('about nobody is answered in the same words: the provider learns nothing of our people', async () => {
    const guest = await guestOf(saml, corp, newEmail(), '_one')
    const there = await saml.visitor().get(logoutAddress(saml, corp, { nameId: guest.account.email, id: '_a' }))
    const nobody = await saml.visitor().get(logoutAddress(saml, corp, { nameId: 'nobody@corp.test', id: '_b' }))

    expect(nobody.status).toBe(there.status)
    expect(answerIn(nobody)).toEqual({ ...answerIn(there), inResponseTo: '_b' })
    guest.connections.close()
  })

  test('is answered by a form where the provider takes only posts, which the page may send there and nowhere else', async () => {
    const [, post] = logoutOf(corp)
    await corp.setProvider({ metadata: { logout: post === undefined ? [] : [post] } })

    const reply = await saml.visitor().get(logoutAddress(saml, corp, { nameId: newEmail(), relayState: 'r' }))

    await corp.setProvider({ metadata: { logout: logoutOf(corp) } })
    expect(reply.status).toBe(200)
    expect(reply.forms[0]?.action).toBe('https://idp.corp.test/slo-post')
    expect(reply.forms[0]?.fields.map(([name]) => name)).toEqual(['SAMLResponse', 'RelayState'])
    expect(reply.headers['content-security-policy']).toMatch(/form-action 'self' [^;]*https:\/\/idp\.corp\.test[;$]/)
  })

  test('of a provider without an address for answers shows the page of the signed out', async () => {
    await corp.setProvider({ metadata: { logout: [] } })
    const reply = await saml.visitor().get(logoutAddress(saml, corp, { nameId: newEmail() }))
    await corp.setProvider({ metadata: { logout: logoutOf(corp) } })

    expect(reply.location).toBe('/sign-in?said=signed_out')
  })

  test('is listed for administrators, without the name', async () => {
    const email = newEmail()

    await saml.visitor().get(logoutAddress(saml, corp, { nameId: email }))

    expect(await seen()).toMatchObject({ purpose: 'logout', outcome: 'accepted', subject: 'g•••@corp.test' })
  })

  test('ends nothing when somebody only looks whether the address is there', async () => {
    const guest = await guestOf(saml, corp, newEmail(), '_one')
    const address = logoutAddress(saml, corp, { nameId: guest.account.email, sessionIndexes: [] })

    const looked = await saml.visitor().get(address, { method: 'HEAD' })

    expect(looked.status).toBe(405)
    expect(await guest.isSignedIn()).toBe(true)
    expect((await saml.visitor().get(address)).status).toBe(303)
    expect(await guest.isSignedIn()).toBe(false)
  })

  test('that is refused gets one page for every cause, and changes nothing', async () => {
    const guest = await guestOf(saml, corp, newEmail(), '_one')
    const nameId = guest.account.email
    const replies = [
      await saml.visitor().get(logoutAddress(saml, corp, { nameId, signer: saml.other.idp })),
      await saml.visitor().get(`${sloOf(corp)}?SAMLRequest=x`),
      await saml.visitor().get(sloOf(corp).replace('/corp/', '/nobody/')),
      await postLogout(saml.visitor(), corp, formOf(logoutXml(saml, corp, { nameId }))),
      await postLogout(saml.visitor(), corp, {}),
      await postLogout(saml.visitor(), corp, { SAMLRequest: 'A'.repeat(400_000) }),
    ]

    const shown = replies.map(({ status, body }) => ({
      status,
      body: body.replaceAll(/[A-Za-z0-9_-]+-[0-9a-z]+(?=<)/g, ''),
    }))
    for (const each of shown) expect(each).toEqual(shown[0])
    expect(shown[0]?.status).toBe(403)
    expect(await guest.isSignedIn()).toBe(true)
    guest.connections.close()
  })
})

describe('a sign-out here', () => {
  const signOut = async (visitor: Awaited<ReturnType<typeof guestOf>>['visitor']) =>
    visitor.submit(await visitor.get(`${saml.gateway.portalOrigin}/sign-out`), {}, { action: '/sign-out' })

  test('ends the session first, then leads to the provider by a page with a link', async () => {
    const guest = await guestOf(saml, corp, newEmail(), '_mine')

    const reply = await signOut(guest.visitor)

    expect(await guest.isSignedIn()).toBe(false)
    expect(await guest.connections.closed).toBe(4401)
    expect(reply.status).toBe(200)
    expect(guest.visitor.cookie('auth.localhost', 'sekisho')).toBeUndefined()
    const leads = /<meta http-equiv="refresh" content="0; url=([^"]+)">/.exec(reply.body)?.[1]?.replaceAll('&amp;', '&')
    expect(reply.body).toContain(`href="${leads?.replaceAll('&', '&amp;')}"`)
    expect(reply.headers['referrer-policy']).toBe('no-referrer')
    expect(requestIn(leads ?? '')).toMatchObject({
      destination: 'https://idp.corp.test/slo',
      nameId: guest.account.email,
      sessionIndex: '_mine',
    })
  })

  test('leads by a form where the provider takes only posts', async () => {
    const [, post] = logoutOf(corp)
    const guest = await guestOf(saml, corp, newEmail(), '_mine')
    await corp.setProvider({ metadata: { logout: post === undefined ? [] : [post] } })

    const reply = await signOut(guest.visitor)

    await corp.setProvider({ metadata: { logout: logoutOf(corp) } })
    expect(reply.status).toBe(200)
    const form = reply.forms.find(({ action }) => action === 'https://idp.corp.test/slo-post')
    expect(form?.fields.map(([name]) => name)).toEqual(['SAMLRequest'])
    expect(reply.body).toMatch(/<script src="\/assets\/[^"]+" defer>/)
    expect(reply.headers['content-security-policy']).toContain('https://idp.corp.test;')
    guest.connections.close()
  })

  test('at an application leads through the portal', async () => {
    const guest = await guestOf(saml, corp, newEmail(), '_mine')
    const page = await guest.visitor.get(`${saml.gateway.appOrigin}/.sekisho/sign-out`)

    const left = await guest.visitor.submit(page, {}, { action: '/.sekisho/sign-out' })

    expect(await guest.isSignedIn()).toBe(false)
    expect(left.location).toMatch(/^http:\/\/auth\.localhost:\d+\/saml\/sign-out\?ticket=/)
    expect(left.location).not.toContain('guest')
    const reply = await guest.visitor.follow(left)
    expect(reply.status).toBe(200)
    expect(reply.body).toContain('content="0; url=https://idp.corp.test/slo?SAMLRequest=')
    saml.clock.advance(60_000)
    expect((await guest.visitor.get(left.location ?? '')).location).toBe('/sign-in?said=signed_out')
    expect((await guest.visitor.get(`${saml.gateway.portalOrigin}/saml/sign-out?ticket=x`)).location).toBe(
      '/sign-in?said=signed_out',
    )
    guest.connections.close()
  })

  test.each([
    ['takes no logout', { logout: [] }],
    ['is another one by now', { entityId: 'https://new.corp.test' }],
  ])('stays here when the provider %s', async (_, metadata) => {
    const guest = await guestOf(saml, corp, newEmail(), '_mine')
    await corp.setProvider({ metadata })

    const reply = await signOut(guest.visitor)

    await corp.setProvider({ metadata: { logout: logoutOf(corp), entityId: corp.idp.entityId } })
    expect(await guest.isSignedIn()).toBe(false)
    expect(reply.location).toBe('/sign-in?said=signed_out')
    guest.connections.close()
  })

  test('that an operator forces tells no provider', async () => {
    const guest = await guestOf(saml, corp, newEmail(), '_mine')

    await rooms(saml.gateway).people.peopleAdmin.suspend(guest.account, {
      actor: { kind: 'operator', id: 'o' },
      address: null,
      receipt: null,
      device: '',
    })

    expect(await guest.connections.closed).toBe(4401)
    expect((await signOut(guest.visitor)).location).toBe('/sign-in?said=signed_out')
  })

  test('is confirmed by the answer of the provider; by one that is worth nothing, only what is known is said', async () => {
    const guest = await guestOf(saml, corp, newEmail(), '_mine')
    const reply = await signOut(guest.visitor)
    const leads = /content="0; url=([^"]+)"/.exec(reply.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const response = (parts: Parameters<typeof logoutAddress>[2]) =>
      saml.visitor().get(logoutAddress(saml, corp, { kind: 'response', inResponseTo: requestIn(leads).id, ...parts }))

    expect((await response({ status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' })).location).toBe(
      '/sign-in?said=signed_out_here',
    )
    expect((await response({ inResponseTo: '_theirs' })).location).toBe('/sign-in?said=signed_out_here')
    expect(await seen()).toMatchObject({ outcome: 'request_unknown' })
    expect((await response({ signer: saml.other.idp })).location).toBe('/sign-in?said=signed_out_here')
    const confirmed = await response({})
    expect(confirmed.location).toBe('/sign-in?said=signed_out')
    saml.clock.advance(600_001)
    expect((await response({})).location).toBe('/sign-in?said=signed_out_here')
    const page = await saml.visitor().get(`${saml.gateway.portalOrigin}/sign-in?said=signed_out_here`)
    expect(page.body).toContain('has not confirmed')
  })

  test('is not claimed to somebody who is signed in', async () => {
    const guest = await guestOf(saml, corp, newEmail(), '_mine')

    const reply = await guest.visitor.follow(await guest.visitor.get(`${sloOf(corp)}?SAMLResponse=forged`))

    expect(reply.url.pathname).toBe('/account')
    guest.connections.close()
  })
})

/** What an answer by redirect says, without what differs by chance. */
function answerIn(reply: Reply) {
  const url = new URL(reply.location ?? '')
  const xml = inflateRawSync(Buffer.from(url.searchParams.get('SAMLResponse') ?? '', 'base64')).toString()
  return {
    kind: xml.startsWith('<samlp:LogoutResponse') ? 'response' : 'else',
    done: xml.includes('status:Success"'),
    inResponseTo: / InResponseTo="([^"]+)"/.exec(xml)?.[1],
    length: xml.length,
  }
}

function requestIn(location: string) {
  const message = new URL(location).searchParams.get('SAMLRequest') ?? ''
  const xml = inflateRawSync(Buffer.from(message, 'base64')).toString()
  return {
    id: / ID="([^"]+)"/.exec(xml)?.[1] ?? '',
    destination: / Destination="([^"]+)"/.exec(xml)?.[1],
    nameId: /<saml:NameID[^>]*>([^<]+)</.exec(xml)?.[1],
    sessionIndex: /<samlp:SessionIndex>([^<]+)</.exec(xml)?.[1],
  }
}
