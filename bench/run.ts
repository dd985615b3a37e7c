import { benchDecide } from './decide.ts'
import { benchForward } from './forward.ts'
import { type Figure, printFigures } from './measure.ts'
import { benchSaml } from './saml.ts'

// npm run bench [-- --quick] [-- --json]: CPU time of each server's own process, side by side in one run; answers of identity providers by the
// second. Differences under a third are noise on a shared machine; read the ratios, not the microseconds.
const quick = process.argv.includes('--quick')
const figures: readonly Figure[] = [
  ...benchDecide(),
  ...(await benchForward(quick ? { rounds: 2, count: 2_000 } : { rounds: 5, count: 10_000 })),
  ...(await benchSaml(quick ? { rounds: 2, count: 200 } : { rounds: 5, count: 1_000 })),
]
if (process.argv.includes('--json')) console.log(JSON.stringify({ rows: figures }, null, 2))
else printFigures(figures)
