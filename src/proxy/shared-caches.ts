import { Spellings } from '../lib/spellings.ts'

/**
 * Answers made for one person, kept out of every cache but the person's own. A shared cache in front of the gateway goes by the address and
 * by what the application says; an application that calls a page public because it "looks like a stylesheet" would hand it to whoever asks
 * next (web cache deception).
 */
export function keepFromSharedCaches(fields: readonly string[]): string[] {
  const kept: string[] = []
  const said: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    const value = fields[i + 1] ?? ''
    // Shorter than any of the names that are looked for.
    const lower = name.length < shortestName ? name : name.toLowerCase()
    if (lower === 'cache-control') said.push(value)
    else if (!speaksToSharedCaches(lower)) kept.push(name, value)
  }
  kept.push('Cache-Control', said.length === 1 ? knownAnswer(said[0] ?? '') : answerTo(said))
  return kept
}

/** What we say where an application says one text: an application has few. */
const madeOf = new Spellings<string>()

function knownAnswer(said: string): string {
  const before = madeOf.get(said)
  if (before !== undefined) return before
  const made = answerTo([said])
  madeOf.remember(said, made)
  return made
}

function answerTo(said: readonly string[]): string {
  const directives: string[] = []
  for (const value of said) {
    const found = directivesOf(value)
    if (found === null) return 'no-store'
    directives.push(...found)
  }
  return personal(directives)
}

// RFC 9213 (targeted fields: CDN-Cache-Control, Netlify-CDN-Cache-Control, ...), the Edge Architecture's Surrogate-Control, Akamai's
// Edge-Control, nginx's X-Accel-Expires: each of them overrules Cache-Control at the cache that it speaks to.
const shortestName = 'edge-control'.length
const otherFields: ReadonlySet<string> = new Set(['surrogate-control', 'edge-control', 'x-accel-expires'])

function speaksToSharedCaches(lower: string): boolean {
  return lower.endsWith('-cache-control') || otherFields.has(lower)
}

/**
 * Without `public` and `s-maxage`; with `private`, unless nobody may keep it at all. `no-store` beside `must-understand` is no such word:
 * a cache that understands the status passes over it (RFC 9111 §5.2.2.3).
 */
function personal(directives: readonly string[]): string {
  const kept = directives.filter(directive => {
    const name = nameOf(directive)
    // `private="Set-Cookie"` holds back that field alone (RFC 9111 §5.2.2.7): only the bare word holds back the answer.
    return name !== 'public' && name !== 's-maxage' && name !== 'private'
  })
  const names = new Set(kept.map(nameOf))
  return names.has('no-store') && !names.has('must-understand') ? kept.join(', ') : [...kept, 'private'].join(', ')
}

function nameOf(directive: string): string {
  return (directive.split('=', 1)[0] ?? '').toLowerCase()
}

// RFC 9111 §5.2: a token, and perhaps a value that is a token or quoted. A comma in quotes parts nothing.
const directive =
  /[\t ]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"(?:[^"\\]|\\.)*"))?)[\t ]*)?(?:,|$)/y

/** Null for what caches might read in several ways. */
function directivesOf(value: string): string[] | null {
  const found: string[] = []
  directive.lastIndex = 0
  while (directive.lastIndex < value.length) {
    const match = directive.exec(value)
    if (match === null) return null
    if (match[1] !== undefined) found.push(match[1])
  }
  return found
}
