import { type RawHeaders, type RequestHead, trimBlanks } from '../lib/request-head.ts'

/** The cookies of the gateway, under the names that browsers know them by. */
export type CookieNames = Readonly<Record<CookieName, string>>

const cookieNames = ['session', 'attempt', 'device', 'join', 'reset', 'report', 'passkey', 'code', 'language'] as const
export type CookieName = (typeof cookieNames)[number]
export type Cookies = Readonly<Partial<Record<CookieName, string>>>

export interface CookieJar {
  readonly names: CookieNames
  /** The gateway's own cookies of a request. One that is malformed or sent twice counts as absent. */
  read(headers: RawHeaders): Cookies
  /** A Set-Cookie value. Without `maxAgeSeconds` the browser forgets it when it closes. */
  write(name: CookieName, value: string, maxAgeSeconds?: number): string
  /** A Set-Cookie value that takes the cookie away. */
  clear(name: CookieName): string
  /** The head as this browser will send it once it has taken the cookies ('' takes one away): asked about before the answer is written. */
  withCookies(head: RequestHead, changed: Readonly<Partial<Record<CookieName, string>>>): RequestHead
}

/** `__Host-`: the browser itself refuses such a cookie from a sub-domain, without Secure, or for a narrower path (RFC 6265bis §4.1.3.2). Plain-HTTP development has to do without. */
export function createCookieNames({ secure }: { secure: boolean }): CookieNames {
  const prefix = secure ? '__Host-sekisho' : 'sekisho'
  return {
    session: prefix,
    attempt: `${prefix}-attempt`,
    device: `${prefix}-device`,
    join: `${prefix}-join`,
    reset: `${prefix}-reset`,
    report: `${prefix}-report`,
    passkey: `${prefix}-passkey`,
    code: `${prefix}-code`,
    language: `${prefix}-language`,
  }
}

export function createCookieJar({ secure }: { secure: boolean }): CookieJar {
  const names = createCookieNames({ secure })
  const ours = keysByName(names)
  const write = (name: CookieName, value: string, maxAgeSeconds?: number) => {
    if (!isCookieValue(value)) throw new Error(`the value of cookie ${name} cannot be written`)
    const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${Math.floor(maxAgeSeconds)}`
    return `${names[name]}=${value}; Path=/${age}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  }
  return {
    names,
    read: headers => readCookies(headers, ours),
    write,
    clear: name => write(name, '', 0),
    withCookies: (head, changed) => ({ ...head, headers: replaceCookies(head.headers, names, changed) }),
  }
}

// Ours are base64url tokens and language tags. Anything wider in a cookie of ours was not written by us.
const valuePattern = /^[A-Za-z0-9_.-]{0,256}$/

function isCookieValue(value: string): boolean {
  return valuePattern.test(value)
}

function readCookies(headers: RawHeaders, byName: ReadonlyMap<string, CookieName>): Cookies {
  const found: Partial<Record<CookieName, string>> = {}
  let spoiled: Set<CookieName> | null = null
  for (const { name, value } of cookiePairs(headers)) {
    const ours = byName.get(name)
    if (ours === undefined) continue
    // Two cookies of one name: one of them was planted (cookie tossing). Which one cannot be known, so neither counts.
    if (ours in found || value === '' || !isCookieValue(value)) spoiled = (spoiled ?? new Set()).add(ours)
    found[ours] = value
  }
  if (spoiled !== null) for (const name of spoiled) delete found[name]
  return found
}

function keysByName(names: CookieNames): ReadonlyMap<string, CookieName> {
  return new Map(cookieNames.map(ours => [names[ours], ours]))
}

/** RFC 6265 §4.2.1, strictly: names compared byte for byte, only space and tab trimmed (a NBSP before a name is part of it: Hono CVE-2026-39410). */
export function cookiePairs(headers: RawHeaders): readonly { readonly name: string; readonly value: string }[] {
  const pairs: { name: string; value: string }[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const field = headers[i]
    if (field?.length !== 6 || field.toLowerCase() !== 'cookie') continue
    for (const part of (headers[i + 1] ?? '').split(';')) {
      const pair = trimBlanks(part)
      const equals = pair.indexOf('=')
      if (equals > 0) pairs.push({ name: pair.slice(0, equals), value: pair.slice(equals + 1) })
    }
  }
  return pairs
}

function replaceCookies(
  headers: RawHeaders,
  names: CookieNames,
  changed: Readonly<Partial<Record<CookieName, string>>>,
): RawHeaders {
  const byName = keysByName(names)
  const kept = cookiePairs(headers).filter(({ name }) => {
    const ours = byName.get(name)
    return ours === undefined || !(ours in changed)
  })
  for (const ours of cookieNames) {
    const value = changed[ours]
    if (value !== undefined && value !== '') kept.push({ name: names[ours], value })
  }
  const others = headers.filter((_, i) => headers[i - (i % 2)]?.toLowerCase() !== 'cookie')
  return [...others, 'Cookie', kept.map(({ name, value }) => `${name}=${value}`).join('; ')]
}
