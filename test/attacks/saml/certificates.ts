import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A key with a certificate that it signed itself (RFC 5280): as many identity providers have, also with ends in the past. */
export interface KeyPair {
  readonly key: KeyObject
  readonly publicKey: KeyObject
  /** DER in base64, one line. */
  readonly certificate: string
}

export interface Wanted {
  readonly name: string
  readonly bits?: number
  /** Instead of an RSA key. */
  readonly curve?: 'P-256'
  readonly from?: Date
  readonly until?: Date
}

export function makeKeyPair({ name, bits = 2048, curve, from, until }: Wanted): KeyPair {
  const { privateKey: key, publicKey } =
    curve === undefined
      ? generateKeyPairSync('rsa', { modulusLength: bits })
      : generateKeyPairSync('ec', { namedCurve: curve })
  const algorithm =
    curve === undefined ? der(0x30, oid('2a864886f70d01010b'), der(0x05)) : der(0x30, oid('2a8648ce3d040302'))
  const subject = der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from(name)))))
  const times = der(0x30, utc(from ?? new Date('2020-01-01T00:00:00Z')), utc(until ?? new Date('2049-01-01T00:00:00Z')))
  const version = der(0xa0, der(0x02, Buffer.from([2])))
  const serial = der(0x02, Buffer.from([1]))
  const body = der(
    0x30,
    version,
    serial,
    algorithm,
    subject,
    times,
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, key))
  return { key, publicKey, certificate: der(0x30, body, algorithm, signature).toString('base64') }
}

/** The key as the reader of messages takes it. */
export function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** X.690 8.1: tag, length, contents. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const contents = Buffer.concat(parts)
  const length = contents.length
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), contents])
  const bytes = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...bytes]), contents])
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

/** RFC 5280 4.1.2.5.1: two digits for the year until 2049. */
function utc(time: Date): Buffer {
  return der(0x17, Buffer.from(`${time.toISOString().slice(2).replace(/[-T:]/g, '').slice(0, 12)}Z`))
}
