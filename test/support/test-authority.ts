import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { oid, sequence, tlv } from './der.ts'
import type { TestCertificate } from './test-certificate.ts'

// An authority that lives for one run and signs what a test asks for, right or wrong. No private key lies in the repository.

export interface TestAuthority {
  /** Its own certificate, PEM. */
  readonly pem: string
  issue(wish: CertificateWish): TestCertificate
}

export interface CertificateWish {
  /** DNS names and addresses of the subject alternative name. */
  readonly names: readonly string[]
  readonly commonName?: string
  readonly from?: Date
  readonly until?: Date
  readonly keys?: 'ec' | 'rsa'
}

export function createTestAuthority(name = 'authority of this test'): TestAuthority {
  const pair = makeKeys('ec')
  const issuer = nameOf(name)
  const isAuthority = extension([2, 5, 29, 19], sequence(tlv(0x01, Buffer.from([255]))))
  const lasting = { from: new Date('2020-01-01'), until: new Date('2049-12-31') }
  return {
    pem: pemOf(
      certificate({ issuer, subject: issuer, ...lasting, publicKey: pair.publicKey, extensions: [isAuthority] }, pair),
    ),
    issue({ names, commonName = names[0] ?? '', from = lasting.from, until = lasting.until, keys = 'ec' }) {
      const own = makeKeys(keys)
      const alternatives = names.length === 0 ? [] : [extension([2, 5, 29, 17], sequence(...names.map(generalName)))]
      const wish = { issuer, subject: nameOf(commonName), from, until, publicKey: own.publicKey }
      return {
        pem: pemOf(certificate({ ...wish, extensions: alternatives }, pair)),
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      }
    },
  }
}

interface Keys {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

interface Content {
  readonly issuer: Buffer
  readonly subject: Buffer
  readonly from: Date
  readonly until: Date
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

function makeKeys(kind: 'ec' | 'rsa'): Keys {
  return kind === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 })
}

function certificate({ issuer, subject, from, until, publicKey, extensions }: Content, signer: Keys): Buffer {
  const algorithm = sequence(oid([1, 2, 840, 10045, 4, 3, 2]))
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    issuer,
    sequence(time(from), time(until)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [tlv(0xa3, sequence(...extensions))]),
  )
  return sequence(body, algorithm, tlv(0x03, Buffer.from([0]), sign('sha256', body, signer.privateKey)))
}

function nameOf(commonName: string): Buffer {
  return sequence(tlv(0x31, sequence(oid([2, 5, 4, 3]), tlv(0x0c, Buffer.from(commonName, 'utf8')))))
}

function extension(id: readonly number[], value: Buffer): Buffer {
  return sequence(oid(id), tlv(0x04, value))
}

function generalName(name: string): Buffer {
  const numbers = name.split('.').map(Number)
  return numbers.every(Number.isInteger) ? tlv(0x87, Buffer.from(numbers)) : tlv(0x82, Buffer.from(name, 'latin1'))
}

/** UTCTime: years from 1950 to 2049. */
function time(at: Date): Buffer {
  return tlv(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`))
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{1,64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`
}
