import {
  type Crowd,
  gatherCrowd,
  type Joiner,
  type RaceOutcome,
  type RaceTrack,
  raceForTicket,
  signInJoiner,
} from '../support/races.ts'
import { gatherBackupCrowd, singleUses } from '../support/single-use-races.ts'
import type { Drill } from './drill.ts'
import { withTwoGateways } from './two-gateways.ts'

/** 50 uses at once of what is good for one, 25 at each of two gateways on one store. */
export const racesDrill: Drill = {
  summary: '50 uses at once of each code, ticket, link and assertion at two gateways: one succeeds',
  rounds: 200,
  async run({ rounds, only, say }) {
    const problems: string[] = []
    const lines: string[] = []
    await withTwoGateways(async track => {
      const all = Object.entries(races(track))
      const chosen = all.filter(([name]) => only === undefined || name === only)
      if (chosen.length === 0) throw new Error(`no race ${only}; there are: ${all.map(([name]) => name).join(', ')}`)
      for (const [name, race] of chosen) {
        const outcomes: RaceOutcome[] = []
        for (let round = 1; round <= rounds; round++) {
          const outcome = await race(round)
          outcomes.push(outcome)
          if (!isFair(outcome)) problems.push(`${name}, round ${round}: ${JSON.stringify(outcome)}`)
          if (round % 20 === 0) say(`${name}: ${round} of ${rounds}, ${problems.length} problems so far`)
        }
        lines.push(`${name}: ${summarize(outcomes)}`)
      }
    })
    return { lines, problems }
  },
}

type Race = (round: number) => Promise<RaceOutcome>

function races(track: RaceTrack): Readonly<Record<string, Race>> {
  let joiner: Joiner | null = null
  return {
    ticket: round => raceForTicket(track, round % 2 === 0 ? 'invitation' : 'reset'),
    code: crowdRaces(() => gatherCrowd(track)),
    'backup code': crowdRaces(() => gatherBackupCrowd(track)),
    ...Object.fromEntries(Object.entries(singleUses).map(([name, race]) => [name, () => race(track)])),
    async 'join code'() {
      joiner ??= await signInJoiner(track)
      return joiner.race()
    },
  }
}

/** A crowd lasts for a few codes; then there is another one. */
function crowdRaces(gather: () => Promise<Crowd>): Race {
  let crowd: Crowd | null = null
  return async () => {
    for (;;) {
      crowd ??= await gather()
      const outcome = await crowd.race()
      if (outcome !== null) return outcome
      crowd = null
    }
  }
}

function isFair({ won, stored, others }: RaceOutcome): boolean {
  return won === 1 && stored === 1 && others.length === 0
}

function summarize(outcomes: readonly RaceOutcome[]): string {
  const sum = (count: (outcome: RaceOutcome) => number) => outcomes.reduce((all, outcome) => all + count(outcome), 0)
  return `${outcomes.length} races, ${sum(({ won }) => won)} won, ${sum(({ lost }) => lost)} lost, ${sum(({ busy }) => busy)} busy`
}
