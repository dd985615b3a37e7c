import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { createVerifier } from '../../src/verifier/verify.ts'
import { createTestClock } from '../support/test-clock.ts'
import { audience, claimsAt, createSigningKey, issuer, type SigningKey, serveJwks } from './issuer.ts'

const current = createSigningKey('current')
const next = createSigningKey('next', 'EdDSA')

function setUp(jwksUrl: string) {
  const clock = createTestClock()
  const verifier = createVerifier({ issuer, audience, jwksUrl, clock })
  const outcome = async (key: SigningKey): Promise<string> => {
    const verified = await verifier.verify(key.sign(claimsAt(clock.now())))
    return verified.kind === 'refused' ? verified.reason : verified.kind
  }
  return { clock, outcome }
}

test('a hundred requests at once fetch the keys once', async () => {
  await using jwks = await serveJwks(current)
  const { outcome } = setUp(jwks.url)

  const outcomes = await Promise.all(Array.from({ length: 100 }, () => outcome(current)))

  expect(new Set(outcomes)).toEqual(new Set(['verified']))
  expect(jwks.fetches()).toBe(1)
})

test('a slow fetch is waited for, not doubled', async () => {
  await using jwks = await serveJwks(current)
  const { clock, outcome } = setUp(jwks.url)
  const asked = Promise.withResolvers<ServerResponse>()
  jwks.answerBy(response => asked.resolve(response))
  const first = outcome(current)
  const response = await asked.promise

  clock.advance(1_500)
  const second = outcome(current)
  response.end(JSON.stringify({ keys: [current.publicJwk] }))

  expect([await first, await second, jwks.fetches()]).toEqual(['verified', 'verified', 1])
})

test('keys are kept: a request a minute later asks nobody', async () => {
  await using jwks = await serveJwks(current)
  const { clock, outcome } = setUp(jwks.url)
  await outcome(current)

  clock.advance(60_000)
  await outcome(current)

  expect(jwks.fetches()).toBe(1)
})

test('a key that is published before it is used is accepted from its first token on', async () => {
  await using jwks = await serveJwks(current, next)
  const { outcome } = setUp(jwks.url)
  expect(await outcome(current)).toBe('verified')

  expect(await outcome(next)).toBe('verified')

  expect(jwks.fetches()).toBe(1)
})

test('a rotation refuses nobody: the new key is fetched when its first token arrives, the old one stays as long as it is published', async () => {
  await using jwks = await serveJwks(current)
  const { clock, outcome } = setUp(jwks.url)
  await outcome(current)
  jwks.publish(current, next)
  clock.advance(10_000)

  expect([await outcome(next), await outcome(current)]).toEqual(['verified', 'verified'])
  expect(jwks.fetches()).toBe(2)
})

test('a key that was withdrawn is refused within five minutes', async () => {
  await using jwks = await serveJwks(current, next)
  const { clock, outcome } = setUp(jwks.url)
  await outcome(current)
  jwks.publish(next)

  clock.advance(299_999)
  expect(await outcome(current)).toBe('verified')
  clock.advance(1)

  expect(await outcome(current)).toBe('key_unknown')
})

test('a flood of invented key ids causes one fetch in ten seconds', async () => {
  await using jwks = await serveJwks(current)
  const { clock, outcome } = setUp(jwks.url)
  const flood = () =>
    Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        outcome({
          ...next,
          sign: claims => next.sign(claims, { alg: 'EdDSA', typ: 'gateway+jwt', kid: `invented-${n}` }),
        }),
      ),
    )

  await outcome(current)
  expect(new Set(await flood())).toEqual(new Set(['key_unknown']))
  expect(jwks.fetches()).toBe(1)
  clock.advance(10_000)
  await flood()
  clock.advance(9_999)
  await flood()

  expect(jwks.fetches()).toBe(2)
})

test('old keys go on serving while the issuer is away, and new ones are taken when it is back', async () => {
  await using jwks = await serveJwks(current)
  const { clock, outcome } = setUp(jwks.url)
  await outcome(current)
  jwks.publishText('', 503)

  clock.advance(86_400_000)
  expect(await outcome(current)).toBe('verified')
  jwks.publish(next)
  clock.advance(10_000)

  expect(await outcome(next)).toBe('verified')
})

test('while the issuer hangs, only the first request waits for it', async () => {
  await using jwks = await serveJwks(current)
  const { clock, outcome } = setUp(jwks.url)
  await outcome(current)
  const asked = Promise.withResolvers<void>()
  jwks.answerBy(() => asked.resolve())
  clock.advance(300_000)

  const first = outcome(current)
  await asked.promise
  clock.advance(2_000)
  expect(await first).toBe('verified')
  clock.advance(10_000)

  expect(await outcome(current)).toBe('verified') // its own fetch hangs, and nobody moves the clock
})

