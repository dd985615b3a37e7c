import { jsonText } from '../lib/json-text.ts'
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
  const { asked, names } = wayThrough(walk, decision.gate)
  const facts = parsed(`{${factTexts(names, decision.learned, factText)}}`)
  return asked.map(gate => ({ gate: gate.name, said: saidBy(gate, decision), facts: chosen(facts, gate.asks) }))
}

/**
 * Writes the same as text for storing: each fact stands there once, however many gates asked for it, or a record would be three times as
 * long. Longer than `charactersMax`, it keeps what the gate knew that spoke, and else no facts: cut in the middle, nobody could read it.
 */
export function createTraceWriter(charactersMax: number): (walk: readonly Gate[], decision: Decision) => string {
  const textOf = createFactTexts()
  const wayOf = createWays()
  return (walk, decision) => {
    const { asked, names, passed } = wayOf(walk, decision.gate)
    const last = asked.at(-1)
    const end = last === undefined ? '' : stepText(last, saidBy(last, decision))
    const write = (of: readonly FactName[]) =>
      `{"facts":{${factTexts(of, decision.learned, textOf)}},"steps":[${passed}${end}]}`
    const whole = write(names)
    if (whole.length <= charactersMax) return whole
    const short = write(last?.asks ?? [])
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

/** What all decisions have in common in which the same gate of a walk spoke. */
interface Way {
  /** The gate that spoke is the last. */
  readonly asked: readonly Gate[]
  /** What they asked for, each once. */
  readonly names: readonly FactName[]
  /** The steps before the last, as text. */
  readonly passed: string
}

function wayThrough(walk: readonly Gate[], spoke: GateName | null): Way {
  const at = walk.findIndex(({ name }) => name === spoke)
  const asked = at < 0 ? walk : walk.slice(0, at + 1)
  const passed = asked.slice(0, -1).map(gate => `${stepText(gate, 'pass')},`)
  return { asked, names: [...new Set(asked.flatMap(({ asks }) => asks))], passed: passed.join('') }
}

/** Walks and gates are few, and made once. */
function createWays(): typeof wayThrough {
  const known = new Map<readonly Gate[], Map<GateName | null, Way>>()
  return (walk, spoke) => {
    const ofWalk = known.get(walk) ?? new Map<GateName | null, Way>()
    const way = ofWalk.get(spoke) ?? wayThrough(walk, spoke)
    known.set(walk, ofWalk.set(spoke, way))
    return way
  }
}

function saidBy(gate: Gate, { gate: spoke, verdict }: Decision): string {
  return gate.name === spoke ? describeVerdict(verdict) : 'pass'
}

function stepText({ name, asks }: Gate, said: string): string {
  return JSON.stringify([name, said, asks])
}

type FactText = (name: FactName, value: unknown) => string

function factTexts(names: readonly FactName[], learned: Readonly<LearnedFacts>, textOf: FactText): string {
  let text = ''
  for (const name of names) {
    const value: unknown = learned[name]
    if (value !== undefined) text += `${text === '' ? '' : ','}${textOf(name, value)}`
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

/** As JSON, without what cannot be told: compiled look-ups fall away, long lists are cut and say so. A flood pays for each of these lines. */
function plainText(value: unknown, depth: number): string {
  if (typeof value === 'string') return jsonText(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (typeof value !== 'object' || value === null) return typeof value === 'boolean' ? String(value) : 'null'
  if (depth >= depthMax) return '"…"'
  return Array.isArray(value) ? listText(value, depth + 1) : recordText(value, depth + 1)
}

function listText(list: readonly unknown[], depth: number): string {
  let text = ''
  for (let i = 0; i < list.length && i < listMax; i++) text += `${i === 0 ? '' : ','}${plainText(list[i], depth)}`
  return list.length > listMax ? `[${text},"and ${list.length - listMax} more"]` : `[${text}]`
}

function recordText(record: object, depth: number): string {
  let text = ''
  for (const name in record) {
    // A cast, because the loop names what the record has.
    const item: unknown = record[name as keyof typeof record]
    if (name === 'compiled' || name === 'words' || typeof item === 'function' || item === undefined) continue
    text += `${text === '' ? '' : ','}"${name}":${plainText(item, depth)}`
  }
  return `{${text}}`
}
