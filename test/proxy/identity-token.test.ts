import { generateKeyPairSync } from 'node:crypto'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import type { Proof } from '../../src/policy/facts.ts'
import { authenticationContext, authenticationMethods } from '../../src/proxy/authentication-methods.ts'
import type { Identity } from '../../src/proxy/forwarding.ts'
import { createIdentityTokens, type SigningKeys } from '../../src/proxy/identity-token.ts'
import { jwksAnswer } from '../../src/proxy/jwks.ts'
import { createVerifier } from '../../src/verifier/verify.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'
import { alice, signingKeys } from './rooms.ts'

const issuer = 'https://auth.gw.test'

describe('the token', () => {
  test.each([
    ['ES256', signingKeys],
    ['EdDSA', ed25519Keys('key-ed')],
  ])('of %s says who is asking, to one backend, for a minute', async (alg, keys) => {
    const clock = createTestClock()
    const token = await tokens(clock, keys).tokenFor(alice, 'chat')

    const jwks = createLocalJWKSet(JSON.parse(jwksAnswer(keys).body))
    const { payload, protectedHeader } = await jwtVerify(token, jwks, {
      issuer,
      audience: 'chat',
      currentDate: new Date(clock.now()),
    })

    expect(protectedHeader).toEqual({ alg, kid: keys.current().kid, typ: 'gateway+jwt' })
    expect(payload).toMatchObject({
      sub: 'alice',
      org: 'acme',
      email: 'alice@example.com',
      name: 'Alice',
      roles: ['person'],
      amr: ['pwd'],
      acr: 'aal1',
      auth_time: 1_800_000_000,
      sid: 'session-of-alice',
      iat: clock.now() / 1000,
      nbf: clock.now() / 1000,
      exp: clock.now() / 1000 + 60,
    })
    expect(payload.jti).toMatch(/^[\w-]{22}$/)
  })

  test('is what the verifier for backends takes', async () => {
    const clock = createTestClock()
    const token = await tokens(clock).tokenFor({ ...alice, organization: null }, 'chat')
    const verifier = createVerifier({ issuer, audience: 'chat', jwks: JSON.parse(jwksAnswer(signingKeys).body), clock })

    const verified = await verifier.verify(token)

    expect(verified).toMatchObject({ kind: 'verified', identity: { subject: 'alice', organization: null } })
  })
})

describe('reuse', () => {
  test('a token is used again for half of its life, for the same session and backend', async () => {
    const clock = createTestClock()
    const made = tokens(clock)
    const first = await made.tokenFor(alice, 'chat')

    clock.advance(29_000)
    expect(made.tokenFor({ ...alice, roles: [...alice.roles] }, 'chat')).toBe(first)
    expect(await made.tokenFor(alice, 'other')).not.toBe(first)
    clock.advance(2000)
    expect(await made.tokenFor(alice, 'chat')).not.toBe(first)
  })

  test('requests that come together share one signature', async () => {
    const made = tokens(createTestClock())

    const [one, other] = await Promise.all([made.tokenFor(alice, 'chat'), made.tokenFor(alice, 'chat')])

    expect(one).toBe(other)
  })

  test.each<[string, Partial<Identity>]>([
    ['roles', { roles: [] }],
    ['organization', { organization: null }],
    ['e-mail', { email: 'new@example.com' }],
    ['name', { name: 'Alicia' }],
    ['account', { subject: 'bob' }],
    ['proofs', { proofs: [...alice.proofs, { kind: 'totp', at: 1 }] }],
  ])('ends when the %s change', async (_, change) => {
    const made = tokens(createTestClock())
    const first = await made.tokenFor(alice, 'chat')

    expect(await made.tokenFor({ ...alice, ...change }, 'chat')).not.toBe(first)
  })

  test('one that could not be signed is tried again by the next request', async () => {
    let canSign = false
    const made = tokens(createTestClock(), {
      current: () => ({
        ...signingKeys.current(),
        ...(canSign ? {} : { privateKey: ed25519Keys('other').current().privateKey }),
      }),
      published: () => signingKeys.published(),
    })
    await expect(made.tokenFor(alice, 'chat')).rejects.toMatchObject({ code: 'unavailable' })

    canSign = true
    expect(await made.tokenFor(alice, 'chat')).toMatch(/^ey/)
  })

  test('ends when the session is forgotten and when the keys are rotated', async () => {
    let keys = signingKeys
    const made = tokens(createTestClock(), { current: () => keys.current(), published: () => keys.published() })
    const first = await made.tokenFor(alice, 'chat')

    made.forget(alice.sessionId)
    const second = await made.tokenFor(alice, 'chat')
    keys = ed25519Keys('key-2')
    const third = await made.tokenFor(alice, 'chat')

    expect(second).not.toBe(first)
    expect(decodeProtectedHeader(third).kid).toBe('key-2')
  })

  test('keeps no more than it may', async () => {
    const clock = createTestClock()
    const made = createIdentityTokens({ issuer, keys: signingKeys, clock, random: secureRandom, cachedMax: 2 })
    const first = await made.tokenFor(alice, 'chat')
    for (const sessionId of ['a', 'b']) await made.tokenFor({ ...alice, sessionId }, 'chat')

    expect(await made.tokenFor(alice, 'chat')).not.toBe(first)
  })
})

test('the published keys hold no private part and may be cached for five minutes', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty = '', crv = '', x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' })
  const answer = jwksAnswer({ ...signingKeys, published: () => [{ jwk: { kty, crv, x, y, d, kid: 'k', use: 'sig' } }] })

  expect(JSON.parse(answer.body)).toEqual({ keys: [{ kty, crv, x, y, kid: 'k', use: 'sig' }] })
  expect(answer.headers).toContain('public, max-age=300')
})

describe('how somebody signed in', () => {
  const at = 1
  test.each<[readonly Proof[], readonly string[], string]>([
    [[{ kind: 'password', at }], ['pwd'], 'aal1'],
    [
      [
        { kind: 'password', at },
        { kind: 'totp', at },
      ],
      ['pwd', 'otp', 'mfa'],
      'aal2',
    ],
    [
      [
        { kind: 'password', at },
        { kind: 'sms_code', at },
      ],
      ['pwd', 'sms', 'mca', 'mfa'],
      'aal2',
    ],
    [
      [
        { kind: 'password', at },
        { kind: 'email_code', at },
      ],
      ['pwd', 'otp', 'mca'],
      'aal1',
    ],
    [[{ kind: 'passkey', at }], ['hwk', 'user', 'mfa'], 'aal2'],
    [[{ kind: 'saml', at, context: 'urn:x:mfa' }], ['saml'], 'urn:x:mfa'],
    [[{ kind: 'saml', at }], ['saml'], 'aal1'],
  ])('%j', (proofs, methods, context) => {
    expect(authenticationMethods(proofs)).toEqual(methods)
    expect(authenticationContext(proofs)).toBe(context)
  })
})

function tokens(clock: TestClock, keys: SigningKeys = signingKeys) {
  return createIdentityTokens({ issuer, keys, clock, random: secureRandom })
}

function ed25519Keys(kid: string): SigningKeys {
  const pair = generateKeyPairSync('ed25519')
  const { kty = '', crv = '', x = '' } = pair.publicKey.export({ format: 'jwk' })
  const jwk = { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }
  return { current: () => ({ kid, alg: 'EdDSA', privateKey: pair.privateKey }), published: () => [{ jwk }] }
}
