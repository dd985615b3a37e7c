import { parseNetwork } from '../../src/lib/cidr.ts'

// Writes a small file in the MaxMind DB format, version 2.0: a binary tree over addresses, and records behind it. Sizes are those of tests:
// every value shorter than 285 bytes, every pointer of 24 bits.

export type MmdbValue = string | number | { readonly [key: string]: MmdbValue } | readonly MmdbValue[]

/** `records`: network text to record. IPv4 lies at ::/96, as in the files that are sold. */
export function writeMmdb(records: Readonly<Record<string, MmdbValue>>, type = 'Test-City'): Buffer {
  const nodes: (Node | number | null)[][] = [[null, null]]
  const data: Buffer[] = []
  let dataBytes = 0
  for (const [text, record] of Object.entries(records)) {
    insert(nodes, bitsOf(text), dataBytes)
    const bytes = encode(record)
    data.push(bytes)
    dataBytes += bytes.length
  }
  const tree = Buffer.concat(nodes.map(pair => Buffer.concat(pair.map(side => pointer(side, nodes.length)))))
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: type,
    description: { en: 'test' },
    ip_version: 6,
    languages: ['en', 'ja'],
    node_count: nodes.length,
    record_size: 24,
  })
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata])
}

/** An index of `nodes`. */
interface Node {
  readonly node: number
}

function insert(nodes: (Node | number | null)[][], bits: readonly number[], offset: number): void {
  let at = 0
  bits.forEach((bit, i) => {
    const pair = nodes[at] ?? []
    if (i === bits.length - 1) {
      pair[bit] = offset
      return
    }
    const side = pair[bit]
    if (typeof side === 'object' && side !== null) at = side.node
    else {
      at = nodes.push([null, null]) - 1
      pair[bit] = { node: at }
    }
  })
}

function pointer(side: Node | number | null | undefined, nodeCount: number): Buffer {
  const value = side == null ? nodeCount : typeof side === 'number' ? nodeCount + 16 + side : side.node
  return Buffer.from([value >>> 16, (value >>> 8) & 255, value & 255])
}

function bitsOf(text: string): readonly number[] {
  const network = parseNetwork(text)
  if (network === null) throw new Error(`${text} is no network`)
  const { address, prefix } = network
  const length = address.family === 4 ? 96 + prefix : prefix
  return Array.from({ length }, (_, i) => ((address.words[Math.floor(i / 32)] ?? 0) >>> (31 - (i % 32))) & 1)
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control(6, 4), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)])
  const entries = Object.entries(value)
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([key, each]) => [encode(key), encode(each)])])
}

/** Type and size; types above 7 are written in a byte of their own, sizes above 28 too. */
function control(type: number, size: number): Buffer {
  const short = size < 29 ? size : 29
  const head = type > 7 ? [short, type - 7] : [(type << 5) | short]
  return Buffer.from(size < 29 ? head : [...head, size - 29])
}
