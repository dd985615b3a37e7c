import type { SamlRefusal } from '../../../src/sso/refusal.ts'
import { encryptedAssertionOf } from './encrypting.ts'
import {
  type Changes,
  confirmationOf,
  nameIdOf,
  renderAssertion,
  renderResponse,
  sketchOf,
  subjectOf,
} from './message.ts'
import { messageOf, type Signing, signAssertion } from './signing.ts'
import type { QuestionChanges, World } from './world.ts'

/** One thing that an attacker sends, and what may come of it. */
export interface Case {
  readonly id: string
  readonly about: string
  readonly message: (world: World) => Message
  /** Any of these is a right cause: which check speaks first is the reader's business. */
  readonly causes: readonly SamlRefusal[]
  readonly outcome: Outcome
  readonly question?: (world: World) => QuestionChanges
}

/** XML, its bytes in another encoding, or the form field itself. */
export type Message = string | Buffer | { readonly form: string }

/**
 * `refused`: nothing else will do. `mallory`: a positive control. `harmless`: refused, or mallory with everything that the genuine message says.
 * `not victim`: refused, or somebody who is not the victim.
 */
export type Outcome = 'refused' | 'mallory' | 'harmless' | 'not victim'

/** Which causes are of one class. */
export const wrapped: readonly SamlRefusal[] = [
  'wrong_structure',
  'signature_placement',
  'signature_missing',
  'signature_wrong',
]
export const unsigned: readonly SamlRefusal[] = [...wrapped, 'algorithm', 'unreadable']
export const unparsed: readonly SamlRefusal[] = ['unreadable', 'forbidden_markup', 'wrong_structure', 'too_large']

export function formOf(message: Message): string {
  if (typeof message === 'string') return Buffer.from(message).toString('base64')
  return Buffer.isBuffer(message) ? message.toString('base64') : message.form
}

export interface CaseRow {
  readonly outcome?: Outcome
  readonly question?: Case['question']
}

/** A message made as a whole. */
export function row(
  id: string,
  about: string,
  causes: readonly SamlRefusal[],
  message: (world: World) => Message,
  more: CaseRow = {},
): Case {
  return {
    id,
    about,
    causes,
    message,
    outcome: more.outcome ?? 'refused',
    ...(more.question === undefined ? {} : { question: more.question }),
  }
}

/** Contents that A has signed: as a signed assertion, in a signed Response, in both, and encrypted. */
export function contents(
  id: string,
  about: string,
  causes: readonly SamlRefusal[],
  changes: (world: World) => Changes,
  more: CaseRow & { readonly signing?: (world: World) => Signing } = {},
): readonly Case[] {
  const signing = (world: World) => more.signing?.(world) ?? {}
  const ways: Readonly<Record<string, Case['message']>> = {
    'signed assertion': world => messageOf(world, changes(world), 'assertion', signing(world)),
    'signed response': world => messageOf(world, changes(world), 'response', signing(world)),
    'both signed': world => messageOf(world, changes(world), 'both', signing(world)),
    encrypted: world => encryptedMessageOf(world, changes(world), signing(world)),
  }
  // What is wrong with the bytes that come out is told like a wrong key: what is inside is nobody's business (padding oracles).
  const causesOf = (way: string) =>
    way === 'encrypted' && causes.length > 0 ? [...causes, 'decryption' as const] : causes
  return Object.entries(ways).map(([way, message]) => row(`${id} ${way}`, about, causesOf(way), message, more))
}

/** A signed assertion, encrypted, in an unsigned Response. */
export function encryptedMessageOf(world: World, changes: Changes = {}, signing: Signing = {}): string {
  const { sketch, whole } = signAssertion(world, changes, signing)
  return renderResponse(sketch, encryptedAssertionOf(world, whole))
}

/** What the attacker wants to be believed: victim, in an Assertion of any shape. */
export function evilAssertion(
  world: World,
  changes: Changes & { readonly signature?: string; readonly inside?: string } = {},
): string {
  const { signature = '', inside = '', ...others } = changes
  const sketch = sketchOf(world, {
    assertion: { ID: `_evil-${world.mark}` },
    subject: subjectOf(nameIdOf(world.victim), confirmationOf(world)),
    ...others,
  })
  return renderAssertion({ ...sketch, statements: sketch.statements + inside }, signature)
}

/** Puts text before the end tag of the last element of this name. */
export function into(xml: string, name: string, text: string): string {
  const at = xml.lastIndexOf(`</${name}>`)
  if (at === -1) throw new Error(`there is no ${name}`)
  return xml.slice(0, at) + text + xml.slice(at)
}

/** Puts text behind the start tag of the first element of this name. */
export function after(xml: string, name: string, text: string): string {
  const start = xml.indexOf(`<${name}`)
  if (start === -1) throw new Error(`there is no ${name}`)
  const at = xml.indexOf('>', start) + 1
  return xml.slice(0, at) + text + xml.slice(at)
}

/** Replaces the first occurrence, and says so when there is none: a case that changes nothing attacks nothing. */
export function swap(xml: string, old: string, fresh: string): string {
  if (!xml.includes(old)) throw new Error(`${old} does not stand there`)
  return xml.replace(old, () => fresh)
}
