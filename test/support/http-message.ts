// A strict reader of HTTP/1.1 messages from bytes, written for tests apart from everything the gateway uses: what the two
// read differently shows. One character is one byte (latin1) everywhere. Oddities are recorded, not repaired.

export interface HttpMessage {
  readonly startLine: string
  /** Everything before the empty line, as it came. */
  readonly head: string
  /** Names as they came, values without outer white space. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  readonly trailers: string
  /** The message came to its end by its own framing (not by the end of the connection). */
  readonly complete: boolean
  /** What RFC 9112 forbids or a second reader could take otherwise; empty for a clean message. */
  readonly faults: readonly string[]
}

/** How the body of a message ends. `none` also for answers to HEAD, 1xx, 204 and 304; `close`: with the connection. */
export type BodyEnd = 'none' | 'chunked' | 'close' | number

export interface MessageReader {
  push(bytes: Buffer): void
  /** The connection ended: gives out what is unfinished. */
  end(): void
}

interface ReaderOptions {
  /** Decides the body's end where the fields alone do not. Called once per head. */
  readonly bodyEnd: (head: HttpMessage) => BodyEnd
  readonly onHead?: (head: HttpMessage) => void
  readonly onMessage: (message: HttpMessage) => void
}

/** All values of a field, in order. */
export function fieldsOf(message: Pick<HttpMessage, 'headers'>, lowerCaseName: string): string[] {
  return message.headers.filter(([name]) => name.toLowerCase() === lowerCaseName).map(([, value]) => value)
}

/** The end of the body by the fields alone (RFC 9112 §6.3); undefined when they do not say. */
export function framedEnd(message: Pick<HttpMessage, 'headers'>): BodyEnd | undefined {
  if (fieldsOf(message, 'transfer-encoding').length > 0) return 'chunked'
  const [length] = fieldsOf(message, 'content-length')
  return length === undefined ? undefined : Number.parseInt(length, 10) || 0
}

type Part = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'trailers' | 'close' | 'broken'

interface Reading {
  readonly options: ReaderOptions
  part: Part
  waiting: Buffer
  /** Bytes of the body, or of the chunk and its CRLF, that are still to come. */
  left: number
  message: Draft | null
}

export function createMessageReader(options: ReaderOptions): MessageReader {
  const reading: Reading = { options, part: 'head', waiting: Buffer.alloc(0), left: 0, message: null }
  return {
    push(bytes) {
      reading.waiting = reading.waiting.length === 0 ? bytes : Buffer.concat([reading.waiting, bytes])
      while (reading.waiting.length > 0 && steps[reading.part](reading));
    },
    end() {
      if (reading.part === 'head' && reading.waiting.length > 0) {
        reading.message = draft(reading.waiting.toString('latin1'))
        reading.message.faults.push('the head has no end')
      }
      finish(reading, reading.part === 'close')
    },
  }
}

/** One step each; false when more bytes are needed first. */
const steps: { readonly [P in Part]: (reading: Reading) => boolean } = {
  head(reading) {
    // RFC 9112 §2.2: an empty line before a message is skipped.
    if (reading.waiting[0] === 13 && reading.waiting[1] === 10) reading.waiting = reading.waiting.subarray(2)
    const head = cut(reading, '\r\n\r\n')
    if (head === null) return false
    start(reading, head)
    return true
  },
  length: reading => {
    if (takeBody(reading)) finish(reading, true)
    return true
  },
  'chunk-size'(reading) {
    const line = cut(reading, '\r\n')
    if (line === null) return false
    const size = /^[0-9a-fA-F]+$/.test(line) ? Number.parseInt(line, 16) : null
    if (size === null) fail(reading, `chunk size ${JSON.stringify(line)}`)
    else reading.part = size === 0 ? 'trailers' : 'chunk-data'
    reading.left = (size ?? 0) + 2
    return true
  },
  'chunk-data'(reading) {
    if (!takeBody(reading)) return true
    if (reading.message === null || dropLineEnd(reading.message.body)) reading.part = 'chunk-size'
    else fail(reading, 'no CRLF after chunk data')
    return true
  },
  trailers(reading) {
    const line = cut(reading, '\r\n')
    if (line === null) return false
    if (line === '') finish(reading, true)
    else if (reading.message !== null) reading.message.trailers += `${line}\r\n`
    return true
  },
  close(reading) {
    reading.message?.body.push(reading.waiting)
    reading.waiting = Buffer.alloc(0)
    return false
  },
  broken(reading) {
    reading.waiting = Buffer.alloc(0)
    return false
  },
}

