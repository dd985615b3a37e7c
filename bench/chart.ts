import { contenderNames } from './contenders/contender.ts'
import { formatFigure } from './measure.ts'
import type { RequestRow } from './rows/requests.ts'

const width = 860
const left = 400
const rowHeight = 40

/** The rows as bars, drawn from the figures of one run: median as length, least and most as a line over it. */
export function drawChart(rows: readonly RequestRow[]): string {
  const height = 96 + rows.length * rowHeight
  const most = Math.max(...rows.map(row => row.cpuMicrosMax))
  const scale = (width - left - 120) / most
  const summary = rows
    .map(row => `${contenderNames[row.contender]}: ${formatFigure(row.cpuMicrosPerRequest)}`)
    .join('; ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="14">
<title id="t">Microseconds of CPU time for each authenticated request</title>
<desc id="d">${summary}.</desc>
<style>.o{fill:#2f5bd7}.p{fill:#b9c3d6}.t{fill:#1d2433}.s{fill:#55617a;font-size:13px}.e{stroke:#1d2433;stroke-width:1.5}</style>
<rect width="${width}" height="${height}" rx="12" fill="#fbfcfe"/>
<text class="t" x="24" y="36" font-weight="600" font-size="16">CPU time for each request, in microseconds</text>
<text class="s" x="24" y="58">user and system of all processes, 64 kept connections, one core; less is better; the line shows the spread of the rounds</text>
${rows.map((row, i) => drawRow(row, 78 + i * rowHeight, scale)).join('\n')}
</svg>
`
}

function drawRow(row: RequestRow, top: number, scale: number): string {
  const middle = top + 13
  const [from, to] = [row.cpuMicrosMin, row.cpuMicrosMax].map(value => (left + value * scale).toFixed(1))
  const length = (row.cpuMicrosPerRequest * scale).toFixed(1)
  const kind = row.contender === 'sekisho' ? 'o' : 'p'
  return `<text class="t" x="${left - 12}" y="${middle + 5}" text-anchor="end"${kind === 'o' ? ' font-weight="600"' : ''}>${contenderNames[row.contender]}</text>
<rect class="${kind}" x="${left}" y="${top}" width="${length}" height="26" rx="3"/><line class="e" x1="${from}" y1="${middle}" x2="${to}" y2="${middle}"/>
<text class="s" x="${Number(to) + 8}" y="${middle + 5}">${formatFigure(row.cpuMicrosPerRequest)}</text>`
}
