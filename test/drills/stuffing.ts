import { createSeeded, type Seeded } from '../support/seeded.ts'
import type { Drill, DrillReport } from './drill.ts'
import { hammerOneAccount, settleOwner } from './one-account.ts'
import { attackAddresses, gatherPairs, type Loot, type Pair, tryPair } from './stuffing-attack.ts'
import { gatherPeople, type Person, type Visits, visit } from './stuffing-people.ts'
import { openTown, type Town } from './stuffing-town.ts'

/**
 * Leaked pairs from ten thousand addresses over the real HTTP entrance, while two hundred people sign in: what the attacker gets, what
 * the people meet, who is told. Rounds are pairs. Then as many guesses at one account, ten for each pair.
 */
export const stuffingDrill: Drill = {
  summary: 'leaked pairs from 10,000 addresses while 200 people sign in, and a million guesses at one account',
  rounds: 100_000,
  quickRounds: 5_000,
  async run({ rounds, seed, say }) {
    await using town = await openTown()
    const owner = await settleOwner(town)
    const attack = await attackTown(town, rounds, createSeeded(seed), say)
    const report = await judge(town, attack)
    const hammer = await hammerOneAccount(town, owner, rounds * 10, say)
    return { lines: [...report.lines, ...hammer.lines], problems: [...report.problems, ...hammer.problems] }
  },
}

interface Attack {
  readonly pairs: readonly Pair[]
  readonly loot: Loot
  readonly visits: Visits
  readonly hours: number
}

/** Four and a half pairs a second: each address shows up once in half an hour or so. */
const pairsAtOnce = 32
const millisecondsPerPair = 220
const signInsPerPerson = 3

async function attackTown(town: Town, count: number, chance: Seeded, say: (line: string) => void): Promise<Attack> {
  say('settling the town')
  const people = await gatherPeople(town, 200)
  const pairs = await gatherPairs(town, count, chance)
  const addresses = attackAddresses(Math.min(10_000, Math.max(100, count / 10)))
  const loot: Loot = { tried: 0, opened: [], looks: new Map(), pages: new Map() }
  const visits: Visits = { signIns: 0, refused: 0, refusedKnown: 0, codes: 0, stories: [] }
  const batches = Math.ceil(pairs.length / pairsAtOnce)
  const agenda = agendaOf(people, batches, chance)
  const startedAt = town.clock.now()
  for (let batch = 0; batch < batches; batch++) {
    const mine = pairs.slice(batch * pairsAtOnce, (batch + 1) * pairsAtOnce)
    const beganAt = town.clock.now()
    const tries = mine.map((pair, i) =>
      tryPair(town, pair, addresses[(batch * pairsAtOnce + i) % addresses.length] ?? '', loot),
    )
    const calls = (agenda.get(batch) ?? []).map(person => visit(town, person, chance, visits))
    await Promise.all([...tries, ...calls])
    town.clock.advance(Math.max(0, beganAt + mine.length * millisecondsPerPair - town.clock.now()))
    if (batch % Math.ceil(batches / 20) === 0)
      say(`${loot.tried} pairs, ${loot.opened.length} opened; ${visits.signIns} visits, ${visits.refused} refused`)
  }
  return { pairs, loot, visits, hours: (town.clock.now() - startedAt) / 3_600_000 }
}

/** Nobody visits twice in one batch: a person has one pair of hands. */
function agendaOf(people: readonly Person[], batches: number, chance: Seeded): Map<number, Person[]> {
  const agenda = new Map<number, Person[]>()
  for (const person of people) {
    const when = new Set<number>()
    while (when.size < Math.min(signInsPerPerson, batches)) when.add(chance.whole(0, batches - 1))
    for (const batch of when) agenda.set(batch, [...(agenda.get(batch) ?? []), person])
  }
  return agenda
}

async function judge(town: Town, { pairs, loot, visits, hours }: Attack): Promise<DrillReport> {
  const right = pairs.filter(pair => pair.right)
  const told = await town.mails(['sign_in_held', 'password_in_attack'])
  const held = await town.heldEmails()
  const toldTwice = right.filter(({ email }) => (told.get(email) ?? 0) > 1).length
  const heldUntold = right.filter(({ email }) => held.has(email) && told.get(email) !== 1).length
  const missed = right.filter(({ email }) => !held.has(email) && !loot.opened.includes(email)).length
  const onlyRight = [...loot.looks, ...loot.pages].filter(([, seen]) => seen.right > 0 && seen.wrong === 0)
  const refusedShare = visits.refused / visits.signIns
  const problems = [
    ...when(loot.opened.length >= right.length / 100, `${loot.opened.length} sessions of ${right.length} right pairs`),
    ...when(refusedShare >= 0.005, `${visits.refused} of ${visits.signIns} visits refused`),
    ...when(visits.refusedKnown > 0, `${visits.refusedKnown} refused on a known device`),
    ...when(toldTwice > 0, `${toldTwice} owners were told twice`),
    ...when(heldUntold > 0, `${heldUntold} held accounts whose owner was not told once`),
    ...when(missed > 0, `${missed} right pairs neither opened nor held`),
    ...onlyRight.map(([look]) => `an answer that only right passwords got: ${look.slice(-1500)}`),
    ...visits.stories,
  ]
  const looks = [...loot.looks.values()].map(({ right: r, wrong: w }) => `${r}/${w}`).join(', ')
  return {
    problems,
    lines: [
      `${pairs.length} pairs in ${hours.toFixed(1)} h, ${right.length} right: ${loot.opened.length} sessions without a second proof (${percent(loot.opened.length / right.length)})`,
      `${visits.signIns} visits of people: ${visits.refused} refused (${percent(refusedShare)}), ${visits.refusedKnown} of them on known devices, ${visits.codes} asked for a code`,
      `${right.filter(({ email }) => held.has(email)).length} accounts held, each owner mailed once: ${heldUntold + toldTwice === 0}`,
      `answers to right/wrong pairs by look: ${looks}; pages behind: ${loot.pages.size}`,
    ],
  }
}

function when(wrong: boolean, text: string): readonly string[] {
  return wrong ? [text] : []
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}
