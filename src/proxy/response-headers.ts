import { ownText } from '../lib/own-text.ts'
import { Spellings } from '../lib/spellings.ts'
import { refusal } from '../wire/refusals.ts'
import type { HeaderRules } from './request-headers.ts'
import { foldName, hopByHopFields, isReserved, nominatedFields } from './reserved-fields.ts'

// An upstream's answer as the client may see it. Backends are trusted with their own application and with nothing of ours: they cannot
// set, clear or read back our cookies, hand out identity fields, or send browsers round the gateway. Nothing is added to proxied pages.

/** The fields for the client, or a Fault when the message cannot be framed in only one way. */
export function responseHeaders(upstream: readonly string[], status: number, rules: HeaderRules): string[] {
  const nominated = nominatedFields(upstream)
  const fields: string[] = []
  const framing = { lengths: 0, codings: 0 }
  for (let i = 0; i < upstream.length; i += 2) {
    const name = upstream[i] ?? ''
    const value = upstream[i + 1] ?? ''
    // The parser has seen to it; whatever parser comes next, a line break here would be a second answer (response splitting).
    const { lower, isPlain } = knownName(name, rules.tokenFields)
    if (!fieldContent.test(value)) throw refusal('answer-field')
    if (isPlain) {
      if (nominated.size === 0 || !nominated.has(lower)) fields.push(name, value)
      continue
    }
    if (lower === 'content-length' && (++framing.lengths > 1 || !/^[0-9]+$/.test(value.trim())))
      throw refusal('answer-length')
    if (lower === 'transfer-encoding' && (++framing.codings > 1 || value.trim().toLowerCase() !== 'chunked'))
      throw refusal('answer-coding')
    const kept = nominated.has(lower) ? null : keptValue(lower, foldName(name), value, status, rules)
    if (kept !== null) fields.push(name, kept)
  }
  if (framing.lengths + framing.codings > 1) throw refusal('answer-coding')
  return fields
}

interface KnownName {
  readonly lower: string
  /** Handed on as it is, whatever it says. */
  readonly isPlain: boolean
}

/** Kept as spelled: an application has few names. */
const knownByTokens = new WeakMap<ReadonlySet<string>, Spellings<KnownName>>()

function knownName(name: string, tokenFields: ReadonlySet<string>): KnownName {
  const known = knownByTokens.get(tokenFields) ?? new Spellings<KnownName>()
  const before = known.get(name)
  if (before !== undefined) return before
  if (!fieldName.test(name)) throw refusal('answer-field')
  const lower = ownText(name).toLowerCase()
  const isPlain = !judged.has(lower) && !hopByHopFields.has(lower) && !isReserved(foldName(name), tokenFields)
  const found = { lower, isPlain }
  known.remember(name, found)
  knownByTokens.set(tokenFields, known)
  return found
}

const judged: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'set-cookie',
  'clear-site-data',
  'alt-svc',
])

function keptValue(lower: string, folded: string, value: string, status: number, rules: HeaderRules): string | null {
  if (hopByHopFields.has(lower) || isReserved(folded, rules.tokenFields)) return null
  switch (lower) {
    case 'set-cookie':
      return rules.cookies.isSet(value) ? null : value
    case 'clear-site-data':
      return withoutCookies(value)
    // RFC 7838: it would have the browser come back by a way that does not lead through us.
    case 'alt-svc':
      return null
    // RFC 9110 §8.6: none in 1xx and 204; a reader that believes it would wait for bytes.
    case 'content-length':
      return status < 200 || status === 204 ? null : value
    default:
      return value
  }
}

/**
 * `"cookies"` clears those of the whole registrable domain: the portal's too. An application may clear what it has stored, never who is
 * signed in; `"*"` therefore becomes everything else.
 */
function withoutCookies(value: string): string | null {
  const kinds = value.split(',').map(kind => kind.trim())
  const others = kinds.includes('"*"') ? ['"cache"', '"storage"', '"executionContexts"'] : kinds
  const kept = others.filter(kind => kind !== '' && kind.toLowerCase() !== '"cookies"')
  return kept.length === 0 ? null : kept.join(', ')
}

const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const fieldContent = /^[\t\x20-\x7e\x80-\xff]*$/
