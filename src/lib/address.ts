import { isIPv4, isIPv6 } from 'node:net'
import { formatIPv6, readIPv4, readIPv6, type Words } from './address-text.ts'

/**
 * An IP address as a number of its family. An IPv4-mapped IPv6 address is IPv4 from here on
 * (Node shows IPv4 peers that way on a dual-stack socket; Hono CVE-2026-39409).
 */
export interface Address {
  readonly family: 4 | 6
  /** Four 32-bit words, most significant first; IPv4 uses the last one. */
  readonly words: Words
  /** Canonical text (RFC 5952). */
  readonly text: string
}

/** The client as the rules see it. `uncertain`: a trusted proxy's list could not be read to its end; logs and budgets use the address, network gates deny. */
export interface ClientAddress {
  readonly address: Address
  readonly uncertain: boolean
}

/** Reads an address as the runtime prints it; null for anything else, also for octal, hexadecimal, short and zoned forms. */
export function parseAddress(text: string): Address | null {
  // What the runtime takes for IPv4 is canonical already: four decimal numbers without leading zeros.
  if (isIPv4(text)) return { family: 4, words: [0, 0, 0, readIPv4(text, 0)], text }
  if (!isIPv6(text) || text.includes('%')) return null
  const words = readIPv6(text)
  if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) return ipv4(words[3])
  return { family: 6, words, text: formatIPv6(words) }
}

/** The key under which an address is counted: IPv4 whole, IPv6 by /64 (one household, one server: RFC 6177). */
export function budgetKey(address: Address): string {
  if (address.family === 4) return address.text
  return `${formatIPv6([address.words[0], address.words[1], 0, 0])}/64`
}

function ipv4(word: number): Address {
  const text = `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
  return { family: 4, words: [0, 0, 0, word], text }
}
