import { createConnection, type Socket } from 'node:net'
import { createMessageReader, framedEnd, type HttpMessage } from './http-message.ts'

// A client that sends exactly the bytes it is given, however wrong, and reads what comes back strictly.

export interface RawResponse extends HttpMessage {
  readonly status: number
}

export interface RawConnection extends AsyncDisposable {
  /** Sends the bytes (one character = one byte) and resolves when the system has taken them. Does nothing once closed. */
  send(bytes: string | Buffer): Promise<void>
  /** One byte at a time, each as a packet of its own. */
  dribble(text: string, gapMs?: number): Promise<void>
  /** Half-closes: nothing more will be sent. */
  fin(): void
  /** Ends with a reset. */
  reset(): void
  /** The next whole answer, interim ones (1xx but 101) aside; null when the connection ends before there is one. */
  response(timeoutMs?: number): Promise<RawResponse | null>
  /** Every answer so far, interim ones and unfinished ones included. */
  readonly responses: readonly RawResponse[]
  /** All bytes that came back. */
  received(): string
  readonly isClosed: boolean
  /** True when the other side ends the connection within the time. */
  closes(timeoutMs?: number): Promise<boolean>
  /** Resolves with true when nothing came for so long, with false when it closed before. */
  staysQuiet(ms: number): Promise<boolean>
  close(): void
}

export interface RawTarget {
  readonly host?: string
  readonly port: number
  /** Methods of the requests to come, in order: an answer to HEAD has no body. Unnamed ones count as GET. */
  readonly methods?: readonly string[]
}

/** Connects; resolves when the connection stands. */
export async function connectRaw({ host = '127.0.0.1', port, methods = [] }: RawTarget): Promise<RawConnection> {
  const socket = createConnection({ host, port, noDelay: true, allowHalfOpen: true })
  const wire = watch(socket, [...methods])
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const close = () => {
    socket.destroy()
  }
  return {
    send: bytes => send(socket, bytes),
    async dribble(text, gapMs = 2) {
      for (const character of text) {
        await send(socket, character)
        await pause(gapMs)
      }
    },
    fin: () => socket.end(),
    reset: () => socket.resetAndDestroy(),
    response: (timeoutMs = 25_000) => nextResponse(wire, timeoutMs),
    responses: wire.responses,
    received: () => Buffer.concat(wire.chunks).toString('latin1'),
    get isClosed() {
      return wire.closed
    },
    closes: (timeoutMs = 25_000) =>
      wire.until(() => (wire.closed ? true : null), timeoutMs).then(found => found === true),
    async staysQuiet(ms) {
      const before = wire.chunks.length
      return (await wire.until(() => (wire.closed || wire.chunks.length > before ? true : null), ms)) === null
    },
    close,
    [Symbol.asyncDispose]: async () => close(),
  }
}

/** One request on a connection of its own: sends the text and resolves with the answer (null: closed without one). */
export async function exchange(target: RawTarget, text: string, timeoutMs?: number): Promise<RawResponse | null> {
  await using connection = await connectRaw(target)
  await connection.send(text)
  return await connection.response(timeoutMs)
}

interface Wire {
  readonly chunks: Buffer[]
  readonly responses: RawResponse[]
  given: number
  closed: boolean
  /** Asks `look` now and after each event; null when the time is over. */
  until<T>(look: () => T | null, timeoutMs: number): Promise<T | null>
}

function watch(socket: Socket, methods: string[]): Wire {
  const watchers = new Set<() => void>()
  const tell = () => {
    for (const watcher of [...watchers]) watcher()
  }
  const wire: Wire = {
    chunks: [],
    responses: [],
    given: 0,
    closed: false,
    until: (look, timeoutMs) => until(watchers, look, timeoutMs),
  }
  const reader = createMessageReader({
    bodyEnd: head => {
      const status = statusOf(head)
      if (status === 101) return 'close'
      if (status < 200) return 'none'
      const method = methods.shift() ?? 'GET'
      return method === 'HEAD' || status === 204 || status === 304 ? 'none' : (framedEnd(head) ?? 'close')
    },
    onMessage: message => wire.responses.push({ ...message, status: statusOf(message) }),
  })
  socket.on('data', (bytes: Buffer) => {
    wire.chunks.push(bytes)
    reader.push(bytes)
    tell()
  })
  const ended = () => {
    if (wire.closed) return
    wire.closed = true
    reader.end()
    tell()
  }
  socket.on('error', () => socket.destroy())
  socket.on('end', ended)
  socket.on('close', ended)
  return wire
}

function until<T>(watchers: Set<() => void>, look: () => T | null, timeoutMs: number): Promise<T | null> {
  return new Promise(resolve => {
    const finish = (answer: T | null) => {
      clearTimeout(timer)
      watchers.delete(watcher)
      resolve(answer)
    }
    const watcher = () => {
      const answer = look()
      if (answer !== null) finish(answer)
    }
    const timer = setTimeout(() => finish(null), timeoutMs)
    watchers.add(watcher)
    watcher()
  })
}

async function nextResponse(wire: Wire, timeoutMs: number): Promise<RawResponse | null> {
  const look = (): RawResponse | 'closed' | null => {
    for (;;) {
      const response = wire.responses[wire.given]
      if (response === undefined) return wire.closed ? 'closed' : null
      wire.given += 1
      const interim = response.status >= 100 && response.status < 200 && response.status !== 101
      if (!interim) return response
    }
  }
  const found = await wire.until(look, timeoutMs)
  if (found === null) throw new Error(`no answer within ${timeoutMs} ms`)
  return found === 'closed' ? null : found
}

function statusOf(message: HttpMessage): number {
  const found = /^HTTP\/1\.[01] ([1-5][0-9]{2})( |$)/.exec(message.startLine)
  return found === null ? 0 : Number(found[1])
}

function send(socket: Socket, bytes: string | Buffer): Promise<void> {
  if (!socket.writable) return Promise.resolve()
  return new Promise(resolve => {
    socket.once('close', resolve)
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () => {
      socket.off('close', resolve)
      resolve()
    })
  })
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
