import type { Contender } from '../contenders/contender.ts'
import { sendPaced } from '../load/paced.ts'
import { type Figure, median, summarize } from '../measure.ts'
import type { Pace } from '../options.ts'

/** How long answers take at 2,000 requests a second, far below what anybody can do. */
export async function benchLatency(all: readonly Contender[], pace: Pace): Promise<readonly Figure[]> {
  const p50 = new Map(all.map(contender => [contender, [] as number[]]))
  const ask = async (contender: Contender, seconds: number) => {
    const { port, authority, cookies } = contender
    const pacing = { perSecond: 2000, seconds, path: '/x' }
    return median(await sendPaced({ port, authority, cookie: cookies[0] ?? '' }, pacing))
  }
  for (const contender of all) await ask(contender, pace.warmSeconds)
  for (let round = 0; round < pace.rounds; round++)
    for (const contender of all) {
      const ms = await ask(contender, pace.seconds)
      p50.get(contender)?.push(ms)
      pace.tell(`2,000 requests a second: ${contender.name}: p50 ${ms.toFixed(2)} ms`)
    }
  const [ours = [], theirs] = [...p50.values()]
  const figures = [...p50].map(([{ name }, values]) => summarize(`p50: ${name}`, 'ms', values))
  if (theirs === undefined) return figures
  const added = ours.map((value, round) => value - (theirs[round] ?? Number.NaN))
  return [...figures, summarize('p50: sekisho above nginx', 'ms', added)]
}
