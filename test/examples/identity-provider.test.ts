import { verify } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createIdentityProvider, type IdentityProvider } from '../../examples/identity-provider/identity-provider.ts'
import { samlAddresses } from '../../src/sso/addresses.ts'
import { authnRequest, logoutRequest } from '../../src/sso/messages.ts'
import { defaultSettings } from '../../src/sso/provider.ts'
import { readMetadata } from '../../src/sso/read-metadata.ts'
import { readResponse } from '../../src/sso/read-response.ts'
import type { ResponseQuestion } from '../../src/sso/reading.ts'
import { makeProvider } from '../support/saml-messages.ts'

// The demo's identity provider, alone: what it says is read and judged by what stands in the gateway.

const us = samlAddresses('http://auth.localhost:8080', 'nagisa')
const ours = makeProvider(us.entityId)
const theirs = makeProvider('the demo')
const hana = { email: 'hana@nagisa.example', name: '海野 花 <Hana>' }
const leo = { email: 'leo@nagisa.example', name: 'Leo Marin' }
const requestId = '_asked'

let provider: IdentityProvider

beforeEach(async () => {
  provider = await createIdentityProvider({
    host: 'localhost',
    people: [hana, leo],
    gateway: { entityId: us.entityId, acsUrl: us.acs, sloUrl: us.logout },
    key: { privateKeyPem: theirs.privatePem, certificate: theirs.certificate },
  })
})
afterEach(() => provider.close())

describe('the development identity provider', () => {
  test('describes itself in metadata that the gateway reads', () => {
    const reading = readMetadata({ document: provider.metadata, entityId: null, plainHttp: true, now: Date.now() })

    expect(reading).toMatchObject({
      kind: 'read',
      metadata: { entityId: `${provider.origin}/metadata`, certificates: [theirs.certificate] },
      notes: [],
    })
  })

  test('asks who is there, one button for each person, in both languages', async () => {
    const english = await ask()
    const japanese = await ask({ language: 'ja' })

    expect(english.text).toContain('Choose who you are')
    expect(english.text.match(/<button name="person"/g)).toHaveLength(2)
    expect(english.text).toContain('海野 花 &#60;Hana&#62;')
    expect(japanese.text).toContain('どなたですか')
    expect(japanese.text).toContain('<html lang="ja">')
  })

  test('vouches for whoever was chosen, in a message that the gateway accepts', async () => {
    const { text } = await choose(hana.email)

    expect(fieldOf(text, 'RelayState')).toBe('way-back')
    expect(text).toContain(`action="${us.acs}"`)
    expect(readResponse(question(fieldOf(text, 'SAMLResponse')))).toMatchObject({
      kind: 'accepted',
      assertion: { nameId: hana.email, email: hana.email, requestId, attributes: { displayName: [hana.name] } },
    })
  })

  test('remembers who was chosen, and asks again when the gateway wants to be sure', async () => {
    const cookie = (await choose(leo.email)).cookie

    const known = await ask({ cookie })
    const forced = await ask({ cookie, forced: true })

    expect(readResponse(question(fieldOf(known.text, 'SAMLResponse')))).toMatchObject({ kind: 'accepted' })
    expect(forced.text).toContain('<button name="person"')
    expect(forced.text).toContain('still you')
  })

  test('answers only the gateway that it was started with, whatever a request names', async () => {
    const { text } = await choose(hana.email, 'https://elsewhere.example/acs')

    expect(text).not.toContain('elsewhere')
  })

  test('vouches for nobody whom it was not started with', async () => {
    expect((await choose('root@nagisa.example')).status).toBe(400)
  })

  test('a single logout of the gateway ends what it remembers, and its answer is signed', async () => {
    const { cookie } = await choose(hana.email)
    const asked = await logoutRequest({
      ...{ ...head(), destination: `${provider.origin}/slo`, relayState: 'back' },
      ...{ nameId: hana.email, nameIdFormat: null, sessionIndex: null },
    })
    const answer = await get(asked.kind === 'redirect' ? asked.url : '', { cookie })

    expect(answer.status).toBe(303)
    expect(readSigned(answer.location)).toContain('InResponseTo="_asked"')
    expect((await ask({ cookie })).text).toContain('<button name="person"')
  })

  test('a single logout that begins here tells the gateway, signed', async () => {
    const { cookie } = await choose(hana.email)

    const answer = await fetch(`${provider.origin}/sign-out`, {
      method: 'POST',
      headers: { cookie },
      redirect: 'manual',
    })

    const message = readSigned(answer.headers.get('location') ?? '')
    expect(message).toContain(`>${hana.email}</saml:NameID>`)
    expect(message).toMatch(/<samlp:SessionIndex>_[0-9a-f-]{36}</)
  })

  test('what cannot be read is no reason to stop', async () => {
    for (const path of ['/sso?SAMLRequest=bm8', '/sso', '/slo', '/slo?SAMLRequest=PGE'])
      expect((await get(`${provider.origin}${path}`)).status).toBe(400)
    expect((await ask()).status).toBe(200)
  })
})

interface Asking {
  readonly cookie?: string
  readonly language?: string
  readonly forced?: boolean
  readonly acsUrl?: string
}

function head() {
  const key = { privateKeyPem: ours.privatePem, certificate: ours.certificate }
  return { binding: 'redirect', key, id: requestId, issuer: us.entityId, now: Date.now() } as const
}

async function ask({ cookie = '', language = 'en', forced = false, acsUrl = us.acs }: Asking = {}) {
  const more = { destination: `${provider.origin}/sso`, relayState: 'way-back', acsUrl, forced, contexts: [] }
  const message = await authnRequest({ ...head(), ...more })
  return get(message.kind === 'redirect' ? message.url : '', { cookie, 'accept-language': language })
}

async function choose(person: string, acsUrl = us.acs) {
  const { text } = await ask({ acsUrl })
  const form = { request: fieldOf(text, 'request'), relayState: fieldOf(text, 'relayState'), person }
  const answer = await fetch(`${provider.origin}/choose`, { method: 'POST', body: new URLSearchParams(form) })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { status: answer.status, text: await answer.text(), cookie }
}

async function get(url: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { headers, redirect: 'manual' })
  return { status: answer.status, location: answer.headers.get('location') ?? '', text: await answer.text() }
}

function fieldOf(page: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? ''
}

/** The message in a query, if the signature beside it is right. */
function readSigned(location: string): string {
  const [query = '', signature = ''] = location.slice(location.indexOf('?') + 1).split('&Signature=')
  const isRight = verify(
    'sha256',
    Buffer.from(query),
    theirs.publicKey,
    Buffer.from(decodeURIComponent(signature), 'base64'),
  )
  const message = new URLSearchParams(query).get('SAMLRequest') ?? new URLSearchParams(query).get('SAMLResponse') ?? ''
  return isRight ? inflateRawSync(Buffer.from(message, 'base64')).toString('utf8') : ''
}

function question(message: string): ResponseQuestion {
  return {
    message,
    provider: {
      entityId: `${provider.origin}/metadata`,
      certificates: [theirs.certificate],
      settings: { ...defaultSettings, signed: 'assertion' },
    },
    us: { entityId: us.entityId, acsUrl: us.acs, decryptionKeys: [] },
    requests: [{ id: requestId, startedAt: Date.now() - 1_000, forced: false, contexts: [] }],
    unsolicited: false,
    now: Date.now(),
  }
}
