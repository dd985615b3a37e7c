import type { Passwords } from '../../src/people/passwords.ts'
import { nameEntrances } from '../support/entrances.ts'
import { addEveryKind, type LanePortal, startLane, stranger, typePassword } from '../support/lane.ts'
import { operator } from '../support/portal-harness.ts'
import { accountOf, addPerson } from '../support/portal-people.ts'
import { createSeeded, type Seeded } from '../support/seeded.ts'
import type { Drill } from './drill.ts'
import { differenceOfMedians, type Interval } from './medians.ts'

/**
 * How long each answer about a name takes, side by side for accounts in every state and for names that nobody has: the difference of
 * the medians has to lie within its own 95 % interval (B9). One comparison in twenty strays by chance, so a stray one is measured twice
 * more. With `--sabotage` names without a password cost no hash.
 */
export const enumerationDrill: Drill = {
  summary: 'how long answers take, for existing, unknown, SSO, suspended, flagged and held names (tries a side)',
  rounds: 200,
  quickRounds: 30,
  async run({ rounds, seed, sabotage, say }) {
    const lane = await startLane(sabotage ? { wrapPasswords: withoutDummy } : {})
    await using portal = lane.portal
    await addEveryKind(portal, 'timed.example')
    await addPerson(portal, 'base@timed.example')
    const chance = createSeeded(seed)
    const lines: string[] = []
    const problems: string[] = []
    for (const race of [...openRaces(lane), laneRace(lane)]) {
      const { strays, medianMs, worst } = await judge(race, { portal: lane, rounds, chance })
      lines.push(`${race.name}: median ${medianMs.toFixed(1)} ms; farthest apart ${worst}`)
      problems.push(...strays.map(stray => `${race.name}: ${stray}`))
      say(lines.at(-1) ?? '')
    }
    return { lines, problems }
  },
}

/** Contestants of one race are asked about in turn; the first is what all others are compared with. */
interface Race {
  readonly name: string
  readonly contestants: readonly Contestant[]
}

interface Contestant {
  readonly name: string
  prepare?(): Promise<void>
  run(): Promise<unknown>
}

const kinds = ['base', 'plain', 'sso', 'suspended', 'flagged', 'held', 'app', 'nobody']

function openRaces({ portal, meet }: LanePortal): readonly Race[] {
  const timed = nameEntrances.filter(({ name }) => name !== 'a second factor without an attempt')
  return timed.map(({ name, ask }) => ({
    name,
    contestants: kinds.map(kind => ({
      name: kind,
      prepare: async () => meet('none'),
      run: () => ask(portal, stranger(portal), `${kind}@timed.example`),
    })),
  }))
}

/** In the suspicious lane a right password must not tell either: not one that holds its account, and not one whose account is held. */
function laneRace({ portal, meet }: LanePortal): Race {
  const trying = (name: string, email: string, password?: string): Contestant => ({
    name,
    async prepare() {
      meet('code')
      const account = name === 'right, first' ? await accountOf(portal, email) : null
      const audit = { event: 'hold_released' as const, at: portal.clock.now(), ...nobody }
      if (account !== null) await portal.store.accounts.releaseHold(account.id, { audit, notices: [] })
    },
    run: () => typePassword(portal, stranger(portal), email, password),
  })
  return {
    name: 'a password in the suspicious lane',
    contestants: [
      trying('wrong', 'base@timed.example', 'not the password'),
      trying('unknown', 'nobody@timed.example'),
      trying('SSO', 'sso@timed.example'),
      trying('right, first', 'plain@timed.example'),
      trying('right, held', 'held@timed.example'),
      trying('right, with a factor', 'app@timed.example'),
    ],
  }
}

const nobody = {
  ...{ actor: operator.actor, accountId: null, organizationId: null },
  ...{ address: null, receipt: null, facts: {} },
}

interface Course {
  readonly portal: LanePortal
  readonly rounds: number
  readonly chance: Seeded
}

interface Verdict {
  readonly strays: readonly string[]
  readonly medianMs: number
  readonly worst: string
}

async function judge(race: Race, course: Course): Promise<Verdict> {
  let suspects = new Set(race.contestants.map(({ name }) => name))
  let last: ReadonlyMap<string, Interval> = new Map()
  for (let time = 1; time <= 3 && suspects.size > 0; time++) {
    last = await compare(race, course)
    suspects = new Set([...suspects].filter(name => !holdsZero(last.get(name))))
  }
  const [farthest] = [...last].toSorted(([, a], [, b]) => Math.abs(b.middle) - Math.abs(a.middle))
  const told = ([name, { low, middle, high }]: [string, Interval]) =>
    `${name} by ${middle.toFixed(2)} ms [${low.toFixed(2)}, ${high.toFixed(2)}]`
  return {
    strays: [...last].filter(([name]) => suspects.has(name)).map(told),
    medianMs: [...last.values()][0]?.base ?? 0,
    worst: farthest === undefined ? '-' : told(farthest),
  }
}

function holdsZero(interval: Interval | undefined): boolean {
  return interval === undefined || (interval.low <= 0 && interval.high >= 0)
}

async function compare(race: Race, { portal: { portal }, rounds, chance }: Course) {
  const times = new Map(race.contestants.map(({ name }): [string, number[]] => [name, []]))
  for (let round = 0; round < rounds + warmUp; round++) {
    for (const { name, prepare, run } of shuffled(race.contestants, chance)) {
      await prepare?.()
      const startedMs = performance.now()
      await run()
      if (round >= warmUp) times.get(name)?.push(performance.now() - startedMs)
    }
    // Every budget of an hour begins anew.
    portal.clock.leap(3_601_000)
  }
  const [base, ...others] = race.contestants.map(({ name }) => name)
  const baseTimes = times.get(base ?? '') ?? []
  return new Map(
    others.map((name): [string, Interval] => [name, differenceOfMedians(times.get(name) ?? [], baseTimes, chance)]),
  )
}

const warmUp = 3

function shuffled<Item>(items: readonly Item[], chance: Seeded): readonly Item[] {
  return items
    .map(item => ({ item, place: chance.whole(0, 1_000_000) }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

function withoutDummy(passwords: Passwords): Passwords {
  return { ...passwords, verify: async (hash, ...rest) => hash !== null && (await passwords.verify(hash, ...rest)) }
}
