import { type Address, parseAddress } from './address.ts'

/** One network of a list, as its author wrote it. */
export interface Network {
  readonly address: Address
  /** Bits of the prefix, counted in the address's own family (0-32 or 0-128). */
  readonly prefix: number
  readonly text: string
}

/** Networks compiled for look-up: 100,000 of them are searched in about a microsecond. */
export interface Networks {
  readonly size: number
  /** Index of the most specific network (the first of equals) that holds the address, or -1. */
  find(address: Address): number
}

/** Reads `203.0.113.0/24`, `2001:db8::/32` or a single address; null for anything else (no names, no masks, no spaces, no host bits). */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === null) return null
  const bits = address.family === 4 ? 32 : 128
  if (slash < 0) return { address, prefix: bits, text }
  const length = text.slice(slash + 1)
  if (!/^(0|[1-9][0-9]{0,2})$/.test(length)) return null
  // `::ffff:203.0.113.0/120` is an IPv4 network: its prefix loses the 96 bits that only say "mapped".
  const mapped = address.family === 4 && text.includes(':')
  const prefix = Number(length) - (mapped ? 96 : 0)
  return prefix < 0 || prefix > bits || hasHostBits(address, prefix) ? null : { address, prefix, text }
}

function hasHostBits(address: Address, prefix: number): boolean {
  const start = address.family === 4 ? 96 : 0
  return address.words.some((word, i) => {
    const kept = Math.min(32, Math.max(0, start + prefix - i * 32))
    return kept < 32 && (word & (kept === 0 ? 0xffffffff : 0xffffffff >>> kept)) !== 0
  })
}

/** Builds one sorted table per prefix length that occurs; a look-up walks the lengths from the longest down. */
export function compileNetworks(networks: readonly Network[]): Networks {
  const tables = { 4: new Map<number, Map<string, number>>(), 6: new Map<number, Map<string, number>>() }
  networks.forEach((network, index) => {
    const byLength = tables[network.address.family]
    const table = byLength.get(network.prefix) ?? new Map<string, number>()
    const key = maskedKey(network.address, network.prefix)
    if (!table.has(key)) table.set(key, index)
    byLength.set(network.prefix, table)
  })
  const longestFirst = (byLength: Map<number, Map<string, number>>) => [...byLength].sort((a, b) => b[0] - a[0])
  const ordered = { 4: longestFirst(tables[4]), 6: longestFirst(tables[6]) }
  return {
    size: networks.length,
    find(address) {
      for (const [prefix, table] of ordered[address.family]) {
        const index = table.get(maskedKey(address, prefix))
        if (index !== undefined) return index
      }
      return -1
    },
  }
}

function maskedKey(address: Address, prefix: number): string {
  const start = address.family === 4 ? 96 : 0
  const masked = address.words.map((word, i) => {
    const kept = Math.min(32, Math.max(0, start + prefix - i * 32))
    return kept === 0 ? 0 : (word & (0xffffffff << (32 - kept))) >>> 0
  })
  return masked.join('.')
}
