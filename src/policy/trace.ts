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
  const asked = walk.slice(0, spokeAt(walk, decision) + 1)
  const facts = parsed(`{${factTexts(asked, decision.learned, factText)}}`)
  return asked.map(gate => ({ gate: gate.name, said: saidBy(gate, decision), facts: chosen(facts, gate.asks) }))
}

/**
 * Writes the same as text for storing: each fact stands there once, however many gates asked for it, or a record would be three times as
 * long. Longer than `charactersMax`, it keeps what the gate knew that spoke, and else no facts: cut in the middle, nobody could read it.
 */
export function createTraceWriter(charactersMax: number): (walk: readonly Gate[], decision: Decision) => string {
  const textOf = createFactTexts()
  return (walk, decision) => {
    const spoke = spokeAt(walk, decision)
    const asked = walk.slice(0, spoke + 1)
    const steps = asked.map(gate => stepText(gate, decision)).join()
    const write = (of: readonly Gate[]) => `{"facts":{${factTexts(of, decision.learned, textOf)}},"steps":[${steps}]}`
    const whole = write(asked)
    if (whole.length <= charactersMax) return whole
    const short = write(walk.slice(spoke, spoke + 1))
    return short.length <= charactersMax ? short : write([])
  }
}

/** A stored trace as steps with their facts; what is none is given back as it is. */
export function readTrace(text: string): unknown {
  const stored = parsed(text)
  if (!isStored(stored)) return stored
  return stored.steps.map(([gate, said, asks]) => ({ gate, said, facts: chosen(stored.facts, asks) }))
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

/** The place of the gate that spoke; of the last one when all let through. */
function spokeAt(walk: readonly Gate[], { gate }: Decision): number {
  const at = walk.findIndex(({ name }) => name === gate)
  return at < 0 ? walk.length - 1 : at
}

function saidBy(gate: Gate, { gate: spoke, verdict }: Decision): string {
  return gate.name === spoke ? describeVerdict(verdict) : 'pass'
}

function stepText(gate: Gate, decision: Decision): string {
  return gate.name === decision.gate
    ? JSON.stringify([gate.name, describeVerdict(decision.verdict), gate.asks])
    : passed(gate)
}

/** Gates are made once and let through for ever. */
const passedByGate = new WeakMap<Gate, string>()

function passed(gate: Gate): string {
  const known = passedByGate.get(gate) ?? JSON.stringify([gate.name, 'pass', gate.asks])
  passedByGate.set(gate, known)
  return known
}

type FactText = (name: FactName, value: unknown) => string

function factTexts(asked: readonly Gate[], learned: Readonly<LearnedFacts>, textOf: FactText): string {
  const told = new Set<FactName>()
  let text = ''
  for (const { asks } of asked)
    for (const name of asks) {
      const value: unknown = learned[name]
      if (value === undefined || told.has(name)) continue
      told.add(name)
      text += `${text === '' ? '' : ','}${textOf(name, value)}`
    }
  return text
}

function factText(name: FactName, value: unknown): string {
  return `"${name}":${plainText(value, 0)}`
}

/** Those who are refused one after another mostly share route and organization, and often all but the time: the last text of each fact is kept. */
function createFactTexts(): FactText {
  const last = new Map<FactName, { readonly value: unknown; readonly text: string }>()
  return (name, value) => {
    const known = last.get(name)
    if (known !== undefined && known.value === value) return known.text
    const text = factText(name, value)
    last.set(name, { value, text })
    return text
  }
}

interface Stored {
  readonly facts: unknown
  readonly steps: readonly (readonly [gate: string, said: string, asks: readonly string[]])[]
}

/** Our own store gives back what a writer wrote; of faults, which no gate spoke, there is an empty list in its place. */
function isStored(value: unknown): value is Stored {
  return typeof value === 'object' && value !== null && 'facts' in value && 'steps' in value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function chosen(facts: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  const given = typeof facts === 'object' && facts !== null ? Object.entries(facts) : []
  return Object.fromEntries(names.flatMap(name => given.filter(([each]) => each === name)))
}

const listMax = 8
const depthMax = 4

/** As JSON, without what cannot be told: compiled look-ups fall away, long lists are cut and say so. */
function plainText(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (depth >= depthMax) return '"…"'
  return Array.isArray(value) ? listText(value, depth + 1) : recordText(value, depth + 1)
}

function listText(list: readonly unknown[], depth: number): string {
  const items = list.slice(0, listMax).map(item => plainText(item, depth))
  if (list.length > listMax) items.push(`"and ${list.length - listMax} more"`)
  return `[${items.join()}]`
}

function recordText(record: object, depth: number): string {
  let text = ''
  for (const [name, item] of Object.entries(record)) {
    if (name === 'compiled' || name === 'words' || typeof item === 'function' || item === undefined) continue
    text += `${text === '' ? '' : ','}"${name}":${plainText(item, depth)}`
  }
  return `{${text}}`
}
