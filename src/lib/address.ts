import { isIPv4, isIPv6 } from 'node:net'

/**
 * An IP address as a number of its family. An IPv4-mapped IPv6 address is IPv4 from here on
 * (Node shows IPv4 peers that way on a dual-stack socket; Hono CVE-2026-39409).
 */
export interface Address {
  readonly family: 4 | 6
  /** Four 32-bit words, most significant first; IPv4 uses the last one. */
  readonly words: readonly [number, number, number, number]
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
  if (isIPv4(text)) return ipv4(readIPv4(text))
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

function readIPv4(text: string): number {
  let word = 0
  for (const part of text.split('.')) word = word * 256 + Number(part)
  return word >>> 0
}

function readIPv6(text: string): [number, number, number, number] {
  // The tail may be written as IPv4 (RFC 4291 §2.2.3): turn it into two groups first.
  const dotted = text.lastIndexOf(':') + 1
  const tail = text.slice(dotted)
  const plain = tail.includes('.') ? `${text.slice(0, dotted)}${groupsOf(readIPv4(tail)).join(':')}` : text
  const [left = '', right] = plain.split('::')
  const head = left === '' ? [] : left.split(':')
  const end = right === undefined || right === '' ? [] : right.split(':')
  const zeros: string[] = Array.from({ length: 8 - head.length - end.length }, () => '0')
  const groups = [...head, ...zeros, ...end].map(group => Number.parseInt(group, 16))
  const word = (i: number) => (((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0)) >>> 0
  return [word(0), word(2), word(4), word(6)]
}

function groupsOf(word: number): [string, string] {
  return [(word >>> 16).toString(16), (word & 0xffff).toString(16)]
}

/** RFC 5952 §4: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) written `::`. */
function formatIPv6(words: readonly number[]): string {
  const groups = words.flatMap(word => [word >>> 16, word & 0xffff])
  let best = { start: -1, length: 1 }
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (groups[i + length] === 0) length++
    if (length > best.length) best = { start: i, length }
    if (length > 0) i += length
  }
  const hex = (part: readonly number[]) => part.map(group => group.toString(16)).join(':')
  if (best.start < 0) return hex(groups)
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`
}
