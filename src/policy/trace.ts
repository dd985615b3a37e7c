import type { FactName, LearnedFacts } from './facts.ts'
import type { Gate } from './gate.ts'
import type { GateName } from './gate-name.ts'
import type { Decision, Verdict } from './verdict.ts'

/** What one gate said on the way, with the facts that it was given, in words fit for storing and printing. */
export interface TraceStep {
  readonly gate: GateName
  readonly said: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** The way of a decision through its walk: every gate up to the one that spoke. Gates behind it were never asked. */
export function traceOf(walk: readonly Gate[], decision: Decision): readonly TraceStep[] {
  const steps: TraceStep[] = []
  // Several gates ask for the same fact, and a flood of refusals pays for each.
  const shown = new Map<FactName, unknown>()
  for (const gate of walk) {
    const spoke = gate.name === decision.gate
    steps.push({
      gate: gate.name,
      said: spoke ? describeVerdict(decision.verdict) : 'pass',
      facts: summarize(gate.asks, decision.learned, shown),
    })
    if (spoke) break
  }
  return steps
}

/** `allow`, `deny outside_organization_networks`, `challenge sign_in`: the words of policy tests, receipts and the CLI. */
export function describeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'allow':
      return 'allow'
    case 'deny':
      return `deny ${verdict.reason}`
    case 'challenge':
      return `challenge ${verdict.step}`
    default:
      return verdict satisfies never
  }
}

function summarize(
  asks: readonly FactName[],
  learned: Readonly<LearnedFacts>,
  shown: Map<FactName, unknown>,
): Record<string, unknown> {
  const summary: Record<string, unknown> = {}
  for (const name of asks) {
    if (learned[name] === undefined) continue
    if (!shown.has(name)) shown.set(name, plain(learned[name], 0))
    summary[name] = shown.get(name)
  }
  return summary
}

const listMax = 8
const depthMax = 4

/** Facts without what cannot be printed: compiled look-ups fall away, long lists are cut and say so. */
function plain(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) {
    const head = value.slice(0, listMax).map(item => plain(item, depth + 1))
    return value.length > listMax ? [...head, `and ${value.length - listMax} more`] : head
  }
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value
  if (depth >= depthMax) return '…'
  const copy: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value))
    if (name !== 'compiled' && name !== 'words' && typeof item !== 'function') copy[name] = plain(item, depth + 1)
  return copy
}
