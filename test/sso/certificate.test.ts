import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { selfSigned } from '../../src/sso/certificate.ts'

const startsAt = 1_800_000_000_000
const dayMs = 86_400_000
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

function certify(about: Partial<Parameters<typeof selfSigned>[0]> = {}) {
  const content = { privateKey, commonName: 'auth.example.com', serial: Buffer.alloc(16, 0xff), startsAt }
  const text = selfSigned({ ...content, endsAt: startsAt + 3_652 * dayMs, ...about })
  return new X509Certificate(Buffer.from(text, 'base64'))
}

test('a certificate says whose it is, holds the key, and is signed by it', () => {
  const certificate = certify()

  expect(certificate.subject).toBe('CN=auth.example.com')
  expect(certificate.issuer).toBe('CN=auth.example.com')
  expect(certificate.publicKey.equals(publicKey)).toBe(true)
  expect(certificate.verify(publicKey)).toBe(true)
  expect(certificate.checkPrivateKey(privateKey)).toBe(true)
})

test('it may sign and take keys, and certifies nobody else', () => {
  const certificate = certify()

  expect(certificate.ca).toBe(false)
  expect(certificate.raw.includes(Buffer.from('0603551d130101ff04023000', 'hex'))).toBe(true) // CA:FALSE, critical
  expect(certificate.raw.includes(Buffer.from('0603551d0f0101ff0404030205a0', 'hex'))).toBe(true)
})

test.each([
  ['in this half of the century', startsAt, startsAt + 3_652 * dayMs],
  ['across 2050, where the form of a date changes', Date.UTC(2045, 0, 1), Date.UTC(2055, 5, 7, 8, 9, 10)],
  ['at the last second of 2049', Date.UTC(2049, 11, 31, 23, 59, 58), Date.UTC(2049, 11, 31, 23, 59, 59)],
  ['from the first of 2050', Date.UTC(2050, 0, 1), Date.UTC(2050, 0, 1, 0, 0, 1)],
])('times are the ones that were given: %s', (_, from, to) => {
  const certificate = certify({ startsAt: from, endsAt: to })

  expect([certificate.validFromDate.getTime(), certificate.validToDate.getTime()]).toEqual([from, to])
})

test('a serial number is positive, whatever chance gives', () => {
  expect(certify({ serial: Buffer.alloc(16, 0xff) }).serialNumber).toBe(`01${'FF'.repeat(16)}`)
  expect(certify({ serial: Buffer.alloc(16) }).serialNumber).toBe(`01${'00'.repeat(16)}`)
})

test.each([
  ['関所.example.jp', '関所.example.jp'],
  ['a'.repeat(300), 'a'.repeat(64)],
  ['x, O=Evil\n"', 'x, O=Evil\n"'],
])('a name stays one name: %j', (commonName, expected) => {
  const certificate = certify({ commonName })

  expect(certificate.toLegacyObject().subject).toEqual(expect.objectContaining({ CN: expected }))
  expect(Object.keys(certificate.toLegacyObject().subject)).toEqual(['CN'])
  expect(certificate.verify(publicKey)).toBe(true)
})

test('the bytes that are signed are found where a verifier of its own looks for them', () => {
  const { raw, fingerprint256 } = certify()

  expect(fingerprint256.replaceAll(':', '').toLowerCase()).toBe(createHash('sha256').update(raw).digest('hex'))
})
