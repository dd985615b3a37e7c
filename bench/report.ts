import { contenderNames } from './contenders/contender.ts'
import { type Figure, formatFigure } from './measure.ts'
import type { Part } from './options.ts'
import type { DataPlane } from './rows/data-plane.ts'
import type { RequestRow } from './rows/requests.ts'

/** Everything that a run found out; parts that were not asked for are missing. */
export interface Report {
  readonly dataPlane: DataPlane | null
  readonly figures: Readonly<Partial<Record<Part, readonly Figure[]>>>
}

export function reportJson({ dataPlane, figures }: Report) {
  const ratios = Object.entries(dataPlane?.ratios ?? {}).map(([name, figure]) => [name, round(figure.median)])
  return {
    rows: dataPlane?.rows ?? [],
    ratios: Object.fromEntries(ratios),
    ratiosWithSpread: dataPlane?.ratios ?? {},
    figures,
  }
}

export function printReport({ dataPlane, figures }: Report): void {
  if (dataPlane !== null) {
    printRows(dataPlane.rows)
    printFigures('our CPU over theirs', Object.values(dataPlane.ratios))
  }
  for (const [title, all] of Object.entries(figures)) printFigures(title, all)
}

function printRows(rows: readonly RequestRow[]): void {
  console.log(`\n${'an authenticated request'.padEnd(56)}   µs CPU  (min to max)      req/s    p50 ms   p99 ms`)
  for (const row of rows) {
    const spread = `(${formatFigure(row.cpuMicrosMin)} to ${formatFigure(row.cpuMicrosMax)})`
    const cells = [row.rps.toFixed(0).padStart(8), row.p50Ms.toFixed(2).padStart(9), row.p99Ms.toFixed(2).padStart(8)]
    const micros = formatFigure(row.cpuMicrosPerRequest).padStart(8)
    console.log(`${contenderNames[row.contender].padEnd(56)} ${micros}  ${spread.padEnd(16)} ${cells.join(' ')}`)
  }
}

function printFigures(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}`)
  for (const { name, unit, min, median, max } of figures)
    console.log(
      `${name.padEnd(68)} ${formatFigure(median).padStart(8)} ${unit}  (${formatFigure(min)} to ${formatFigure(max)})`,
    )
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
