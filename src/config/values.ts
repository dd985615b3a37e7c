import * as z from 'zod'
import { parseAddress } from '../lib/address.ts'
import { type Network, parseNetwork } from '../lib/cidr.ts'
import { parseInstant } from '../lib/instant.ts'

// The small values that configuration is written in. Each says, in the words of `expected; what to do`, how it is written.

/** A value written as text and read into something else. */
export function written<Out>(expected: string, read: (text: string) => Out | null) {
  return z.string({ error: expected }).transform((text, context) => {
    const value = read(text)
    if (value !== null) return value
    context.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
}

/** A text that has to look a certain way and stays what it is. */
export function shaped(expected: string, fits: (text: string) => boolean) {
  return z.string({ error: expected }).check(context => {
    if (!fits(context.value)) context.issues.push({ code: 'custom', message: expected, input: context.value })
  })
}

export function plainText(what: string, lengthMax = 200) {
  const expected = `${what} of 1 to ${lengthMax} characters on one line; write it in quotes`
  return shaped(expected, text => text.trim() !== '' && text.length <= lengthMax && !hasControls(text))
}

export const flag = z.boolean({ error: 'true or false; write it without quotes' })

/** A whole number in a range. */
export function whole(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}; write digits without quotes`
  return z.int({ error: expected }).min(min, { error: expected }).max(max, { error: expected })
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `250ms`, `10m`, `24h`, `30d`, in milliseconds. */
export function duration(min: string, max: string) {
  const [minMs, maxMs] = [readDuration(min) ?? 0, readDuration(max) ?? 0]
  const expected = `a duration from ${min} to ${max}, such as 250ms, 30s, 10m, 24h or 30d; write a number directly followed by its unit`
  return written(expected, text => {
    const ms = readDuration(text)
    return ms !== null && ms >= minMs && ms <= maxMs ? ms : null
  })
}

/** `0` switches off. */
export function durationOrNever(max: string) {
  const limit = duration('1ms', max)
  const expected = `a duration up to ${max}, such as 30s or 10m, or never; write a number directly followed by its unit`
  return written(expected, text => (text === 'never' ? 0 : (limit.safeParse(text).data ?? null)))
}

function readDuration(text: string): number | null {
  const match = /^([1-9][0-9]{0,8})(ms|s|m|h|d)$/.exec(text)
  return match === null ? null : Number(match[1]) * (unitsMs[match[2] ?? ''] ?? 0)
}

const unitsBytes: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** `16KiB`, `100MiB`, in bytes. */
export function size(max: string, min = '1B') {
  const range = min === '1B' ? `up to ${max}` : `from ${min} to ${max}`
  const expected = `a size ${range}, such as 512B, 16KiB, 100MiB or 1GiB; write a number directly followed by its unit`
  const maxBytes = readSize(max) ?? 0
  const minBytes = readSize(min) ?? 0
  return written(expected, text => {
    const bytes = readSize(text)
    return bytes !== null && bytes >= minBytes && bytes <= maxBytes ? bytes : null
  })
}

function readSize(text: string): number | null {
  const match = /^([1-9][0-9]{0,8})(B|KiB|MiB|GiB)$/.exec(text)
  return match === null ? null : Number(match[1]) * (unitsBytes[match[2] ?? ''] ?? 0)
}

/** So many in so long: `600/1m`, `20/1h`. */
export function readRate(text: string): { count: number; windowMs: number } | null {
  const match = /^([1-9][0-9]{0,8})\/([1-9][0-9]{0,5}(?:ms|s|m|h|d))$/.exec(text)
  const windowMs = readDuration(match?.[2] ?? '')
  return match === null || windowMs === null ? null : { count: Number(match[1]), windowMs }
}

/** A lower-case host name or an IPv4 address, without a port. */
export function isHostName(text: string): boolean {
  const labels = text.split('.')
  return text.length <= 253 && labels.every(label => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
}

export const hostName = shaped(
  'a lower-case host name without scheme and port, such as chat.example.com; write only the name',
  isHostName,
)

export const ipAddress = shaped(
  'an IP address such as 127.0.0.1 or "::"; write numbers, not a name',
  text => parseAddress(text) !== null,
)

/** A host name, or `*.` before one for every name exactly one label longer. */
export const hostPattern = shaped(
  'a lower-case host name such as chat.example.com, or *.example.com for names one label longer; write only the name',
  text => isHostName(text.startsWith('*.') ? text.slice(2) : text),
)

/** `https://chat.example.com` or `http://localhost:8080`, in the form in which browsers write it. */
export const origin = shaped(
  'an origin such as https://chat.example.com or http://localhost:8080; write scheme, host and, if need be, port, in lower case and without a path',
  text => /^https?:\/\//.test(text) && URL.parse(text)?.origin === text && isHostName(URL.parse(text)?.hostname ?? ''),
)

export const networkText = written<Network>(
  'a network such as 203.0.113.0/24, 2001:db8::/32 or a single address, with no bits set behind the prefix; write address and prefix length',
  parseNetwork,
)

/** `2026-12-01T00:00:00Z`, in milliseconds since 1970. */
export const instant = written(
  'a moment such as 2026-12-01T00:00:00Z; write date, T, time and Z (UTC), or an offset such as +09:00',
  text => {
    const at = parseInstant(text)
    return Number.isNaN(at) ? null : at
  },
)

export const emailAddress = shaped('an e-mail address such as alice@example.com; write one address', text =>
  /^[^\s@<>"(),:;[\]\\]{1,64}@[a-z0-9.-]{1,253}$/i.test(text),
)

/** A name that is used in addresses, logs and metrics. */
export const slug = shaped(
  'a name of a-z, 0-9 and hyphens, up to 63 characters, that begins and ends with a letter or digit; rename it',
  text => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text),
)

export const filePath = plainText('a path', 1024)

/** Where a secret is kept: in a file or in the environment, never here. */
export const secretReference = z
  .strictObject(
    {
      file: filePath.optional().meta({ description: 'File that holds it; a newline at the end is dropped.' }),
      env: shaped('the name of an environment variable; write letters, digits and _', text =>
        /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text),
      )
        .optional()
        .meta({ description: 'Environment variable that holds it.' }),
    },
    { error: secretElsewhere },
  )
  .check(context => {
    const { file, env } = context.value
    if ((file === undefined) === (env === undefined))
      context.issues.push({ code: 'custom', message: 'exactly one of file and env; keep one', input: context.value })
  })

function secretElsewhere(issue: { input?: unknown; code?: string }): string | undefined {
  if (issue.code !== 'invalid_type' || issue.input === undefined) return undefined
  return `${inlineSecret}; put it into a file or a variable, change it (it has been seen here), and write { file: PATH } or { env: NAME }`
}

/** Begins the message about a secret that was written inline: what was found is then not shown. */
export const inlineSecret = 'a reference to a secret, which is never written here itself'

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
