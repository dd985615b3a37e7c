import type { Duplex, Readable } from 'node:stream'
import { linesOf } from '../wire/head-lines.ts'
import { refusal } from '../wire/refusals.ts'

/** One request as it goes to an upstream. */
export interface OutgoingRequest {
  readonly method: string
  readonly target: string
  /** Raw pairs, Host and Content-Length among them; nothing else that frames. */
  readonly headers: readonly string[]
  readonly body: Readable | null
  /** From the last byte of the request to the head of the answer. */
  readonly headMs: number
  /** Between two pieces of the answer; 0 waits for ever. */
  readonly bodyIdleMs: number
  /** Protocol to switch to; the upstream may answer otherwise. */
  readonly upgrade?: string | undefined
}

/** Takes what comes back. After `onEnd`, `onUpgrade` or `onFailure` nothing more is told; all calls may abort the sending. */
export interface AnswerReader {
  onInterim(status: number, fields: readonly string[]): void
  /** May throw: then the answer is as good as none. */
  onHead(status: number, reason: string, fields: readonly string[]): void
  /** False: no more until `resume`, but for what has been read already. The bytes are the reader's to keep. */
  onData(bytes: Buffer): boolean
  onEnd(): void
  /** The upstream has switched protocols: the connection, paused, with every byte that came early. May throw: then the answer is as good as none. */
  onUpgrade(socket: Duplex, fields: readonly string[]): void
  onFailure(failure: Failure): void
}

export interface Failure {
  /** What broke: no connection came to stand, the request's own body, or the exchange with the upstream. */
  readonly at: 'connect' | 'body' | 'answer'
  /** Some byte of an answer had come. */
  readonly received: boolean
  readonly isTimeout: boolean
  readonly cause: Error
}

/** A request on its way. */
export interface Sending {
  /** Ends it, and the connection with it. The reader is told nothing more. */
  abort(): void
  resume(): void
}

/** The head as it is written: one text, in latin1. */
export function writeRequestHead({ method, target, headers, body, upgrade }: OutgoingRequest): RequestText {
  let text = `${method} ${target} HTTP/1.1\r\n`
  let isChunked = body !== null
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (name.length === 14 && name.toLowerCase() === 'content-length') isChunked = false
    text += `${name}: ${headers[i + 1] ?? ''}\r\n`
  }
  let lines = headers.length / 2 + 2
  if (isChunked) {
    text += 'Transfer-Encoding: chunked\r\n'
    lines += 1
  }
  if (upgrade !== undefined) {
    text += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`
    lines += 2
  }
  text += '\r\n'
  // Everything in it was judged before; whatever slips through there must not become a second request here.
  if (linesOf(text) !== lines) throw refusal('field-line', { detail: 'it cannot be written' })
  return { text, isChunked }
}

export interface RequestText {
  readonly text: string
  readonly isChunked: boolean
}