test('keys that could never be read refuse everybody, and are asked for again after a second', async () => {
  await using jwks = await serveJwks(current)
  const { clock, outcome } = setUp(jwks.url)
  jwks.publishText('', 500)

  expect([await outcome(current), await outcome(current)]).toEqual(['keys_unavailable', 'keys_unavailable'])
  expect(jwks.fetches()).toBe(1)
  jwks.publish(current)
  clock.advance(1_000)

  expect(await outcome(current)).toBe('verified')
})

test('an issuer that cannot be reached at all refuses everybody', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const address = closed.address()
  closed.close()
  await once(closed, 'close')
  const port = typeof address === 'object' && address !== null ? address.port : 0

  expect(await setUp(`http://127.0.0.1:${port}/jwks.json`).outcome(current)).toBe('keys_unavailable')
})

test('an issuer that never ends its answer is given up after two seconds', async () => {
  await using jwks = await serveJwks(current)
  const { clock, outcome } = setUp(jwks.url)
  const asked = Promise.withResolvers<void>()
  jwks.answerBy(response => {
    response.writeHead(200)
    response.write('{"keys":[')
    asked.resolve()
  })

  const waiting = outcome(current)
  await asked.promise
  clock.advance(2_000)

  expect(await waiting).toBe('keys_unavailable')
})

const good = JSON.stringify({ keys: [current.publicJwk] })
test.each([
  ['no JSON', '<html>', 200],
  ['no object', '[]', 200],
  ['no list of keys', '{"keys":{}}', 200],
  ['an empty list', '{"keys":[]}', 200],
  ['entries that are no keys', '{"keys":[null,7,"x",{}]}', 200],
  ['more than 64 KiB', good.replace('{', `{"pad":"${'x'.repeat(64 * 1024)}",`), 200],
  ['an error that looks like keys', good, 404],
])('an answer of %s gives no keys, and does not displace the ones we have', async (_, text, status) => {
  await using jwks = await serveJwks(current)
  const { clock, outcome } = setUp(jwks.url)
  jwks.publishText(text, status)
  expect(await outcome(current)).toBe('keys_unavailable')
  jwks.publish(current)
  clock.advance(1_000)
  expect(await outcome(current)).toBe('verified')
  jwks.publishText(text, status)

  clock.advance(300_000)

  expect(await outcome(current)).toBe('verified')
})

test('a redirect of the JWKS is not followed', async () => {
  await using jwks = await serveJwks(current)
  await using elsewhere = await serveJwks(current)
  jwks.publishText('', 302, { location: elsewhere.url })

  expect(await setUp(jwks.url).outcome(current)).toBe('keys_unavailable')
  expect(elsewhere.fetches()).toBe(0)
})

const secret = { kty: 'oct', kid: 'current', k: 'c2VjcmV0', alg: 'HS256' }
test.each([
  ['an unknown kind', { kty: 'AKP', kid: 'current', alg: 'ML-DSA-44', pub: 'AA' }],
  ['a symmetric key', secret],
  ['a private key', { ...current.publicJwk, d: current.privateKey.export({ format: 'jwk' }).d }],
  ['a key for encryption', { ...current.publicJwk, use: 'enc' }],
  ['a key for another algorithm', { ...current.publicJwk, alg: 'ES384' }],
  ['coordinates off the curve', { ...current.publicJwk, y: current.publicJwk['x'] }],
  ['a key without an id', { ...current.publicJwk, kid: undefined }],
])('%s among the keys is left out, and the others hold', async (_, entry) => {
  await using jwks = await serveJwks()
  jwks.publishText(JSON.stringify({ keys: [entry, next.publicJwk] }))
  const { outcome } = setUp(jwks.url)

  expect([await outcome(next), await outcome(current)]).toEqual(['verified', 'key_unknown'])
})

test('the first of two keys with one id counts', async () => {
  const double = createSigningKey('current')
  await using jwks = await serveJwks(current, double)
  const { outcome } = setUp(jwks.url)

  expect([await outcome(current), await outcome(double)]).toEqual(['verified', 'signature_wrong'])
})

test('given keys need no network', async () => {
  const clock = createTestClock()
  const verifier = createVerifier({ issuer, audience, jwks: { keys: [current.publicJwk] }, clock })

  const outcomes = await Promise.all([current, next].map(key => verifier.verify(key.sign(claimsAt(clock.now())))))

  expect(outcomes).toMatchObject([{ kind: 'verified' }, { kind: 'refused', reason: 'key_unknown' }])
})

test('on the clock of the machine a fresh token is good', async () => {
  await using jwks = await serveJwks(current)
  const verifier = createVerifier({ issuer, audience, jwksUrl: jwks.url })

  expect(await verifier.verify(current.sign(claimsAt(Date.now())))).toMatchObject({ kind: 'verified' })
})
