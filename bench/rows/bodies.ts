import type { Contender } from '../contenders/contender.ts'
import { download, type Transfer, upload } from '../load/bodies.ts'
import { effortOf, type Figure, ratio, summarize } from '../measure.ts'
import type { Pace } from '../options.ts'

/** One large body down and up: CPU per GiB, and how much memory the transfer takes above what the process had. */
export async function benchBodies(all: readonly Contender[], bytes: number, pace: Pace): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const direction of ['down', 'up'] as const) {
    const cpu = new Map(all.map(contender => [contender, [] as number[]]))
    const memory = new Map(all.map(contender => [contender, [] as number[]]))
    const rounds = Math.min(pace.rounds, 5)
    for (let round = -1; round < rounds; round++)
      for (const contender of all) {
        const { cpuSeconds, memoryBytes } = await transfer(contender, direction, bytes)
        if (round < 0) continue // warm-up
        pace.tell(`${direction}: ${contender.name}: ${cpuSeconds.toFixed(2)} s of CPU`)
        cpu.get(contender)?.push((cpuSeconds * 1024 ** 3) / bytes)
        memory.get(contender)?.push(memoryBytes / 1024 ** 2)
      }
    for (const [{ name }, values] of cpu) figures.push(summarize(`${direction}: ${name}`, 's CPU/GiB', values))
    for (const [{ name }, values] of memory)
      figures.push(summarize(`${direction}: ${name}, memory above idle`, 'MiB', values))
    const [ours, theirs] = [...cpu.values()]
    if (ours !== undefined && theirs !== undefined) figures.push(ratio(`${direction}: sekisho / nginx`, ours, theirs))
  }
  return figures
}

async function transfer(contender: Contender, direction: 'down' | 'up', bytes: number) {
  const { port, authority, cookies } = contender
  const at: Transfer = { port, authority, cookie: cookies[0] ?? '' }
  const before = contender.usage().memoryBytes
  let peak = before
  const watching = setInterval(() => {
    peak = Math.max(peak, contender.usage().memoryBytes)
  }, 50)
  try {
    const { effort } = await effortOf(contender, async () => {
      if (direction === 'up') return upload(at, '/sink', bytes)
      const came = await download(at, '/big/file')
      if (came < bytes) throw new Error(`${came} of ${bytes} bytes came`)
    })
    return { cpuSeconds: effort.cpuSeconds, memoryBytes: peak - before }
  } finally {
    clearInterval(watching)
  }
}
