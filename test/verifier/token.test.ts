import { createHmac, createPublicKey, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createVerifier, type Refusal, type Verification } from '../../src/verifier/verify.ts'
import { createTestClock } from '../support/test-clock.ts'
import { audience, claimsAt, createSigningKey, encode, issuer } from './issuer.ts'

const clock = createTestClock()
const now = clock.now()
const key = createSigningKey('key-1')
const other = createSigningKey('key-2', 'EdDSA')
const stranger = createSigningKey('key-1')
const header = { alg: 'ES256', kid: 'key-1', typ: 'gateway+jwt' }

const verifier = createVerifier({ issuer, audience, jwks: { keys: [key.publicJwk, other.publicJwk] }, clock })
const good = key.sign(claimsAt(now))

function refused(reason: Refusal): Verification {
  return { kind: 'refused', reason }
}

test.each([key, other])('a token of the gateway tells who is asking ($publicJwk.alg)', async signing => {
  const token = signing.sign(claimsAt(now))

  const verified = await verifier.verify(token)

  expect(verified).toEqual({
    kind: 'verified',
    identity: {
      subject: 'acc_1',
      organization: 'org_sakura',
      email: 'hana@sakura.example',
      name: '山田 花 Hana',
      roles: ['person', 'administrator'],
      methods: ['pwd', 'otp', 'mfa'],
      authenticatedAt: now - 60_000,
      sessionId: 'ses_1',
      tokenId: 'jti_1',
    },
  })
})

test('a person who belongs to no organization is verified as such', async () => {
  const absent = await verifier.verify(key.sign(claimsAt(now, { org: undefined })))
  const stated = await verifier.verify(key.sign(claimsAt(now, { org: null })))

  expect([absent, stated]).toEqual([
    { kind: 'verified', identity: expect.objectContaining({ organization: null }) },
    { kind: 'verified', identity: expect.objectContaining({ organization: null }) },
  ])
})

