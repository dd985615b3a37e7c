import { STATUS_CODES } from 'node:http'
import type { RawHeaders } from '../lib/request-head.ts'
import { linesOf } from './head-lines.ts'

/** How the end of an answer's body is told (RFC 9112 §6). */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }

export interface AnswerHead {
  readonly text: string
  readonly framing: BodyFraming
}

export interface AnswerAbout {
  readonly method: string
  readonly version: string
  readonly closes: boolean
  readonly date: string
}

/**
 * The head of an answer as it goes out. Content-Length is believed when it is one number; everything else about the framing is ours. Null
 * for fields that cannot be written: what an upstream says must not become a second head.
 */
export function writeAnswerHead(
  status: number,
  reason: string,
  fields: RawHeaders,
  about: AnswerAbout,
): AnswerHead | null {
  let text = `HTTP/1.1 ${status} ${reason === '' ? (STATUS_CODES[status] ?? 'Unknown') : reason}\r\n`
  let length: number | null = null
  let hasDate = false
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    const value = fields[i + 1] ?? ''
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (length !== null || !/^[0-9]{1,15}$/.test(value)) return null
      length = Number(value)
    } else if (name.length === 4 && name.toLowerCase() === 'date') hasDate = true
    text += `${name}: ${value}\r\n`
  }
  // RFC 9112 §11.1: a line break in a value would be another field, or another answer.
  if (linesOf(text) !== 1 + fields.length / 2 || text.includes('\0')) return null
  const framing = framingOf(status, length, about)
  if (!hasDate) text += `Date: ${about.date}\r\n`
  if (framing.kind === 'chunked') text += 'Transfer-Encoding: chunked\r\n'
  const closes = about.closes || framing.kind === 'until-close'
  text += closes ? 'Connection: close\r\n\r\n' : about.version === '1.0' ? 'Connection: keep-alive\r\n\r\n' : '\r\n'
  return { text, framing }
}

function framingOf(status: number, length: number | null, { method, version }: AnswerAbout): BodyFraming {
  if (method === 'HEAD' || status === 204 || status === 304 || status < 200) return { kind: 'none' }
  if (length !== null) return { kind: 'length', bytes: length }
  return version === '1.1' ? { kind: 'chunked' } : { kind: 'until-close' }
}
