import { bitsOf } from './distinct-ring.ts'
import { createGenerations } from './generations.ts'
import { prefixOf } from './prefix.ts'

/** What is remembered of addresses and prefixes for a while: whether one of them, by itself, looks like the attack. Bounded. */
export interface SignInSources {
  /** `nameHash`: keyed, 32 bits. Of tries on unknown devices. */
  record(address: string, nameHash: number, wrong: boolean): void
  /** Somebody signed in from here on a device that the account knows: people are at home here. */
  atHome(address: string): void
  /** Distinct names that failed from an address and were never right there. */
  neverRight(address: string): number
  looksLikeAttack(address: string): boolean
  /** The prefixes with the most names that were never right. */
  worstPrefixes(count: number): readonly WorstPrefix[]
  forget(): void
}

export interface WorstPrefix {
  readonly prefix: string
  /** At most 64 are told apart. */
  readonly names: number
}

export function createSignInSources(options: { keysMax: number; nowMs: () => number }): SignInSources {
  const { keysMax, nowMs: now } = options
  const table = <Value>(lifetimeMs: number, create: () => Value) =>
    createGenerations({ keysMax, lifetimeMs, now, create })
  const open = () => ({ addresses: table(suspectMs, newNames), prefixes: table(suspectMs, newNames) })
  let suspects = open()
  // Not forgotten with the suspects. An attacker who wants an address in here needs an account of his own that knows his device.
  const homes = table(homeMs, () => true)
  return {
    record(address, nameHash, wrong) {
      addName(suspects.addresses.take(address), nameHash, wrong)
      addName(suspects.prefixes.take(prefixOf(address)), nameHash, wrong)
    },
    atHome(address) {
      homes.take(address)
      homes.take(prefixOf(address))
    },
    neverRight: address => neverRight(suspects.addresses.find(address)),
    looksLikeAttack(address) {
      const prefix = prefixOf(address)
      if (homes.find(address) === undefined && isBad(suspects.addresses.find(address), addressNamesMin)) return true
      return homes.find(prefix) === undefined && isBad(suspects.prefixes.find(prefix), prefixNamesMin)
    },
    worstPrefixes(count) {
      const found = Array.from(suspects.prefixes.values(), ([prefix, names]) => ({ prefix, names: neverRight(names) }))
      return found.toSorted((a, b) => b.names - a.names).slice(0, count)
    },
    forget() {
      suspects = open()
    },
  }
}

const suspectMs = 3_600_000
const homeMs = 24 * 3_600_000
/** An office in which one of five mistypes has six in a row once in 15,000 mornings; a stolen pair is right once in 200. */
const addressNamesMin = 6
/** Behind a prefix stand many who have nothing to do with each other. */
const prefixNamesMin = 24
/** Each name that was right excuses as many that were not. */
const excusedPerRight = 6

/** Two bitmaps of 64 bits: which of 64 marks failed, which were right. */
interface Names {
  readonly failed: Int32Array
  readonly right: Int32Array
}

function newNames(): Names {
  return { failed: new Int32Array(2), right: new Int32Array(2) }
}

function addName({ failed, right }: Names, hash: number, wrong: boolean): void {
  const map = wrong ? failed : right
  const word = (hash >>> 5) & 1
  map[word] = (map[word] ?? 0) | (1 << (hash & 31))
}

function neverRight(names: Names | undefined): number {
  if (names === undefined) return 0
  return names.failed.reduce((sum, word, i) => sum + bitsOf(word & ~(names.right[i] ?? 0)), 0)
}

function isBad(names: Names | undefined, namesMin: number): boolean {
  if (names === undefined) return false
  const right = names.right.reduce((sum, word) => sum + bitsOf(word), 0)
  return neverRight(names) >= namesMin + excusedPerRight * right
}
