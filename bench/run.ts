import { type Backends, startBackends } from './backends.ts'
import type { Contender } from './contenders/contender.ts'
import { startPeer } from './contenders/peers.ts'
import { type House, startSekisho } from './contenders/sekisho.ts'
import type { Figure } from './measure.ts'
import { type Options, type Part, readOptions } from './options.ts'
import { pinThisProcess } from './program.ts'
import { printReport, type Report, reportJson } from './report.ts'
import { benchBodies } from './rows/bodies.ts'
import { benchDataPlane } from './rows/data-plane.ts'
import { benchDecide } from './rows/decide.ts'
import { benchGrowth } from './rows/growth.ts'
import { benchIdle } from './rows/idle.ts'
import { benchLatency } from './rows/latency.ts'
import { benchRefusals } from './rows/refusals.ts'
import { benchSaml } from './rows/saml.ts'
import { benchSignIns } from './rows/sign-ins.ts'
import { benchWebSockets } from './rows/web-sockets.ts'
import { findTool, setUp } from './setup.ts'

// npm run bench: what the gateway costs beside others, in one run on one machine. CPU time of each contender's own processes, user and
// system, for each answered request. Read the ratios, not the microseconds, and differences under a third as open.
const wanted = readOptions(process.argv.slice(2))
if (typeof wanted === 'string') {
  console.error(wanted)
  process.exit(2)
}
setUp()
pinThisProcess()
const report = await bench(wanted)
if (wanted.json) console.log(JSON.stringify(reportJson(report), null, 2))
else printReport(report)
process.exit(0)

async function bench(options: Options): Promise<Report> {
  const { only, pace, quick } = options
  for (const tool of ['nginx', 'wrk']) if (findTool(tool) === null) throw new Error(`without ${tool} there is no bench`)
  using backends = await startBackends((quick ? 256 : 1024) * 1024 ** 2)
  const sekisho = await startSekisho(backends)
  try {
    const dataPlane = only.has('data-plane') ? await benchDataPlane(sekisho, backends, options) : null
    const figures = new Map<Part, readonly Figure[]>()
    const beside = { ...pace, rounds: quick ? 2 : pace.rounds, warmSeconds: quick ? 1 : pace.warmSeconds }
    const nginx = await startPeer('nginx', backends)
    // The keys of the table below are parts.
    for (const [part, measure] of Object.entries(partsOf({ backends, sekisho, both: [sekisho, nginx] }, beside)))
      if (only.has(part as Part) && !pace.isLate()) figures.set(part as Part, await measure())
    return { dataPlane, figures: Object.fromEntries(figures) }
  } finally {
    sekisho.stop()
  }
}

interface Standing {
  readonly backends: Backends
  readonly sekisho: House
  /** Ours first. */
  readonly both: readonly Contender[]
}

type Measure = () => Promise<readonly Figure[]> | readonly Figure[]

function partsOf(
  { backends, sekisho, both }: Standing,
  pace: Options['pace'],
): Record<Exclude<Part, 'data-plane'>, Measure> {
  return {
    refusals: () => benchRefusals(sekisho, backends.folder, pace),
    bodies: () => benchBodies(both, backends.bigBytes, pace),
    'web-sockets': () => benchWebSockets(both, pace),
    latency: () => benchLatency(both, pace),
    idle: () => benchIdle(backends, pace),
    growth: () => benchGrowth(backends, pace),
    decide: () => benchDecide(),
    'sign-ins': () => benchSignIns(sekisho),
    saml: () => benchSaml({ rounds: pace.rounds, count: 1_000 }),
  }
}
