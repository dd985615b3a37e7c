import { isIPv4, isIPv6 } from 'node:net'
import { type Address, parseAddress } from '../lib/address.ts'
import { formatIPv6 } from '../lib/address-text.ts'

// The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): a proxy that does not read HTTP names the client in front of
// everything else. Read as strictly as it is written: whoever is believed here says who anybody is.

export type ProxyHeader =
  | { readonly kind: 'more' }
  | { readonly kind: 'bad'; readonly why: string }
  | {
      readonly kind: 'read'
      /** Bytes of the header. */
      readonly length: number
      readonly client: NamedClient
      /** The client spoke TLS with the proxy. */
      readonly secure: boolean
    }

/** `itself`: the proxy asks for itself (a health check). `unknown`: it speaks for somebody whom it cannot name. */
export type NamedClient = Address | 'itself' | 'unknown'

/** §2.1: the longest possible line of version 1. */
const lineMax = 107
/** Of version 2, the first sixteen bytes aside: the longest addresses are 216, and what proxies add is far below this. */
const blockMax = 4096

/** Reads the header at the beginning of these bytes. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, signature)) return readVersion2(bytes)
  if (startsLike(bytes, prefix)) return readVersion1(bytes)
  return bad('there is no PROXY header')
}

function startsLike(bytes: Buffer, wanted: Buffer): boolean {
  const length = Math.min(bytes.length, wanted.length)
  return bytes.compare(wanted, 0, length, 0, length) === 0
}

const prefix = Buffer.from('PROXY ')
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

function readVersion1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, lineMax).indexOf('\r\n')
  if (end < 0) return bytes.length >= lineMax ? bad('its line is too long') : { kind: 'more' }
  const line = bytes.toString('latin1', 0, end)
  const length = end + 2
  // What follows UNKNOWN is to be ignored (§2.1).
  if (/^PROXY UNKNOWN(?: [^\r\n]*)?$/.test(line)) return { kind: 'read', length, client: 'unknown', secure: false }
  const match = /^PROXY TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) ([0-9]+) ([0-9]+)$/.exec(line)
  if (match === null) return bad('its line is not one of version 1')
  const [, family, source = '', destination = '', ...ports] = match
  const isOfFamily = family === '4' ? isIPv4 : isIPv6
  const client = parseAddress(source)
  if (client === null || !isOfFamily(source) || !isOfFamily(destination)) return bad('an address is none of its family')
  if (!ports.every(isPort)) return bad('a port is none')
  return { kind: 'read', length, client, secure: false }
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65_535
}

/** §2.2: signature, version and command, family and transport, length; then addresses and type-length-value vectors. */
function readVersion2(bytes: Buffer): ProxyHeader {
  if (bytes.length < headBytes) return { kind: 'more' }
  const command = bytes.readUInt8(12)
  if (command !== commands.local && command !== commands.proxy) return bad('its version or command is unknown')
  const blockBytes = bytes.readUInt16BE(14)
  if (blockBytes > blockMax) return bad('it is too long')
  const length = headBytes + blockBytes
  if (bytes.length < length) return { kind: 'more' }
  // A proxy that speaks for itself may leave anything in the rest.
  if (command === commands.local) return { kind: 'read', length, client: 'itself', secure: false }
  const header = bytes.subarray(0, length)
  const addressBytes = addressLengths.get(header.readUInt8(13))
  if (addressBytes === undefined) return bad('its family is unknown')
  if (blockBytes < addressBytes) return bad('its addresses are cut off')
  const vectors = readVectors(header, headBytes + addressBytes)
  if (vectors.kind === 'bad') return vectors
  return { kind: 'read', length, client: clientOf(header, addressBytes), secure: vectors.secure }
}

const headBytes = 16
const commands = { local: 0x20, proxy: 0x21 }
/** Bytes of both addresses and ports, by family and transport: unspecified, TCP over IPv4, over IPv6, a stream on a Unix socket. */
const addressLengths: ReadonlyMap<number, number> = new Map([
  [0x00, 0],
  [0x11, 12],
  [0x21, 36],
  [0x31, 216],
])

function clientOf(header: Buffer, addressBytes: number): NamedClient {
  const word = (i: number) => header.readUInt32BE(headBytes + 4 * i)
  const text =
    addressBytes === 12
      ? [...header.subarray(headBytes, headBytes + 4)].join('.')
      : addressBytes === 36
        ? formatIPv6([word(0), word(1), word(2), word(3)])
        : ''
  return parseAddress(text) ?? 'unknown'
}

type Vectors = { readonly kind: 'read'; readonly secure: boolean } | { readonly kind: 'bad'; readonly why: string }

/** Of the vectors, the checksum is checked and the client's TLS noted; the others are passed over. */
function readVectors(header: Buffer, from: number): Vectors {
  let secure = false
  let checksums = 0
  for (let at = from; at < header.length; ) {
    const end = at + 3 + (at + 3 <= header.length ? header.readUInt16BE(at + 1) : 0)
    if (at + 3 > header.length || end > header.length) return { kind: 'bad', why: 'a vector goes past its end' }
    const type = header.readUInt8(at)
    if (type === vectorTypes.tls && end > at + 3) secure = (header.readUInt8(at + 3) & clientSpokeTls) !== 0
    if (type === vectorTypes.checksum) {
      checksums += 1
      if (checksums > 1 || end !== at + 7 || checksumWithout(header, at + 3) !== header.readUInt32BE(at + 3))
        return { kind: 'bad', why: 'its checksum is wrong' }
    }
    at = end
  }
  return { kind: 'read', secure }
}

const vectorTypes = { checksum: 0x03, tls: 0x20 }
const clientSpokeTls = 0x01

/** CRC-32C over the header with the checksum's own four bytes as zeros (§2.2.3). */
function checksumWithout(header: Buffer, at: number): number {
  const copy = Buffer.from(header)
  copy.writeUInt32BE(0, at)
  let crc = 0xffffffff
  for (const byte of copy) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

function bad(why: string): ProxyHeader & { kind: 'bad' } {
  return { kind: 'bad', why }
}
