import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { isoInstant } from '../lib/instant.ts'

export interface CertificateContent {
  /** RSA. */
  readonly privateKey: KeyObject
  /** Whom a provider's administrator reads; cut at 64 characters (RFC 5280, ub-common-name). */
  readonly commonName: string
  /** 16 random bytes. */
  readonly serial: Uint8Array
  readonly startsAt: number
  readonly endsAt: number
}

/**
 * A self-signed X.509 v3 certificate (RFC 5280 §4.1) for an RSA key, DER in base64. Metadata wants keys in this wrapping; nobody follows
 * a chain, so it names its key and says what the key is for, and that it certifies nobody else.
 */
export function selfSigned({ privateKey, commonName, serial, startsAt, endsAt }: CertificateContent): string {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const name = sequence(
    set(sequence(oid.commonName, tagged(0x0c, Buffer.from(Array.from(commonName).slice(0, 64).join(''))))),
  )
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))), // v3
    integer(Buffer.concat([Buffer.from([0x01]), serial])), // positive and never zero, 17 bytes (at most 20)
    sha256WithRsa,
    name,
    sequence(moment(startsAt), moment(endsAt)),
    name,
    publicKey,
    tagged(0xa3, sequence(critical(oid.basicConstraints, sequence()), critical(oid.keyUsage, signsAndDecrypts))),
  )
  return sequence(body, sha256WithRsa, bits(sign('sha256', body, privateKey))).toString('base64')
}

function critical(name: Buffer, value: Buffer): Buffer {
  return sequence(name, tagged(0x01, Buffer.from([0xff])), tagged(0x04, value))
}

/** RFC 5280 §4.1.2.5: two digits of the year until 2049, four from 2050 on. */
function moment(at: number): Buffer {
  const digits = `${isoInstant(at).replaceAll(/\D/g, '')}Z`
  const isShort = digits < '2050'
  return isShort ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits))
}

function bits(content: Uint8Array): Buffer {
  return tagged(0x03, Buffer.from([0]), content)
}

function integer(content: Uint8Array): Buffer {
  return tagged(0x02, content)
}

function set(...content: readonly Uint8Array[]): Buffer {
  return tagged(0x31, ...content)
}

function sequence(...content: readonly Uint8Array[]): Buffer {
  return tagged(0x30, ...content)
}

/** X.690 §8.1 and §10.1: tag, length in its shortest form, content. */
function tagged(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body), body])
}

function lengthOf({ length }: Uint8Array): Buffer {
  if (length < 0x80) return Buffer.from([length])
  if (length < 0x100) return Buffer.from([0x81, length])
  return Buffer.from([0x82, length >> 8, length & 0xff]) // up to 64 KB; ours are below 2 KB
}

const oid = {
  commonName: Buffer.from([0x06, 0x03, 0x55, 0x04, 0x03]),
  keyUsage: Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x0f]),
  basicConstraints: Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x13]),
}
const sha256WithRsa = Buffer.from('300d06092a864886f70d01010b0500', 'hex')
/** digitalSignature and keyEncipherment. */
const signsAndDecrypts = Buffer.from([0x03, 0x02, 0x05, 0xa0])
