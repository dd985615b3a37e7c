import { isIPv4 } from 'node:net'
import { numberOfIPv4, numberOfIPv6, writeIPv4, writeIPv6 } from './address-numbers.ts'

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