function start(reading: Reading, head: string): void {
  reading.message = draft(head)
  const sealed = seal(reading.message, false)
  reading.options.onHead?.(sealed)
  const end = reading.options.bodyEnd(sealed)
  reading.left = typeof end === 'number' ? end : 0
  if (end === 'none' || end === 0) finish(reading, true)
  else reading.part = end === 'chunked' ? 'chunk-size' : end === 'close' ? 'close' : 'length'
}

function finish(reading: Reading, complete: boolean): void {
  const { message } = reading
  reading.message = null
  reading.part = 'head'
  if (message !== null) reading.options.onMessage(seal(message, complete))
}

function fail(reading: Reading, fault: string): void {
  reading.message?.faults.push(fault)
  finish(reading, false)
  reading.part = 'broken'
}

function cut(reading: Reading, mark: string): string | null {
  const at = reading.waiting.indexOf(mark, 0, 'latin1')
  if (at < 0) return null
  const text = reading.waiting.toString('latin1', 0, at)
  reading.waiting = reading.waiting.subarray(at + mark.length)
  return text
}

/** Moves what is there into the body; true when nothing of it is left to come. */
function takeBody(reading: Reading): boolean {
  const bytes = reading.waiting.subarray(0, reading.left)
  reading.waiting = reading.waiting.subarray(bytes.length)
  reading.left -= bytes.length
  reading.message?.body.push(bytes)
  return reading.left === 0
}

interface Draft {
  readonly head: string
  readonly body: Buffer[]
  readonly faults: string[]
  trailers: string
}

function draft(head: string): Draft {
  return { head, body: [], faults: faultsOf(head), trailers: '' }
}

function seal({ head, body, faults, trailers }: Draft, complete: boolean): HttpMessage {
  const [startLine = '', ...lines] = head.split('\r\n')
  return {
    startLine,
    head,
    headers: lines.map(field),
    body: Buffer.concat(body),
    trailers,
    complete,
    faults: [...faults],
  }
}

function field(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]
}

function faultsOf(head: string): string[] {
  const faults: string[] = []
  if (/[\r\n\0]/.test(head.replaceAll('\r\n', ''))) faults.push('bare CR, bare LF or NUL')
  const lines = head.split('\r\n').slice(1)
  for (const line of lines)
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:/.test(line)) faults.push(`field line ${JSON.stringify(line.slice(0, 60))}`)
  const message = { headers: lines.map(field) }
  const lengths = fieldsOf(message, 'content-length')
  const codings = fieldsOf(message, 'transfer-encoding')
  if (lengths.length > 1) faults.push('several Content-Length')
  if (lengths.some(length => !/^[0-9]+$/.test(length))) faults.push('Content-Length is not a number')
  if (codings.length > 0 && lengths.length > 0) faults.push('Content-Length and Transfer-Encoding')
  if (codings.length > 1 || codings.some(coding => coding.toLowerCase() !== 'chunked'))
    faults.push(`Transfer-Encoding ${codings.join(' / ')}`)
  return faults
}

/** Removes the CRLF that ends a chunk's data from the collected body; false when it is not there. */
function dropLineEnd(body: Buffer[]): boolean {
  let last = body.pop() ?? Buffer.alloc(0)
  if (last.length < 2) last = Buffer.concat([body.pop() ?? Buffer.alloc(0), last])
  if (last.at(-2) !== 13 || last.at(-1) !== 10) return false
  body.push(last.subarray(0, -2))
  return true
}
