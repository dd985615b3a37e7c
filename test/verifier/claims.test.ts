import { describe, expect, test } from 'vitest'
import { createVerifier } from '../../src/verifier/verify.ts'
import { createTestClock } from '../support/test-clock.ts'
import { audience, claimsAt, createSigningKey, issuer } from './issuer.ts'

const clock = createTestClock()
const now = clock.now()
const seconds = Math.floor(now / 1000)
const key = createSigningKey('key-1')
const verifier = createVerifier({ issuer, audience, jwks: { keys: [key.publicJwk] }, clock })

async function reasonFor(changes: Record<string, unknown>): Promise<string> {
  const verified = await verifier.verify(key.sign(claimsAt(now, changes)))
  return verified.kind === 'refused' ? verified.reason : 'verified'
}

describe('for whom and by whom', () => {
  test.each(['https://auth.example.test/', 'https://evil.example', '', undefined, [issuer], `${issuer}\0`])(
    'the issuer %j is refused',
    async iss => {
      expect(await reasonFor({ iss })).toBe('issuer_wrong')
    },
  )

  test.each(['mail', 'CHAT', '', undefined, null, 'chat/'])(
    'a token for another backend is refused (%j)',
    async aud => {
      expect(await reasonFor({ aud })).toBe('audience_wrong')
    },
  )

  test.each([[['chat']], [['chat', 'mail']], [['mail', 'chat']]])('a list of backends is refused (%j)', async aud => {
    expect(await reasonFor({ aud })).toBe('audience_wrong')
  })
})

describe('when', () => {
  test.each([
    ['its last second', { iat: seconds - 60, exp: seconds }, 'verified'],
    ['the last second of the tolerance', { iat: seconds - 60, exp: seconds - 4 }, 'verified'],
    ['the end of the tolerance', { iat: seconds - 60, exp: seconds - 5 }, 'expired'],
    ['a day later', { iat: seconds - 86_400, nbf: seconds - 86_400, exp: seconds - 86_340 }, 'expired'],
    ['five seconds early', { nbf: seconds + 5 }, 'verified'],
    ['six seconds early', { nbf: seconds + 6 }, 'not_yet_valid'],
    ['issued in the future', { iat: seconds + 6 }, 'not_yet_valid'],
    ['two minutes of life', { exp: seconds + 120 }, 'verified'],
    ['more than two minutes of life', { exp: seconds + 121 }, 'lifetime_too_long'],
    ['a life without end', { exp: 1e300 }, 'lifetime_too_long'],
  ])('%s', async (_, changes, outcome) => {
    expect(await reasonFor(changes)).toBe(outcome)
  })

  test.each(['exp', 'nbf', 'iat'])('%s must be there, and be a number', async claim => {
    for (const value of [undefined, null, String(seconds), [seconds], -1, true])
      expect(await reasonFor({ [claim]: value }), JSON.stringify(value)).toBe('claims_malformed')
  })

  test('a token that was good is refused once its time is over', async () => {
    const later = createTestClock(now)
    const aging = createVerifier({ issuer, audience, jwks: { keys: [key.publicJwk] }, clock: later })
    const token = key.sign(claimsAt(now))
    expect(await aging.verify(token)).toMatchObject({ kind: 'verified' })

    later.advance(65_000)

    expect(await aging.verify(token)).toEqual({ kind: 'refused', reason: 'expired' })
  })

  test('the tolerance is a choice', async () => {
    const strict = createVerifier({
      issuer,
      audience,
      jwks: { keys: [key.publicJwk] },
      clock,
      clockToleranceSeconds: 0,
    })

    const verified = await strict.verify(key.sign(claimsAt(now, { iat: seconds - 60, exp: seconds })))

    expect(verified).toEqual({ kind: 'refused', reason: 'expired' })
  })
})

describe('who', () => {
  test.each(['sub', 'sid', 'jti'])('%s must be there, as a text that is not empty', async claim => {
    for (const value of [undefined, null, '', 7, ['x'], { x: 1 }])
      expect(await reasonFor({ [claim]: value }), JSON.stringify(value)).toBe('claims_malformed')
  })

  test.each([
    ['email', [undefined, null, ['a@b.example']]],
    ['name', [undefined, null, {}]],
    ['org', ['', 7, ['org']]],
    ['roles', [undefined, null, 'administrator', { 0: 'administrator' }, [7], ['']]],
    ['amr', [undefined, null, 'password', [null]]],
    ['auth_time', [undefined, null, '1', -1]],
  ])('%s of another kind is refused, not guessed at', async (claim, values) => {
    for (const value of values)
      expect(await reasonFor({ [claim]: value }), JSON.stringify(value)).toBe('claims_malformed')
  })

  test('a person without roles has none', async () => {
    const verified = await verifier.verify(key.sign(claimsAt(now, { roles: [] })))

    expect(verified).toMatchObject({ kind: 'verified', identity: { roles: [] } })
  })
})
