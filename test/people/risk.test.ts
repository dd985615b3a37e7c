import { describe, expect, test } from 'vitest'
import { type Circumstances, judgeRisk } from '../../src/people/risk.ts'
import { aFactor, anAccount, dayMs, now } from '../contracts/samples.ts'

const held = { at: now, cause: 'threat:7' }
const dormant = anAccount({
  createdAt: now - 400 * dayMs,
  lastSignInAt: now - 181 * dayMs,
  password: { hash: 'h', changedAt: now - 400 * dayMs },
})

function risk(about: Partial<Circumstances> = {}) {
  const quiet = { proof: 'password', knownDevice: false, suspicious: false, codeOnUnknownDevice: false } as const
  return judgeRisk({ account: anAccount(), now, ...quiet, ...about })
}

describe('a sign-in', () => {
  test.each<[string, Partial<Circumstances>, string]>([
    ['in quiet times is not doubted', {}, 'none'],
    ['inside an attack is suspicious', { suspicious: true }, 'suspicious'],
    ['to a held account waits', { account: anAccount({ held }) }, 'held'],
    ['to a held account from a known device does not', { account: anAccount({ held }), knownDevice: true }, 'none'],
    ['to a dormant account waits', { account: dormant }, 'dormant'],
    ['to a dormant account from a known device waits too', { account: dormant, knownDevice: true }, 'dormant'],
    ['to a dormant account with a factor does not', { account: { ...dormant, factors: [aFactor()] } }, 'none'],
    ['after 180 days is not dormant yet', { account: { ...dormant, lastSignInAt: now - 180 * dayMs } }, 'none'],
    ['from an unknown device waits where that is asked for', { codeOnUnknownDevice: true }, 'unknown_device'],
    ['from a known one does not', { codeOnUnknownDevice: true, knownDevice: true }, 'none'],
  ])('%s', (_, about, why) => {
    expect(risk(about)).toEqual({ emailCode: why !== 'none', why })
  })

  test('is told by its strongest reason', () => {
    const all = { account: { ...dormant, held }, suspicious: true, codeOnUnknownDevice: true }

    expect(risk(all).why).toBe('suspicious')
    expect(risk({ ...all, suspicious: false }).why).toBe('held')
    expect(risk({ ...all, suspicious: false, account: dormant }).why).toBe('dormant')
  })

  test.each(['passkey', 'saml', 'email_code'] as const)('by %s leaves nothing to doubt', proof => {
    expect(risk({ proof, account: { ...dormant, held }, suspicious: true, codeOnUnknownDevice: true }).why).toBe('none')
  })
})
