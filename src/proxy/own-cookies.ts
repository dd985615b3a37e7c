import { trimBlanks } from '../lib/request-head.ts'
import { Spellings } from '../lib/spellings.ts'

/** Tells our cookies from the application's, in both directions. */
export interface OwnCookies {
  /** The value of a `Cookie` field without ours and without anything malformed; null when nothing is left. */
  strip(cookieField: string): string | null
  /** Whether a `Set-Cookie` value would set or clear one of ours in some browser. */
  isSet(setCookie: string): boolean
}

/** `names` as they are configured, with or without `__Host-`: `sekisho` stands for `__Host-sekisho`, `sekisho-attempt` and every other spelling. */
export function createOwnCookies(names: readonly string[]): OwnCookies {
  const own = names.map(baseName)
  // Kept as spelled: an application has few names of cookies.
  const known = new Spellings<boolean>()
  const isOwn = (name: string) => {
    const before = known.get(name)
    if (before !== undefined) return before
    const base = baseName(name)
    const found = own.some(mine => base === mine || base.startsWith(`${mine}-`))
    known.remember(name, found)
    return found
  }
  return {
    strip(cookieField) {
      let kept = ''
      for (const part of cookieField.split(';')) {
        const pair = trimBlanks(part)
        if (!cookiePair.test(pair) || isOwn(pair.slice(0, pair.indexOf('=')))) continue
        kept = kept === '' ? pair : `${kept}; ${pair}`
      }
      return kept === '' ? null : kept
    },
    isSet(setCookie) {
      const pair = setCookie.split(';', 1)[0] ?? ''
      // A cookie without a name is sent back as its bare value: `=__Host-sekisho=x` comes again as ours.
      const text = pair.replace(/^[\s=\u0000-\u0020\u007f-\u00a0]+/, '')
      return isOwn(text.split('=', 1)[0] ?? '')
    },
  }
}

// RFC 6265 §4.1.1, with the bytes browsers also send in values. A name is a token: no white space, also none of NBSP's kind, which some
// readers trim and others do not (Hono CVE-2026-39410).
const cookiePair = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+=[\t\x20-\x3a\x3c-\x7e\x80-\xff]*$/

/** Browsers compare the prefixes without regard to case, servers trim and percent-decode names: all spellings of one name are one. */
function baseName(name: string): string {
  const trimmed = name.replaceAll(/[\s\u0000-\u0020\u007f-\u00ff"]/g, '')
  return decodeName(trimmed)
    .toLowerCase()
    .replace(/^(?:__(?:host|secure|http|host-http)-)+/, '')
}

function decodeName(name: string): string {
  return name.replaceAll(/%([0-7][0-9A-Fa-f])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
