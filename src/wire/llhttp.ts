import constants from 'undici/lib/llhttp/constants.js'
import bytesOfLlhttp from 'undici/lib/llhttp/llhttp_simd-wasm.js'

// The one door to llhttp, the parser inside Node itself, as undici ships it (WebAssembly). It finds where a message begins and ends;
// what a head means is judged in fields.ts and target.ts. A parser of our own was tried and took most smuggling heads: never.

export interface ParsedHead {
  readonly method: string
  readonly target: string
  /** Of a response; 0 for a request. */
  readonly status: number
  readonly reason: string
  readonly version: string
  /** Names and values in turn, as latin1 text. */
  readonly headers: readonly string[]
  /** What the message says about the connection after it. */
  readonly keepAlive: boolean
}

/** What one call has read: everything up to the end of a head, the end of a message, or the end of the input. */
export interface Reading {
  /** Bytes of the input that are used up; the rest belongs to what follows. */
  consumed: number
  head: ParsedHead | null
  /** Views into the input, in order; many small ones come as one of their own. */
  body: Buffer[]
  /** The message is whole. */
  ended: boolean
  /** llhttp's name for what is wrong; nothing after it may be read. */
  error: string | null
}

/** So many bytes are read by one call. */
const inputBytesMax = 64 * 1024

export class HttpParser {
  /** The next message has no body, whatever it says: the answer to a HEAD (RFC 9112 §6.3). */
  skipsBody = false
  /** Bytes of fields, trailers among them, that one message may have. */
  fieldBytesMax = Number.POSITIVE_INFINITY
  readonly #isRequest: boolean
  #fieldBytes = 0
  #pointer: number
  #isOpen = true
  #headers: string[] = []
  #target = ''
  #reason = ''
  #inHead = true
  #lastSpan = 0
  #hasTrailers = false
  #reading: Reading = newReading()

  constructor(type: 'request' | 'response') {
    this.#isRequest = type === 'request'
    this.#pointer = wasm.llhttp_alloc(this.#isRequest ? 1 : 2)
  }

