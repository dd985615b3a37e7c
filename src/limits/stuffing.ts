import { hash } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { type Caution, type Raised, rank } from './caution.ts'
import { prefixOf } from './prefix.ts'
import type { SignInTry } from './regulation.ts'
import { createSignInSources, type WorstPrefix } from './sign-in-sources.ts'
import { createStuffingLevel, type StuffingNumbers } from './stuffing-level.ts'
import type { StuffingFigures } from './stuffing-window.ts'

// Credential stuffing: pairs of names and passwords from elsewhere, tried at scale. Tries from unknown devices are counted in sliding
// windows; when the names that nobody gets right become too many, from too many addresses, everybody on an unknown device is met with
// more caution, and with less again when it is over. It never learns whether a name exists, and keeps no name. Memory is fixed.
// The numbers are reasoned in docs/decisions/0022. Start at `createStuffing`; the steps stand in stuffing-level.ts.

/** A try as the detection of credential stuffing sees it. */
export interface SignInSample extends SignInTry {
  /** How many signs of a program the request bears (portal/automation-signs.ts). */
  readonly signs: number
  /** The share of its budgets that the try has used, from 0 to 1, as regulation answered; without it nothing of that is waited for. */
  readonly used?: number
}

export type SampleOutcome = {
  /**
   * `unconfirmed`: a right password that was met with caution. Until its owner has shown more, it must leave the same traces as a wrong one:
   * whoever typed it could read them from what the address is met with next.
   */
  readonly kind: 'wrong' | 'right' | 'unconfirmed'
  /** The password that was tried stands in the list of leaked ones. */
  readonly leaked: boolean
}

/** Windows over the tries to sign in; raises its caution when they look like credential stuffing, and lowers it by itself. */
export interface Stuffing {
  /** Asked before anything is verified, and the same for every name. `delayMs`: how long the answer shall wait, 0 to 4,000. */
  judge(sample: SignInSample): { readonly caution: Caution; readonly delayMs: number }
  /** Every try, once: also one that was refused, or met a spent budget (as wrong). A right password is right whatever is asked next. */
  record(sample: SignInSample, outcome: SampleOutcome): void
  /** An unconfirmed one has become a session: people are at this address. */
  confirm(sample: Pick<SignInTry, 'address' | 'name'>): void
  readonly caution: Caution
  /** Time alone lowers a step: whoever owns it calls this now and then, so that it is told when it happens. */
  look(): void
  evidence(): Evidence
  /** After a restart, or because another process saw it: at least this caution, for at least its time. */
  resume(caution: Raised): void
  /** An operator calls it a false alarm: calm now, and the same evidence does not raise it again. */
  undo(): void
}

/** What speaks for a step: figures and networks, never a name. */
export interface Evidence {
  readonly windows: readonly StuffingFigures[]
  readonly prefixes: readonly WorstPrefix[]
}

export interface StuffingChange {
  readonly from: Caution
  readonly to: Caution
  readonly evidence: Evidence
}

export interface StuffingNeeds {
  readonly clock: Clock
  readonly random: Random
  /** Read at each use: a reload may change them. */
  readonly numbers: () => StuffingNumbers & {
    /** False: nothing is counted and everybody is met as in quiet times. */
    readonly on: boolean
    /** The longest that an answer waits; 0: none does. */
    readonly delayMaxMs: number
  }
  /** Addresses, and prefixes, that are remembered at a time. */
  readonly keysMax: number
  readonly onChange: (change: StuffingChange) => void
}

export function createStuffing({ clock, random, numbers, keysMax, onChange }: StuffingNeeds): Stuffing {
  const nowMs = () => clock.monotonicMs()
  const level = createStuffingLevel(numbers)
  const sources = createSignInSources({ keysMax, nowMs })
  const key = random.token(16)
  const evidence = () => ({ windows: level.figures(nowMs()), prefixes: sources.worstPrefixes(prefixesTold) })
  let lookedAt = Number.NEGATIVE_INFINITY
  const look = () => {
    lookedAt = nowMs()
    const step = level.look(nowMs())
    if (step !== null) onChange({ ...step, evidence: evidence() })
  }
  const cautionFor = ({ address, signs }: SignInSample): Caution => {
    if (level.caution !== 'refuse') return level.caution
    return sources.looksLikeAttack(address) || (signs >= signsMin && isAutomated(level.figures(nowMs())))
      ? 'refuse'
      : 'code'
  }
  return {
    judge(sample) {
      if (sample.deviceLane === 'known-device' || !numbers().on) return { caution: 'none', delayMs: 0 }
      if (nowMs() - lookedAt >= lookEveryMs) look()
      const caution = cautionFor(sample)
      return { caution, delayMs: delayOf(sample.used ?? 0, caution, numbers().delayMaxMs) }
    },
    record(sample, { kind, leaked }) {
      if (!numbers().on) return
      const { address, deviceLane, name, signs } = sample
      const wrong = kind === 'wrong'
      if (deviceLane === 'known-device') {
        if (!wrong) sources.atHome(address)
        return
      }
      const hashes = hashesOf(key, name, address)
      // Once a code is asked for, what comes from addresses that look like the attack keeps it so, however often they come back.
      const isMore = rank(level.caution) >= rank('code') && sources.looksLikeAttack(address)
      const nameCounts = isMore || sources.neverRight(address) < namesPerAddressMax
      sources.record(address, hashes.name, kind !== 'right')
      level.record({ ...hashes, wrong, leaked, automated: signs >= signsMin, nameCounts }, nowMs())
      look()
    },
    confirm({ address, name }) {
      if (numbers().on) sources.record(address, hashesOf(key, name, address).name, false)
    },
    get caution() {
      return numbers().on ? level.caution : 'none'
    },
    look,
    evidence,
    resume: caution => level.resume(caution, nowMs()),
    undo() {
      level.undo(nowMs())
      sources.forget()
    },
  }
}

const lookEveryMs = 1_000
const prefixesTold = 10
/** One sign may be an unusual browser. */
const signsMin = 2
/** So many names of one address count towards an attack: a whole office that mistypes is one office. */
const namesPerAddressMax = 5
const automatedShare = 0.4

function isAutomated(windows: readonly StuffingFigures[]): boolean {
  return windows.some(({ failed, automated }) => failed > 0 && automated >= automatedShare * failed)
}

/** Keyed, so that nobody can choose names that fall together. */
function hashesOf(key: string, name: string, address: string) {
  const hashOf = (text: string) => hash('sha256', `${key} ${text}`, 'buffer').readUInt32LE(0)
  return { name: hashOf(`n ${name}`), address: hashOf(`a ${address}`), prefix: hashOf(`p ${prefixOf(address)}`) }
}

/**
 * Nothing below half of a budget; then a quarter of a second, doubled with each eighth of it and with each step of caution. Where no answer
 * tells whether a password was right, the budgets must not tell it either: a right one gives back what it has spent, and the next answer
 * would come sooner.
 */
function delayOf(used: number, caution: Caution, maxMs: number): number {
  const hides = rank(caution) >= rank('code')
  const spent = hides || used < 0.5 ? 0 : Math.floor((Math.min(1, used) - 0.5) * 8) + 1
  const doublings = spent + rank(caution)
  return doublings === 0 ? 0 : Math.min(maxMs, 250 * 2 ** (doublings - 1))
}
