import { type Figure, formatFigure } from './measure.ts'
import type { reportJson } from './report.ts'

type Run = ReturnType<typeof reportJson>

interface Target {
  readonly work: string
  readonly atMost: number
  readonly unit: string
  measured(run: Run): Figure | undefined
}

/** What the gateway is meant to stay below, each against a peer of the same run. */
const targets: readonly Target[] = [
  {
    work: 'authenticated request, against nginx without authentication',
    atMost: 2,
    unit: 'x',
    measured: over('nginx'),
  },
  { work: '... against nginx + auth_request to a stub', atMost: 1, unit: 'x', measured: over('nginx-auth-stub') },
  { work: '... against nginx + auth_request to Node', atMost: 0.5, unit: 'x', measured: over('nginx-auth-node') },
  { work: '... against caddy + forward_auth', atMost: 0.15, unit: 'x', measured: over('caddy-forward-auth') },
  ...['401, no session', '403, role missing', '429, budget spent'].map(name => ({
    ...{ work: `refused request (${name}) against an allowed one`, atMost: 0.7, unit: 'x' },
    measured: found('refusals', `${name} / allowed`),
  })),
  ...['down', 'up'].flatMap(direction => [
    {
      ...{ work: `large body ${direction}, against nginx`, atMost: 2, unit: 'x' },
      measured: found('bodies', `${direction}: sekisho / nginx`),
    },
    {
      ...{ work: `memory of a large body ${direction}`, atMost: 16, unit: 'MiB' },
      measured: found('bodies', `${direction}: sekisho, memory above idle`),
    },
  ]),
  {
    ...{ work: 'WebSocket message, against nginx', atMost: 1.5, unit: 'x' },
    measured: found('web-sockets', 'sekisho / nginx'),
  },
  { work: 'idle WebSocket', atMost: 16, unit: 'KiB', measured: found('idle', 'WebSocket: sekisho') },
  { work: 'idle kept connection', atMost: 12, unit: 'KiB', measured: found('idle', 'kept connection: sekisho') },
  {
    ...{ work: 'p50 at 2,000 requests a second, above nginx', atMost: 0.4, unit: 'ms' },
    measured: found('latency', 'p50: sekisho above nginx'),
  },
  ...['100,000 networks', '100,000 sessions, all in use', '10,000 organizations'].map(name => ({
    ...{ work: `request with ${name}, against few`, atMost: 1.1, unit: 'x' },
    measured: found('growth', `${name} / 10 networks, 1,000 sessions, 10 organizations`),
  })),
]

/** A table that says of each target whether this run met it. */
export function writeTargets(run: Run): string {
  const rows = targets.map(target => {
    const figure = target.measured(run)
    const { work, atMost, unit } = target
    if (figure === undefined) return `| ${work} | ${atMost} ${unit} | not measured | |`
    const verdict = figure.median <= atMost ? 'met' : '**missed**'
    const spread = `${formatFigure(figure.min)}–${formatFigure(figure.max)}`
    return `| ${work} | ${atMost} ${unit} | ${formatFigure(figure.median)} ${unit} (${spread}) | ${verdict} |`
  })
  return `| work | at most | measured | |\n|---|---|---|---|\n${rows.join('\n')}`
}

function over(peer: keyof Run['ratiosWithSpread']) {
  return (run: Run) => run.ratiosWithSpread[peer]
}

function found(part: keyof Run['figures'], name: string) {
  return (run: Run) => run.figures[part]?.find(figure => figure.name === name)
}
