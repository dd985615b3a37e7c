import type { Random } from '../../src/lib/random.ts'
import type { Caution } from '../../src/limits/caution.ts'
import { createStuffing, type SignInSample, type Stuffing, type StuffingChange } from '../../src/limits/stuffing.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

/** Crowds that sign in, drawn from a seed: what they meet is the same in each run. */
export interface Crowd {
  readonly stuffing: Stuffing
  readonly clock: TestClock
  readonly changes: StuffingChange[]
  readonly chance: () => number
  /** One try: judged, then recorded as the one who verifies would. */
  tries(attempt: Try): Caution
}

export interface Try {
  readonly name: string
  readonly address: string
  readonly right: boolean
  /** Enters the code that was asked for. */
  readonly confirms?: boolean
  readonly known?: boolean
  readonly leaked?: boolean
  readonly signs?: number
}

export const numbers = {
  on: true,
  names: { slow: 40, code: 80, refuse: 400 },
  failureShare: 0.5,
  holdMs: 15 * 60_000,
  delayMaxMs: 4_000,
}

export function gather(seed = 1): Crowd {
  const clock = createTestClock()
  const changes: StuffingChange[] = []
  const chance = mulberry(seed)
  const stuffing = createStuffing({
    clock,
    random: seeded(chance),
    numbers: () => numbers,
    keysMax: 20_000,
    onChange: change => changes.push(change),
  })
  return {
    stuffing,
    clock,
    changes,
    chance,
    tries({ name, address, right, confirms = false, known = false, leaked = false, signs = 0 }) {
      const sample: SignInSample = { name, address, signs, deviceLane: known ? 'known-device' : 'unknown' }
      const { caution } = stuffing.judge(sample)
      const openly = caution === 'none' || caution === 'slow'
      stuffing.record(sample, { kind: right ? (openly ? 'right' : 'unconfirmed') : 'wrong', leaked })
      if (right && confirms && caution === 'code') stuffing.confirm(sample)
      return caution
    },
  }
}

/** Somebody of a peaceful crowd: mistypes now and then, tries again until it is right. */
export function signIn(crowd: Crowd, who: Omit<Try, 'right'>, mistypes: number): Caution[] {
  const met: Caution[] = []
  while (crowd.chance() < mistypes) met.push(crowd.tries({ ...who, right: false }))
  met.push(crowd.tries({ ...who, right: true, confirms: true }))
  return met
}

/** Addresses of an attacker: by turns the keys of IPv6 /64 networks and single IPv4 addresses all over the world. */
export function addressOf(i: number): string {
  if (i % 2 === 0) return `2001:db8:${(i % 40).toString(16)}:${i.toString(16)}::/64`
  const spread = (i * 2_654_435_761) >>> 0
  return `${1 + ((spread >>> 24) % 220)}.${(spread >>> 16) & 255}.${(spread >>> 8) & 255}.${spread & 255}`
}

function seeded(chance: () => number): Random {
  const bytes = (count: number) => Buffer.from(Array.from({ length: count }, () => Math.floor(chance() * 256)))
  return {
    bytes,
    token: count => bytes(count).toString('base64url'),
    digits: count => Array.from({ length: count }, () => Math.floor(chance() * 10)).join(''),
  }
}

function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
