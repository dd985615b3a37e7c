import type { ClientAddress } from './address.ts'

/** Names and values in turn, as they came: `['Host', 'a', 'Accept', 'b']`. Order and repetition are kept. */
export type RawHeaders = readonly string[]

/**
 * The head of one request, after everything ambiguous was refused. The one neutral type that decisions and header rules work on:
 * no room below `http/` ever sees a framework's or Node's own request.
 */
export interface RequestHead {
  readonly method: string
  /** Path and query exactly as they were judged and as they will be forwarded. */
  readonly target: string
  /** `target` without its query. */
  readonly path: string
  /** Lower-case host name as the client named it, without a port. */
  readonly host: string
  /** The Host field's value (with the port, if any), lower-case. */
  readonly authority: string
  readonly secure: boolean
  readonly headers: RawHeaders
  readonly client: ClientAddress
  /** Number of the body's bytes, `chunked` when it comes in chunks, 0 without a body. */
  readonly bodyLength: number | 'chunked'
  /** Lower-case protocol a client asks to switch to (`websocket`), else undefined. */
  readonly upgrade: string | undefined
}

/** Without the spaces and tabs around it (RFC 9110 §5.6.3), and nothing else: other white space is part of it. */
export function trimBlanks(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return from === 0 && to === text.length ? text : text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** The value of a field that may occur once: undefined when absent, the values joined by ", " when repeated (RFC 9110 §5.3). */
export function fieldValue(headers: RawHeaders, lowerCaseName: string): string | undefined {
  let found: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]
    if (name === undefined || name.length !== lowerCaseName.length || name.toLowerCase() !== lowerCaseName) continue
    const value = headers[i + 1] ?? ''
    found = found === undefined ? value : `${found}, ${value}`
  }
  return found
}
