/**
 * Where the token may come from: the token itself, Node's `request.rawHeaders` (name, value, name, value, ...), Node's
 * `request.headers`, or the `Headers` of a fetch-style request.
 */
export type TokenSource =
  | string
  | readonly string[]
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined }

export type Read =
  | { readonly kind: 'read'; readonly token: string }
  | { readonly kind: 'refused'; readonly reason: 'token_missing' | 'token_repeated' | 'token_malformed' }

/** Finds exactly one token. Two values, in whatever spelling, mean that somebody else than the gateway has spoken too. */
export function readToken(source: TokenSource, header: string): Read {
  if (typeof source === 'string') return { kind: 'read', token: source }
  const values = valuesOf(source, header)
  const [value] = values
  if (value === undefined) return { kind: 'refused', reason: 'token_missing' }
  // A comma joins what were several fields (RFC 9110 section 5.3); it is in no token.
  if (values.length > 1 || value.includes(',')) return { kind: 'refused', reason: 'token_repeated' }
  if (header !== 'authorization') return { kind: 'read', token: value }
  const token = /^Bearer ([^ ]+)$/i.exec(value)?.[1]
  return token === undefined ? { kind: 'refused', reason: 'token_malformed' } : { kind: 'read', token }
}

function valuesOf(source: Exclude<TokenSource, string>, header: string): readonly string[] {
  if (isPairs(source)) return source.filter((_, index) => index % 2 === 1 && isNamed(source[index - 1], header))
  if (isFetchHeaders(source)) {
    const value = source.get(header)
    return value === null ? [] : [value]
  }
  return Object.entries(source).flatMap(([name, value]) => {
    if (value === undefined || !isNamed(name, header)) return []
    return typeof value === 'string' ? [value] : [...value, ''] // an array is never one value, also with one element
  })
}

function isNamed(name: string | undefined, header: string): boolean {
  return name?.toLowerCase() === header
}

function isPairs(source: Exclude<TokenSource, string>): source is readonly string[] {
  return Array.isArray(source)
}

function isFetchHeaders(source: object): source is { get(name: string): string | null } {
  return 'get' in source && typeof source.get === 'function'
}
