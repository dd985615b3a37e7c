import { signOut, startStraddler } from '../support/straddler.ts'
import type { Drill } from './drill.ts'
import { withTwoGateways } from './two-gateways.ts'

/** ARCHITECTURE.md: a revocation takes effect on other processes of the same file within a second. */
const promisedMs = 1_000

export const revocationDrill: Drill = {
  summary: 'a sign-out at one gateway, until the open WebSocket at the other one is closed',
  rounds: 50,
  async run({ rounds }) {
    const waits: number[] = []
    const problems: string[] = []
    await withTwoGateways(async track => {
      for (let round = 1; round <= rounds; round++) {
        const person = await startStraddler(track)
        await signOut(track, person)
        const startedMs = performance.now()
        const code = await person.connections.closed
        waits.push(performance.now() - startedMs)
        const statuses = await person.statuses()
        if (code !== 4401 || statuses.includes(200))
          problems.push(`round ${round}: ${code}, then ${statuses.join(' ')}`)
      }
    })
    const sorted = waits.toSorted((left, right) => left - right)
    const at = (share: number) =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
    if (at(0.95) > promisedMs) problems.push(`95 of 100 took up to ${at(0.95)} ms; promised are ${promisedMs} ms`)
    return {
      lines: [`until cut: median ${at(0.5)} ms, 95 of 100 within ${at(0.95)} ms, longest ${at(1)} ms`],
      problems,
    }
  },
}
