import type { FactName, Facts, LearnedFacts } from './facts.ts'
import type { Gate, Outcome } from './gate.ts'
import type { GateName } from './gate-name.ts'
import type { Decision, Note, Verdict } from './verdict.ts'

/** How each fact is learned: a value when it lies in memory, a promise only where something has to be waited for. */
export type Readers = { readonly [Name in FactName]: () => Facts[Name] | Promise<Facts[Name]> }

/**
 * Asks the gates in order; the first that does not let through ends the walk. A fact is learned at most once, and only when a gate
 * asks for it. A fact that cannot be read ends in `deny(unavailable)`, never in allow.
 *
 * Answers at once while no reader waits: a warm request is decided in one synchronous pass.
 */
export function decide(walk: readonly Gate[], readers: Readers): Decision | Promise<Decision> {
  const state = {
    walk,
    firstAsked: firstAskedIn(walk),
    readers,
    learned: nothingLearned(),
    notes: noNotes,
    validUntil: Number.POSITIVE_INFINITY,
  }
  return proceed(state, 0)
}

interface Walking {
  readonly walk: readonly Gate[]
  /** For each gate what no gate before it has asked for. */
  readonly firstAsked: readonly (readonly FactName[])[]
  readonly readers: Readers
  readonly learned: LearnedFacts
  notes: readonly Note[]
  validUntil: number
}

const noNotes: readonly Note[] = []

/** All names stand there from the start: an object that grows with each fact is a new kind of object with each. */
function nothingLearned(): LearnedFacts {
  return {
    now: undefined,
    address: undefined,
    route: undefined,
    origin: undefined,
    addressBudget: undefined,
    accountBudget: undefined,
    organizationBudget: undefined,
    routeBudget: undefined,
    session: undefined,
    account: undefined,
    organization: undefined,
    exemption: undefined,
    proofs: undefined,
    risk: undefined,
    device: undefined,
    act: undefined,
    target: undefined,
  }
}

function proceed(state: Walking, from: number): Decision | Promise<Decision> {
  for (let i = from; i < state.walk.length; i++) {
    const gate = state.walk[i]
    if (gate === undefined) break
    const missing = learn(state, i)
    if (missing?.kind === 'unreadable') return ended(state, gate.name, unavailable, `fact ${missing.name}`)
    if (missing?.kind === 'waiting')
      return missing.until.then(
        () => proceed(state, i),
        () => ended(state, gate.name, unavailable, `fact ${missing.name}`),
      )
    // A cast, because the partial record is whole for this gate: every fact that it names has just been learned.
    const outcome = gate.judge(state.learned as Facts)
    if (outcome.kind !== 'pass') return ended(state, gate.name, verdictOf(outcome), outcome.rule ?? null)
    if (outcome.note !== undefined) state.notes = [...state.notes, { gate: gate.name, ...outcome.note }]
    if (outcome.validUntil !== undefined && outcome.validUntil < state.validUntil) state.validUntil = outcome.validUntil
  }
  return ended(state, null, allow, null)
}

/** Walks are made once and asked for ever. */
const firstAskedByWalk = new WeakMap<readonly Gate[], readonly (readonly FactName[])[]>()

function firstAskedIn(walk: readonly Gate[]): readonly (readonly FactName[])[] {
  const known = firstAskedByWalk.get(walk)
  if (known !== undefined) return known
  const asked = new Set<FactName>()
  const first = walk.map(gate => {
    const news = gate.asks.filter(name => !asked.has(name))
    for (const name of news) asked.add(name)
    return news
  })
  firstAskedByWalk.set(walk, first)
  return first
}

const allow: Verdict = { kind: 'allow' }
const unavailable: Verdict = { kind: 'deny', reason: 'unavailable' }

type Missing =
  | { readonly kind: 'unreadable'; readonly name: FactName }
  | { readonly kind: 'waiting'; readonly name: FactName; readonly until: Promise<void> }

/** Learns what the gate is the first to ask for. Undefined: all there. Waiting: one of them is on its way; then ask again. */
function learn(state: Walking, at: number): Missing | undefined {
  for (const name of state.firstAsked[at] ?? []) {
    if (state.learned[name] !== undefined) continue
    try {
      const value: unknown = state.readers[name]()
      if (isThenable(value))
        return { kind: 'waiting', name, until: Promise.resolve(value).then(later => keep(state.learned, name, later)) }
      keep(state.learned, name, value)
    } catch {
      return { kind: 'unreadable', name }
    }
  }
  return undefined
}

// Not `instanceof Promise`: a thenable of another make would be taken for the fact itself, and its absent properties for "no".
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}

function keep(learned: { [Name in FactName]?: unknown }, name: FactName, value: unknown): void {
  // "Looked and found none" is null. Undefined is a reader that forgot to answer, and must not read as a harmless absence.
  if (value === undefined) throw new Error(`the reader of ${name} gave nothing`)
  learned[name] = value
}

function verdictOf(outcome: Exclude<Outcome, { kind: 'pass' }>): Verdict {
  if (outcome.kind === 'challenge') return { kind: 'challenge', step: outcome.step }
  const { reason, retryAfterMs } = outcome
  return retryAfterMs === undefined ? { kind: 'deny', reason } : { kind: 'deny', reason, retryAfterMs }
}

function ended(state: Walking, gate: GateName | null, verdict: Verdict, rule: string | null): Decision {
  return { verdict, gate, rule, notes: state.notes, validUntil: state.validUntil, learned: state.learned }
}
