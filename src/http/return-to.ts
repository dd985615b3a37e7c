import { createListedOrigins } from './listed-origins.ts'

/** Where a person may be sent after a sign-in, and nowhere else. */
export interface ReturnTo {
  /** The parsed target as it goes into a Location: a path for our own origin, a whole address for a listed one. Null: not safe. */
  parse(value: string | undefined): string | null
}

/**
 * The value is parsed once, by the parser that browsers use, against our own origin; what goes out is the parsed result and never
 * the input: two readers of one text are how open redirects are made.
 */
export function createReturnTo({ ownOrigin, listedOrigins }: Origins): ReturnTo {
  const own = new URL(ownOrigin).origin
  const listed = createListedOrigins([own, ...listedOrigins])
  return {
    parse(value) {
      if (value === undefined || value.length > returnLengthMax || !isPlain(value)) return null
      const url = URL.parse(value, own)
      if (url === null || !listed.has(url) || url.username !== '' || url.password !== '') return null
      if (url.origin !== own) return url.href
      // A path that begins with two slashes would be read as a host once it stands alone (`/.//evil.test`).
      const path = `${url.pathname}${url.search}${url.hash}`
      return path.startsWith('//') ? null : path
    },
  }
}

export interface Origins {
  readonly ownOrigin: string
  /** As listed-origins.ts reads them. */
  readonly listedOrigins: readonly string[]
}

/** Longer than any address that a person comes from, short enough for every proxy's header limit. */
const returnLengthMax = 2_048

/**
 * Only what begins like a path or like a whole address: relative words, `//host`, backslashes and scheme-without-slashes are forms that
 * parsers disagree about. White space and control characters are cut by the URL parser, so what they hide must not be let in.
 */
function isPlain(value: string): boolean {
  if (/[\\\s\u0000-\u001f\u007f]/.test(value)) return false
  return /^\/(?!\/)/.test(value) || /^https?:\/\/[^/]/i.test(value)
}
