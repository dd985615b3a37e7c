import type { RawHeaders } from '../lib/request-head.ts'

/** The head of an answer as HTTP/2 has it. */
export interface Http2Answer {
  readonly status: number
  /** Pairs, `:status` first, names in lower case. */
  readonly fields: string[]
  /** What Content-Length says about the body. */
  readonly length: number | null
  readonly hasBody: boolean
}

export interface Http2AnswerAbout {
  readonly method: string
  readonly date: string
}

/** Null for fields that cannot be written: what an upstream says must not become another field, or another answer. */
export function http2Answer(
  status: number,
  headers: RawHeaders,
  { method, date }: Http2AnswerAbout,
): Http2Answer | null {
  // RFC 9110 §15: a status that nobody knows is read as the x00 of its class; there is no class over 599, so it is a broken answer.
  const known = status >= 200 && status <= 599 ? status : 502
  const fields = [':status', String(known)]
  let length: number | null = null
  let hasDate = false
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase()
    const value = trimmed(headers[i + 1] ?? '')
    if (!isWritable(name, value)) return null
    if (ofConnection.has(name)) continue
    if (name === 'content-length') {
      if (bodiless.has(known)) continue
      if (length !== null || !/^[0-9]{1,15}$/.test(value)) return null
      length = Number(value)
    } else if (name === 'date') hasDate = true
    fields.push(name, value)
  }
  if (!hasDate) fields.push('date', date)
  return { status: known, fields, length, hasBody: method !== 'HEAD' && known !== 304 && !bodiless.has(known) }
}

/** RFC 9110 §15.3.5 and §15.3.6: without a body, and without a length that says there is one. */
const bodiless: ReadonlySet<number> = new Set([204, 205])

/** Fields of an interim answer, those of one name together. Null when one cannot be written. */
export function http2Fields(headers: RawHeaders): Record<string, string[]> | null {
  const fields = new Map<string, string[]>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase()
    const value = trimmed(headers[i + 1] ?? '')
    if (!isWritable(name, value)) return null
    // RFC 9110 §8.6: no length in an interim answer.
    if (ofConnection.has(name) || name === 'content-length') continue
    fields.set(name, [...(fields.get(name) ?? []), value])
  }
  return Object.fromEntries(fields)
}

function isWritable(name: string, value: string): boolean {
  return fieldName.test(name) && fieldContent.test(value)
}

/** RFC 9113 §8.2.1: no white space around a value; HTTP/1.1 allows it. */
function trimmed(value: string): string {
  return padded.test(value) ? value.replace(/^[\t ]+|[\t ]+$/g, '') : value
}

const padded = /^[\t ]|[\t ]$/
const fieldName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const fieldContent = /^[\t\x20-\x7e\x80-\xff]*$/
/** RFC 9113 §8.2.2: a client takes an answer with one of them for malformed. */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'te',
])
