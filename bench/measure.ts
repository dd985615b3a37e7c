/** One row of a bench: microseconds for one of what is measured, over several rounds. */
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
  const at = (i: number) => sorted[i] ?? Number.NaN
  return { name, unit, min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) }
}

export function printFigures(figures: readonly Figure[]): void {
  for (const { name, unit, min, median, max } of figures)
    console.log(`${name.padEnd(52)} ${format(median).padStart(9)} ${unit}  (${format(min)} to ${format(max)})`)
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