  read(input: Buffer): Reading {
    if (!this.#isOpen) throw new Error('the parser is closed')
    if (this.#hasTrailers && this.#reading.ended) this.#renew()
    const length = Math.min(input.length, inputBytesMax)
    if (view.buffer !== wasm.memory.buffer) view = new Uint8Array(wasm.memory.buffer, start, inputBytesMax)
    view.set(length === input.length ? input : input.subarray(0, length))
    this.#reading = newReading()
    letSpeakTo(this, input)
    let from = 0
    let code = wasm.llhttp_execute(this.#pointer, start, length)
    while (code === codes.pausedUpgrade && this.#isRequest) {
      // The head asked for another protocol. Whether it gets one is not the parser's to say: it reads on as HTTP.
      wasm.llhttp_resume_after_upgrade(this.#pointer)
      from = wasm.llhttp_get_error_pos(this.#pointer) - start
      if (from === length) code = codes.ok
      else code = wasm.llhttp_execute(this.#pointer, start + from, length - from)
    }
    letSpeakTo(null, nothing)
    return this.#finish(code, length)
  }

  /** The connection has ended. True when that was the end of a message; all else is broken off by it (RFC 9112 §8). */
  finish(): boolean {
    if (!this.#isOpen) return false
    this.#reading = newReading()
    letSpeakTo(this, nothing)
    wasm.llhttp_finish(this.#pointer)
    letSpeakTo(null, nothing)
    return this.#reading.ended
  }

  /** Of the request target, as far as it has come. */
  get targetBytes(): number {
    return this.#target.length
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    wasm.llhttp_free(this.#pointer)
  }

  /** llhttp lets a trailer speak for the connection (`Connection: close`, a coding): dropped trailers must not say what the next message is. */
  #renew(): void {
    this.#hasTrailers = false
    wasm.llhttp_free(this.#pointer)
    this.#pointer = wasm.llhttp_alloc(this.#isRequest ? 1 : 2)
  }

  #finish(code: number, length: number): Reading {
    const reading = this.#reading
    if (reading.body.length > piecesMax) reading.body = [Buffer.concat(reading.body)]
    if (code === codes.ok) {
      reading.consumed = length
      return reading
    }
    reading.consumed = wasm.llhttp_get_error_pos(this.#pointer) - start
    if (code === codes.paused) wasm.llhttp_resume(this.#pointer)
    else reading.error = nameOf(wasm.llhttp_errno_name(code))
    return reading
  }

  // What llhttp calls while it reads.

  onMessageBegin(): number {
    this.#headers = []
    this.#target = ''
    this.#reason = ''
    this.#inHead = true
    this.#lastSpan = 0
    this.#fieldBytes = 0
    return codes.ok
  }

  onSpan(kind: number, at: number, length: number): number {
    this.#fieldBytes += length + 2
    if (this.#fieldBytes > this.fieldBytesMax) return codes.refused
    if (!this.#inHead) {
      // Trailers are dropped (RFC 9110 §6.5.1), and counted.
      this.#hasTrailers = true
      return codes.ok
    }
    const from = at - start
    const text = textOf(from, from + length)
    const continues = this.#lastSpan === kind
    this.#lastSpan = kind
    switch (kind) {
      case spans.url:
        this.#target += text
        return codes.ok
      case spans.reason:
        this.#reason += text
        return codes.ok
      default:
        this.#onFieldSpan(kind, text, continues)
        return codes.ok
    }
  }

  /** A span that goes on over the end of an input is told in pieces; an empty value is not told at all. */
  #onFieldSpan(kind: number, text: string, continues: boolean): void {
    const headers = this.#headers
    const last = headers.length - 1
    if (continues && last >= 0) {
      headers[last] += text
      return
    }
    if (kind === spans.name && headers.length % 2 === 1) headers.push('')
    headers.push(text)
  }

  onHeadersComplete(status: number, keepAlive: boolean): number {
    const headers = this.#headers
    if (headers.length % 2 === 1) headers.push('')
    this.#inHead = false
    this.#lastSpan = 0
    const pointer = this.#pointer
    this.#reading.head = {
      method: status === 0 ? (methods[wasm.llhttp_get_method(pointer)] ?? '') : '',
      target: this.#target,
      status,
      reason: this.#reason,
      version: versionOf(wasm.llhttp_get_http_major(pointer), wasm.llhttp_get_http_minor(pointer)),
      headers,
      keepAlive,
    }
    this.#headers = []
    if (this.skipsBody) return skipBody
    // Whether a body of a request is wanted is asked first; the end of one without a body is read in the same call.
    return this.#isRequest && mayHaveBody(headers) ? codes.paused : codes.ok
  }

  onBody(at: number, length: number): number {
    const from = at - start
    this.#reading.body.push(current.subarray(from, from + length))
    return codes.ok
  }

  onMessageComplete(): number {
    this.#reading.ended = true
    return codes.paused
  }
}

function newReading(): Reading {
  return { consumed: 0, head: null, body: [], ended: false, error: null }
}

/** By the names alone: whoever reads the head says what they mean. */
function mayHaveBody(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (name.length === 14 && name.toLowerCase() === 'content-length') return true
    if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true
  }
  return false
}

const codes = { ok: 0, paused: 21, pausedUpgrade: 22, refused: 24 } as const
const skipBody = 1
/** With more, copying is cheaper than what is done per piece on the way: a megabyte may come in chunks of one byte. */
const piecesMax = 8
const spans = { url: 1, reason: 2, name: 3, value: 4 } as const

interface Llhttp {
  readonly memory: WebAssembly.Memory
  malloc(bytes: number): number
  llhttp_alloc(type: number): number
  llhttp_free(parser: number): void
  llhttp_execute(parser: number, at: number, length: number): number
  llhttp_finish(parser: number): number
  llhttp_resume(parser: number): void
  llhttp_resume_after_upgrade(parser: number): void
  llhttp_get_error_pos(parser: number): number
  llhttp_get_method(parser: number): number
  llhttp_get_http_major(parser: number): number
  llhttp_get_http_minor(parser: number): number
  llhttp_errno_name(code: number): number
}

/** Who reads, and what: reading is one call, and calls nobody who could begin another. */
let active: HttpParser | null = null
const nothing: Buffer = Buffer.alloc(0)
let current = nothing
const methods = methodNames(constants)
const wasm = instantiate(bytesOfLlhttp)
const start = wasm.malloc(inputBytesMax)
let view = new Uint8Array(wasm.memory.buffer, start, inputBytesMax)

function letSpeakTo(parser: HttpParser | null, input: Buffer): void {
  active = parser
  current = input
  currentText = ''
}

/** Nearly every head lies in so many bytes: they become text in one step, and its names and values are pieces of that. */
const textBytesMax = 4096
let currentText = ''

function textOf(from: number, to: number): string {
  if (to > textBytesMax) return current.toString('latin1', from, to)
  if (currentText === '') currentText = current.toString('latin1', 0, Math.min(current.length, textBytesMax))
  return currentText.slice(from, to)
}

function versionOf(major: number, minor: number): string {
  return major === 1 && minor === 1 ? '1.1' : `${major}.${minor}`
}

function instantiate(bytes: Uint8Array<ArrayBuffer>): Llhttp {
  const reader = (): HttpParser => {
    if (active === null) throw new Error('llhttp speaks while nobody reads')
    return active
  }
  const env = {
    wasm_on_message_begin: () => reader().onMessageBegin(),
    wasm_on_url: (_: number, at: number, length: number) => reader().onSpan(spans.url, at, length),
    wasm_on_status: (_: number, at: number, length: number) => reader().onSpan(spans.reason, at, length),
    wasm_on_header_field: (_: number, at: number, length: number) => reader().onSpan(spans.name, at, length),
    wasm_on_header_value: (_: number, at: number, length: number) => reader().onSpan(spans.value, at, length),
    wasm_on_headers_complete: (_: number, status: number, _upgrade: number, keepAlive: number) =>
      reader().onHeadersComplete(status, keepAlive === 1),
    wasm_on_body: (_: number, at: number, length: number) => reader().onBody(at, length),
    wasm_on_message_complete: () => reader().onMessageComplete(),
  }
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env })
  return instance.exports as unknown as Llhttp // because these are the names that this build of undici exports; the tests would miss one
}

function methodNames({ METHODS }: { METHODS: Readonly<Record<string, number>> }): readonly string[] {
  const names: string[] = []
  for (const [name, number] of Object.entries(METHODS)) names[number] = name
  return names
}

function nameOf(pointer: number): string {
  const bytes = new Uint8Array(wasm.memory.buffer, pointer, 64)
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString('latin1')
}
