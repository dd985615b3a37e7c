import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { abortsDrill } from './aborts.ts'
import { campaignDrill } from './campaign.ts'
import type { Drill } from './drill.ts'
import { enumerationDrill } from './enumeration.ts'
import { exportDrill } from './export.ts'
import { idleDrill } from './idle.ts'
import { killDrill } from './kill.ts'
import { racesDrill } from './races.ts'
import { revocationDrill } from './revocation.ts'
import { samlDrill } from './saml.ts'
import { slowDrill } from './slow.ts'
import { stuffingDrill } from './stuffing.ts'

// npm run drills -- NAME [--rounds N] [--quick] [--seed N] [--sabotage] [--only PART]: prints a report; exit code 0 when all held, 1 when something did not, 2 called wrongly.

const drills: Readonly<Record<string, Drill>> = {
  aborts: abortsDrill,
  slow: slowDrill,
  idle: idleDrill,
  races: racesDrill,
  revocation: revocationDrill,
  kill: killDrill,
  stuffing: stuffingDrill,
  enumeration: enumerationDrill,
  export: exportDrill,
  campaign: campaignDrill,
  saml: samlDrill,
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: {
      rounds: { type: 'string' },
      seed: { type: 'string' },
      quick: { type: 'boolean' },
      sabotage: { type: 'boolean' },
      only: { type: 'string' },
    },
    allowPositionals: true,
  })
  const [name = ''] = positionals
  const drill = Object.hasOwn(drills, name) ? drills[name] : undefined
  if (drill === undefined) {
    console.error('usage: npm run drills -- NAME [--rounds N] [--seed N] [--only PART]\n')
    for (const [each, { summary, rounds }] of Object.entries(drills))
      console.error(`  ${each.padEnd(12)} ${summary} (${rounds} rounds)`)
    return 2
  }
  const usual = values.quick === true ? (drill.quickRounds ?? drill.rounds) : drill.rounds
  const rounds = wholeOf(values.rounds, usual)
  const seed = wholeOf(values.seed, randomInt(2 ** 31))
  const startedMs = performance.now()
  console.log(`${name}: ${rounds} rounds, seed ${seed}`)
  const { lines, problems } = await drill.run({
    rounds,
    seed,
    sabotage: values.sabotage === true,
    only: values.only,
    say: line => console.log(`  ${line}`),
  })
  for (const line of lines) console.log(line)
  for (const problem of problems) console.log(`PROBLEM ${problem}`)
  const seconds = Math.round((performance.now() - startedMs) / 1000)
  console.log(`${problems.length === 0 ? 'held' : `${problems.length} problems`}, in ${seconds} s`)
  return problems.length === 0 ? 0 : 1
}

function wholeOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^[0-9]{1,10}$/.test(text)) throw new Error(`${text} is no whole number`)
  return Number(text)
}

process.exitCode = await main(process.argv.slice(2))
