import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fuzzRequests } from './requests.ts'
import { fuzzResponses } from './responses.ts'

// npm run fuzz [-- --minutes N --seed S]: both directions in turn, one after the other with a new seed each, for so long; exit code 1 when something was found.

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
  const endMs = performance.now() + Math.min(Number(values.minutes ?? 2), 600) * 60_000
  let seed = Number(values.seed ?? randomInt(2 ** 30))
  const sum = { requests: 0, responses: 0 }
  for (; performance.now() < endMs; seed += 1) {
    const call = { seed, cases: 2000, untilMs: endMs }
    const requests = await fuzzRequests(call)
    const responses = await fuzzResponses(call)
    sum.requests += requests.cases
    sum.responses += responses.cases
    const problems = [...requests.problems, ...responses.problems]
    for (const problem of problems) console.log(`PROBLEM ${problem}`)
    console.log(`seed ${seed}: ${sum.requests} requests, ${sum.responses} responses so far`)
    if (problems.length > 0) return 1
  }
  return 0
}

process.exitCode = await main(process.argv.slice(2))
