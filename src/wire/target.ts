import type { RefusalCause } from './refusals.ts'

// The request target, read once: what passes means the same to every reader behind us, and is forwarded byte for byte.
// It refuses by rule, not by list: after any number of decodings the path must keep its segments, hold no dot segment, no empty
// segment, no backslash and no control byte. Readings that rename a segment without moving it (`%61dmin`, `ADMIN`, `admin;x`) cannot be
// refused without refusing honest names; `readingsOf` lists them, and whoever picks a route must find the same one under all.

export type TargetReading =
  | { readonly kind: 'read'; readonly target: string; readonly path: string }
  | { readonly kind: 'refused'; readonly why: TargetRefusal }

export type TargetRefusal = Extract<RefusalCause, `target-${string}`>

/** Reads the target of a request line. Origin-form only: absolute-form would bring a second host, `*` and authority-form no path. */
export function readTarget(target: string): TargetReading {
  if (!target.startsWith('/')) return refuse('target-form')
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  if (!queryBytes.test(question < 0 ? '' : target.slice(question))) return refuse('target-bytes-forbidden')
  // Almost every path: plain letters, and nothing that could be read in a second way.
  if (plainPath.test(path)) return { kind: 'read', target, path }
  const fault = findFault(path)
  return fault === null ? { kind: 'read', target, path } : refuse(fault)
}

/**
 * The other paths that some reader could take this one for: decoded once or more, in lower case, without path parameters, cut at an
 * encoded `?` or `#`. Empty for plain lower-case paths. Only for paths that `readTarget` let through.
 */
export function readingsOf(path: string): readonly string[] {
  if (lowerCasePath.test(path)) return []
  // The set grows while it is walked: every reading is read again, until none is new. Each step shortens or lower-cases, so it ends.
  const readings = new Set([path])
  for (const reading of readings) for (const read of readers) readings.add(read(reading))
  readings.delete(path)
  return [...readings]
}

const readers: readonly ((path: string) => string)[] = [
  path => decodeOnce(path) ?? path,
  path => path.replaceAll(/;[^/]*/g, ''),
  path => path.replace(/[?#].*$/s, ''),
  path => path.toLowerCase(),
]

// RFC 3986 §3.3 pchar, and `|`, `[`, `]`, which browsers send as they are (WHATWG URL, path percent-encode set).
const pathBytes = /^[\w\-.~!$&'()*+,;=:@/%|[\]]*$/
// Anything printable but `#`: no server sees a fragment, but Node's own parser cuts one silently.
const queryBytes = /^[!"$-~]*$/
const plainPath = /^(?:\/[\w~-]+(?:\.[\w~-]+)*)*\/?$/
const lowerCasePath = /^[a-z0-9/._~-]*$/
const dotSegment = /^\.{1,2}$/

function findFault(path: string): TargetRefusal | null {
  if (!pathBytes.test(path)) return 'target-bytes-forbidden'
  if (/%(?![0-9a-fA-F]{2})/.test(path)) return 'target-escape'
  const segments = path.split('/').length
  const levels = decodings(path)
  if (levels === null) return 'target-encoding'
  for (const level of levels) {
    if (/[\p{Cc}\\]/u.test(level)) return 'target-control'
    const parts = level.split('/')
    if (parts.length !== segments) return 'target-slash'
    if (parts.some(isDangerous)) return 'target-segment'
  }
  return null
}

/** Empty only at the start and the end of a path. A reader that drops path parameters (Tomcat, Jetty) sees `..;x` as `..` and `;x` as nothing. */
function isDangerous(part: string, index: number, parts: readonly string[]): boolean {
  const end = part.indexOf(';')
  const name = end < 0 ? part : part.slice(0, end)
  if (name === '') return part !== '' || (index !== 0 && index !== parts.length - 1)
  return dotSegment.test(name)
}

// Nobody honest encodes four times; without a bound `%2525...` would cost a decoding per three bytes.
const decodingsMax = 4

/** The path as it is and after each decoding that changes it; null when the bytes are no UTF-8 (overlong `%c0%af` is a slash to some). */
function decodings(path: string): readonly string[] | null {
  const levels = [path]
  for (let last = path; ; ) {
    const next = decodeOnce(last)
    if (next === null) return null
    if (next === last) return levels
    if (levels.push(next) > decodingsMax) return null
    last = next
  }
}

function decodeOnce(text: string): string | null {
  try {
    return text.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, run => decodeURIComponent(run))
  } catch {
    return null
  }
}

function refuse(why: TargetRefusal): TargetReading {
  return { kind: 'refused', why }
}
