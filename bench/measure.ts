import { machineBusySeconds } from './machine.ts'

/** What one row measured in each round. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly min: number
  readonly median: number
  readonly max: number
}

/** Times rounds of `count` calls after a warm-up, as microseconds of CPU time for each call. */
export function measure(name: string, count: number, work: () => void, rounds = 7): Figure {
  for (let i = 0; i < count; i++) work()
  const figures = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage()
    for (let i = 0; i < count; i++) work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / count
  })
  return summarize(name, 'µs CPU', figures)
}

export function summarize(name: string, unit: string, figures: readonly number[]): Figure {
  const sorted = [...figures].sort((a, b) => a - b)
  return { name, unit, min: sorted[0] ?? Number.NaN, median: median(figures), max: sorted.at(-1) ?? Number.NaN }
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Round by round, so that what else the machine did weighs on both sides. */
export function ratio(name: string, over: readonly number[], under: readonly number[]): Figure {
  return summarize(
    name,
    'x',
    over.map((value, round) => value / (under[round] ?? Number.NaN)),
  )
}

export interface Effort {
  readonly cpuSeconds: number
  readonly seconds: number
  /** CPU seconds of the whole machine. */
  readonly machineSeconds: number
}

/** What a contender spent while this was done. */
export async function effortOf<Result>(
  contender: { usage(): { cpuSeconds: number } },
  work: () => Promise<Result>,
): Promise<{ result: Result; effort: Effort }> {
  const before = { cpu: contender.usage().cpuSeconds, machine: machineBusySeconds(), ms: performance.now() }
  const result = await work()
  const effort = {
    cpuSeconds: contender.usage().cpuSeconds - before.cpu,
    machineSeconds: machineBusySeconds() - before.machine,
    seconds: (performance.now() - before.ms) / 1000,
  }
  return { result, effort }
}

export function formatFigure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
