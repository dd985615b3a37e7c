import { parseNetwork } from '../../src/lib/cidr.ts'
import { numberOfIPv4, numberOfIPv6, writeIPv4, writeIPv6 } from './address-numbers.ts'

// The gateway's lists say who may come. A list of who may not is written for it as what it means: everybody else may.

interface Block {
  readonly bits: 32 | 128
  readonly start: bigint
  readonly prefix: number
}

/** All networks that lie outside the rules, or null when a rule is none. */
export function everybodyBut(rules: readonly string[]): string[] | null {
  const denied = rules.map(readBlock)
  if (denied.some(block => block === null)) return null
  let left: Block[] = [
    { bits: 32, start: 0n, prefix: 0 },
    { bits: 128, start: 0n, prefix: 0 },
  ]
  for (const block of denied) if (block !== null) left = left.flatMap(one => without(one, block))
  return left.map(({ bits, start, prefix }) => `${bits === 32 ? writeIPv4(start) : writeIPv6(start)}/${prefix}`)
}

function readBlock(rule: string): Block | null {
  const network = parseNetwork(rule)
  if (network === null) return null
  const { family, text } = network.address
  return family === 4
    ? { bits: 32, start: numberOfIPv4(text), prefix: network.prefix }
    : { bits: 128, start: numberOfIPv6(text), prefix: network.prefix }
}

function without(block: Block, denied: Block): Block[] {
  if (block.bits !== denied.bits) return [block]
  const shared = Math.min(block.prefix, denied.prefix)
  const shift = BigInt(block.bits - shared)
  if (block.start >> shift !== denied.start >> shift) return [block]
  if (denied.prefix <= block.prefix) return []
  const half = 1n << BigInt(block.bits - block.prefix - 1)
  const halves = [block.start, block.start + half].map(start => ({ ...block, start, prefix: block.prefix + 1 }))
  return halves.flatMap(one => without(one, denied))
}
