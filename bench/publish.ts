import { readFileSync, writeFileSync } from 'node:fs'
import { drawChart } from './chart.ts'
import { contenderNames } from './contenders/contender.ts'
import { type Figure, formatFigure } from './measure.ts'
import type { reportJson } from './report.ts'
import { writeTargets } from './targets.ts'

// node bench/publish.ts FILE: puts the figures of a run (`npm run --silent bench -- --json > FILE`) into docs/performance.md and its chart.
const [file = ''] = process.argv.slice(2)
// A file that this bench wrote.
const run = JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof reportJson>
const page = new URL('../docs/performance.md', import.meta.url)
const text = readFileSync(page, 'utf8')
const [before = '', , after = ''] = text.split(/<!-- figures[^>]*-->/)
const titles: Readonly<Record<string, string>> = {
  refusals: 'Refused requests',
  bodies: 'Large bodies',
  'web-sockets': 'A WebSocket message there and back',
  latency: 'Latency at 2,000 requests a second',
  idle: 'Memory of idle connections',
  growth: 'Growth',
  decide: 'The decision alone',
  'sign-ins': 'Sign-ins through the pages',
  saml: 'Answers of identity providers',
}
const mark = '<!-- figures: written by bench/publish.ts -->'
const tables = [`## Targets\n\n${writeTargets(run)}`, requestTable(), ratioTable(), ...figureTables()]
writeFileSync(page, `${before}${mark}\n\n${tables.join('\n\n')}\n\n${mark}${after}`)
writeFileSync(new URL('../docs/images/performance.svg', import.meta.url), drawChart(run.rows))

function requestTable(): string {
  const rows = run.rows.map(
    row =>
      `| ${contenderNames[row.contender]} | ${formatFigure(row.cpuMicrosPerRequest)} | ${formatFigure(row.cpuMicrosMin)}–${formatFigure(row.cpuMicrosMax)} | ${row.rps.toFixed(0)} | ${row.p50Ms.toFixed(2)} | ${row.p99Ms.toFixed(2)} |`,
  )
  return `## An authenticated request\n\n| contender | µs CPU | spread | req/s | p50 ms | p99 ms |\n|---|---|---|---|---|---|\n${rows.join('\n')}`
}

function ratioTable(): string {
  return tableOf('Our CPU over theirs, round by round', Object.values(run.ratiosWithSpread))
}

function figureTables(): readonly string[] {
  return Object.entries(run.figures).map(([part, figures]) => tableOf(titles[part] ?? part, figures))
}

function tableOf(title: string, figures: readonly Figure[]): string {
  const rows = figures.map(
    ({ name, unit, min, median, max }) =>
      `| ${name} | ${formatFigure(median)} ${unit} | ${formatFigure(min)}–${formatFigure(max)} |`,
  )
  return `## ${title}\n\n| what | median | spread |\n|---|---|---|\n${rows.join('\n')}`
}
