import { isIPv4 } from 'node:net'

/**
 * Addresses that share a bucket, and some next to it that do not. A bucket is written as an address, as a network (`2001:db8::/64`), or as
 * the first address of a /64 when it is IPv6 and names no length.
 */
export function neighboursOf(bucket: string): { inside: string[]; outside: string[] } {
  const [text = '', length] = bucket.split('/')
  const bits = isIPv4(text) ? 32 : 128
  const start = isIPv4(text) ? numberOfIPv4(text) : numberOfIPv6(text)
  const prefix = length === undefined ? (bits === 32 ? 32 : 64) : Number(length)
  const size = 1n << BigInt(bits - prefix)
  const first = (start / size) * size
  const write = bits === 32 ? writeIPv4 : writeIPv6
  return { inside: [first, first + size - 1n].map(write), outside: [first + size, first ^ size].map(write) }
}

function numberOfIPv4(text: string): bigint {
  return text.split('.').reduce((number, part) => number * 256n + BigInt(part), 0n)
}

function numberOfIPv6(text: string): bigint {
  const [left = '', right] = text.split('::')
  const head = left.split(':').filter(group => group !== '')
  const tail = (right ?? '').split(':').filter(group => group !== '')
  const zeros: string[] = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].reduce((number, group) => number * 65_536n + BigInt(`0x${group}`), 0n)
}

function writeIPv4(number: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => (number >> shift) & 255n).join('.')
}

function writeIPv6(number: bigint): string {
  return [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map(shift => ((number >> shift) & 65_535n).toString(16)).join(':')
}
