/**
 * Answers made for one person, kept out of every cache but the person's own. A shared cache in front of the gateway goes by the address and
 * by what the application says; an application that calls a page public because it "looks like a stylesheet" would hand it to whoever asks
 * next (web cache deception).
 */
export function keepFromSharedCaches(fields: readonly string[]): string[] {
  const kept: string[] = []
  const directives: string[] = []
  let readable = true
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    const value = fields[i + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'cache-control') {
      const found = directivesOf(value)
      if (found === null) readable = false
      else directives.push(...found)
    } else if (!speaksToSharedCaches(lower)) kept.push(name, value)
  }
  return [...kept, 'Cache-Control', readable ? personal(directives) : 'no-store']
}

// RFC 9213 (targeted fields: CDN-Cache-Control, Netlify-CDN-Cache-Control, ...), the Edge Architecture's Surrogate-Control, Akamai's
// Edge-Control, nginx's X-Accel-Expires: each of them overrules Cache-Control at the cache that it speaks to.
const otherFields: ReadonlySet<string> = new Set(['surrogate-control', 'edge-control', 'x-accel-expires'])

function speaksToSharedCaches(lower: string): boolean {
  return lower.endsWith('-cache-control') || otherFields.has(lower)
}

/** Without `public` and `s-maxage`; with `private`, unless nobody may keep it at all. */
function personal(directives: readonly string[]): string {
  const kept = directives.filter(directive => {
    const name = nameOf(directive)
    // `private="Set-Cookie"` holds back that field alone (RFC 9111 §5.2.2.7): only the bare word holds back the answer.
    return name !== 'public' && name !== 's-maxage' && name !== 'private'
  })
  return kept.some(directive => nameOf(directive) === 'no-store') ? kept.join(', ') : [...kept, 'private'].join(', ')
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