describe('who signed it', () => {
  test('an unsigned token (alg none) is refused', async () => {
    const unsigned = `${encode({ ...header, alg: 'none' })}.${encode(claimsAt(now))}`

    expect(await verifier.verify(`${unsigned}.`)).toEqual(refused('token_malformed'))
    expect(await verifier.verify(`${unsigned}.${encode('x')}`)).toEqual(refused('algorithm_not_allowed'))
  })

  test.each(['pem', 'jwk'] as const)(
    'a token signed with the public key as an HMAC secret is refused (%s)',
    async form => {
      const publicKey = createPublicKey(key.privateKey)
      const secret = form === 'pem' ? publicKey.export({ type: 'spki', format: 'pem' }) : JSON.stringify(key.publicJwk)
      const signed = `${encode({ ...header, alg: 'HS256' })}.${encode(claimsAt(now))}`

      const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`

      expect(await verifier.verify(token)).toEqual(refused('algorithm_not_allowed'))
    },
  )

  test.each(['RS256', 'PS256', 'ES384', 'ES256K', 'Ed448', 'es256', ' ES256', '', null, ['ES256']])(
    'the algorithm %j is refused',
    async alg => {
      expect(await verifier.verify(key.sign(claimsAt(now), { ...header, alg }))).toEqual(
        refused('algorithm_not_allowed'),
      )
    },
  )

  test('a key speaks only its own algorithm, whatever the token asks for', async () => {
    const token = other.sign(claimsAt(now), { ...header, kid: 'key-2', alg: 'ES256' })

    expect(await verifier.verify(token)).toEqual(refused('key_unknown'))
  })

  test('a token by a key of somebody else under our key id is refused', async () => {
    expect(await verifier.verify(stranger.sign(claimsAt(now)))).toEqual(refused('signature_wrong'))
  })

  test('a token that names a key we do not know is refused', async () => {
    const foreign = createSigningKey('foreign')

    expect(await verifier.verify(foreign.sign(claimsAt(now)))).toEqual(refused('key_unknown'))
  })

  test.each([undefined, '', 7, null])('a token without a key id is refused (%j)', async kid => {
    expect(await verifier.verify(key.sign(claimsAt(now), { ...header, kid }))).toEqual(refused('token_malformed'))
  })

  test.each(['__proto__', 'constructor', '../jwks.json', 'https://evil.example/jwks.json'])(
    'a key id is looked up and nothing else (%s)',
    async kid => {
      expect(await verifier.verify(key.sign(claimsAt(now), { ...header, kid }))).toEqual(refused('key_unknown'))
    },
  )

  test('a token that brings its own key is refused, also when the signature holds', async () => {
    const jwk = stranger.publicJwk

    expect(await verifier.verify(stranger.sign(claimsAt(now), { ...header, jwk }))).toEqual(
      refused('header_not_allowed'),
    )
    expect(await verifier.verify(key.sign(claimsAt(now), { ...header, jwk }))).toEqual(refused('header_not_allowed'))
  })

  test.each([
    { jku: 'http://127.0.0.1:1/jwks.json' },
    { x5u: 'http://127.0.0.1:1/cert.pem' },
    { x5c: ['MIIB'] },
    { crit: ['exp'] },
    { crit: [] },
    { b64: false, crit: ['b64'] },
    { b64: true },
  ])('a header with %j is refused', async extra => {
    expect(await verifier.verify(key.sign(claimsAt(now), { ...header, ...extra }))).toEqual(
      refused('header_not_allowed'),
    )
  })

  test('a signature of zeros, of another form or another length is refused (CVE-2022-21449)', async () => {
    const signed = good.slice(0, good.lastIndexOf('.'))
    const der = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'der' })
    const right = Buffer.from(good.slice(signed.length + 1), 'base64url')
    const wrong = [Buffer.alloc(64), Buffer.alloc(64, 0xff), der, right.subarray(1), Buffer.concat([right, right])]

    const answers = await Promise.all(wrong.map(bytes => verifier.verify(`${signed}.${bytes.toString('base64url')}`)))

    expect(answers).toEqual(wrong.map(() => refused('signature_wrong')))
  })

  test('claims that were changed after signing are refused', async () => {
    const [head, , signature] = good.split('.')

    const token = `${head}.${encode(claimsAt(now, { sub: 'acc_2' }))}.${signature}`

    expect(await verifier.verify(token)).toEqual(refused('signature_wrong'))
  })
})

describe('what it looks like', () => {
  test('a token of a megabyte is refused before anything of it is read', async () => {
    const header = encode({ alg: 'ES256', kid: 'key-1', typ: 'gateway+jwt' })
    const long = `${header}.${'A'.repeat(1024 * 1024)}.${'A'.repeat(86)}`
    const nested = `${encode('['.repeat(750_000))}.A.A`

    expect(await verifier.verify(long)).toEqual(refused('token_too_long'))
    expect(await verifier.verify(nested)).toEqual(refused('token_too_long'))
  })

  test('the limit is 8 KiB: a signed token beyond it is refused, one below it is not', async () => {
    const name = (length: number) => key.sign(claimsAt(now, { name: 'x'.repeat(length) }))
    const [below, beyond] = [name(5_000), name(8_000)]

    expect([below.length < 8192, beyond.length > 8192]).toEqual([true, true])
    expect(await verifier.verify(below)).toMatchObject({ kind: 'verified' })
    expect(await verifier.verify(beyond)).toEqual(refused('token_too_long'))
  })

  const [head = '', body = '', tail = ''] = good.split('.')
  test.each([
    ['padding', `${head}.${body}.${tail}==`],
    ['white space before', ` ${good}`],
    ['white space after', `${good} `],
    ['a line break inside', `${head}.${body.slice(0, 8)}\n${body.slice(8)}.${tail}`],
    ['the alphabet of plain base64', `${head}.${body}.${tail.slice(0, -2)}+/`],
    ['a NUL', `${head}.${body}\0.${tail}`],
    ['an empty signature', `${head}.${body}.`],
    ['two parts', `${head}.${body}`],
    ['four parts', `${good}.${tail}`],
    ['five parts, as encrypted tokens have', `${head}.${body}.${tail}.${tail}.${tail}`],
    ['JSON serialization', JSON.stringify({ protected: head, payload: body, signature: tail })],
    ['nothing', ''],
  ])('a token with %s is refused', async (_, token) => {
    expect(await verifier.verify(token)).toEqual(refused('token_malformed'))
  })

  test('a second spelling of the same signature is refused', async () => {
    // 64 bytes leave 4 low bits in the last character, which a lenient decoder ignores.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const respelled = good.slice(0, -1) + alphabet[alphabet.indexOf(good.at(-1) ?? '') + 1]

    expect(respelled).not.toBe(good)
    expect(bytesOfSignature(respelled)).toEqual(bytesOfSignature(good))
    expect(await verifier.verify(respelled)).toEqual(refused('token_malformed'))
  })

  test.each(['JWT', 'at+jwt', 'GATEWAY+JWT', 'application/gateway+jwt', 'gateway+jwt ', undefined, ['gateway+jwt']])(
    'the type %j is refused',
    async typ => {
      expect(await verifier.verify(key.sign(claimsAt(now), { ...header, typ }))).toEqual(refused('type_wrong'))
    },
  )

  test.each([
    ['a claim twice', `{"sub":"acc_2",${JSON.stringify(claimsAt(now)).slice(1)}`],
    ['a claim twice, once in escapes', `{"s\\u0075b":"acc_2",${JSON.stringify(claimsAt(now)).slice(1)}`],
    ['a claim twice, with space before the colon', `{"sub" \n:"acc_2",${JSON.stringify(claimsAt(now)).slice(1)}`],
    ['a name twice inside a claim', JSON.stringify(claimsAt(now)).replace('{', '{"more":[{"a":1,"a":2}],')],
    ['a list', '[]'],
    ['null', 'null'],
    ['no JSON', 'sub=acc_1'],
    ['a byte order mark', `\uFEFF${JSON.stringify(claimsAt(now))}`],
    ['a second value after the first', `${JSON.stringify(claimsAt(now))}{}`],
  ])('signed claims that are %s are refused', async (_, text) => {
    expect(await verifier.verify(key.sign(text))).toEqual(refused('token_malformed'))
  })

  test('a header that names its algorithm or its key twice is refused', async () => {
    const twice = (member: string) => key.sign(claimsAt(now), JSON.stringify(header).replace('{', `{${member},`))

    expect(await verifier.verify(twice('"alg":"none"'))).toEqual(refused('token_malformed'))
    expect(await verifier.verify(twice('"kid":"key-2"'))).toEqual(refused('token_malformed'))
  })

  test('equal names in different objects, and names inside of texts, are no repetition', async () => {
    const claims = claimsAt(now, {
      a: { sub: 1, b: { sub: 2 } },
      c: [{ sub: 3 }, { sub: 4 }],
      name: '"sub":"x","sub":{',
    })

    expect(await verifier.verify(key.sign(claims))).toMatchObject({ kind: 'verified' })
  })

  test('claims that are not UTF-8 are refused', async () => {
    const [start, end] = JSON.stringify(claimsAt(now, { name: '~' })).split('~')
    const bytes = Buffer.concat([Buffer.from(start ?? ''), Buffer.from([0xc3, 0x28]), Buffer.from(end ?? '')])
    const signed = `${encode(header)}.${bytes.toString('base64url')}`
    const signature = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })

    expect(await verifier.verify(`${signed}.${signature.toString('base64url')}`)).toEqual(refused('token_malformed'))
  })
})

function bytesOfSignature(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')
}
