import { parseArgs } from 'node:util'

/** What is measured, in the order of the report. */
const parts = [
  'data-plane',
  'refusals',
  'bodies',
  'web-sockets',
  'idle',
  'latency',
  'growth',
  'decide',
  'sign-ins',
  'saml',
] as const
export type Part = (typeof parts)[number]

export interface Options {
  readonly quick: boolean
  readonly json: boolean
  readonly only: ReadonlySet<Part>
  /** Contenders of the data plane; null: all. */
  readonly beside: ReadonlySet<string> | null
  readonly pace: Pace
}

const inQuick = new Set<Part>(['data-plane', 'refusals', 'bodies', 'web-sockets', 'latency'])
/** Of two minutes; the rest is for what has begun. */
const quickMsMax = 90_000

/** How long things are measured. */
export interface Pace {
  readonly warmSeconds: number
  readonly rounds: number
  readonly seconds: number
  tell(what: string): void
  /** A quick run gives up what does not fit into its time. */
  isLate(): boolean
}

const help = `usage: npm run bench -- [--quick] [--json] [--only PART,...] [--beside CONTENDER,...] [--rounds N] [--seconds N] [--warm N]
  --quick      under two minutes: fewer and shorter rounds, smaller bodies; no idle, growth, decide, sign-ins, saml
  --json       one JSON document on standard output instead of tables
  --only       ${parts.join(', ')}
  --beside X   the contenders of data-plane beside Sekisho: nginx,node-undici and so on; else all
  --rounds N   how often each contender is measured; they take turns
  --seconds N  how long each time
  --warm N     how long each is asked beforehand without being measured
CPU time is compared within one run only: machines, and hours on one machine, differ.`

export function readOptions(words: readonly string[]): Options | string {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
      only: { type: 'string' },
      beside: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      warm: { type: 'string' },
    },
  })
  if (values.help === true) return help
  const { quick = false, json = false } = values
  const usual = quick ? { rounds: 3, seconds: 1, warm: 2 } : { rounds: 7, seconds: 3, warm: 6 }
  const number = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : Number(text))
  const asked = values.only?.split(',') ?? parts.filter(part => !quick || inQuick.has(part))
  const only = new Set(parts.filter(part => asked.includes(part)))
  if (only.size === 0) return help
  const pace = {
    rounds: number(values.rounds, usual.rounds),
    seconds: number(values.seconds, usual.seconds),
    warmSeconds: number(values.warm, usual.warm),
    tell: (what: string) => console.error(`bench: ${what}`),
    isLate: () => quick && performance.now() > quickMsMax,
  }
  const beside = values.beside === undefined ? null : new Set(values.beside.split(','))
  return { quick, json, only, beside, pace }
}
