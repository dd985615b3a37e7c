import { createServer, type Socket } from 'node:net'
import { createMessageReader, framedEnd, type HttpMessage } from './http-message.ts'
import { listenOnLoopback } from './listen.ts'

// An application that remembers every byte it was sent and answers with any bytes it is told to.

export interface RecordedRequest extends HttpMessage {
  readonly method: string
  readonly target: string
  /** Which connection it came on: 1 is the first. */
  readonly connection: number
}

export interface RawAnswer {
  /** One character = one byte. */
  readonly bytes: string | Buffer
  /** What follows: the connection stays, ends, is reset, or echoes every byte (a tunnel). Default: it stays. */
  readonly after?: 'keep' | 'close' | 'reset' | 'echo'
  /** `head`: answers as soon as the head is there. Default: when the whole request is. */
  readonly at?: 'head' | 'end'
}

export interface RecordingUpstream extends AsyncDisposable {
  readonly port: number
  /** Requests in the order in which they ended, unfinished ones (`complete: false`) included. */
  readonly requests: readonly RecordedRequest[]
  /** Heads in the order of arrival, also of requests that never ended. */
  readonly heads: readonly RecordedRequest[]
  readonly connectionsOpened: number
  readonly connectionsOpen: number
  /** Decides every answer from now on; null answers nothing. */
  answer(decide: (request: RecordedRequest) => RawAnswer | null): void
  /** Resolves with the requests that fit, as soon as there are so many of them. */
  until(fits: (request: RecordedRequest) => boolean, count?: number): Promise<RecordedRequest[]>
  untilClosed(connection: number): Promise<void>
  forget(): void
  close(): Promise<void>
}

export const okAnswer: RawAnswer = { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' }

/** Starts on a free port of 127.0.0.1; answers 200 "ok" until told otherwise. */
export async function startRecordingUpstream(): Promise<RecordingUpstream> {
  const record: Record = {
    requests: [],
    heads: [],
    sockets: new Map(),
    opened: 0,
    watchers: new Set(),
    decide: () => okAnswer,
  }
  const server = createServer({ noDelay: true }, socket => receive(record, socket))
  const port = await listenOnLoopback(server)
  const close = () => {
    for (const socket of record.sockets.values()) socket.destroy()
    return new Promise<void>(resolve => server.close(() => resolve()))
  }
  return {
    port,
    requests: record.requests,
    heads: record.heads,
    get connectionsOpened() {
      return record.opened
    },
    get connectionsOpen() {
      return record.sockets.size
    },
    answer(decide) {
      record.decide = decide
    },
    until: (fits, count = 1) =>
      when(record, () => {
        const found = record.requests.filter(fits)
        return found.length >= count ? found : null
      }),
    untilClosed: connection =>
      when(record, () => (record.opened >= connection && !record.sockets.has(connection) ? true : null)).then(() => {}),
    forget() {
      record.requests.length = 0
      record.heads.length = 0
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface Record {
  readonly requests: RecordedRequest[]
  readonly heads: RecordedRequest[]
  readonly sockets: Map<number, Socket>
  readonly watchers: Set<() => void>
  opened: number
  decide: (request: RecordedRequest) => RawAnswer | null
}

function receive(record: Record, socket: Socket): void {
  record.opened += 1
  const connection = record.opened
  record.sockets.set(connection, socket)
  let tunnel = false
  let answered = false
  const reply = (request: RecordedRequest, at: 'head' | 'end') => {
    const answer = record.decide(request)
    if (answer === null || answered || (answer.at ?? 'end') !== at) return
    answered = true
    tunnel = answer.after === 'echo'
    write(socket, answer)
  }
  const reader = createMessageReader({
    bodyEnd: head => framedEnd(head) ?? 'none',
    onHead(head) {
      answered = false
      const request = requestOf(head, connection)
      record.heads.push(request)
      reply(request, 'head')
    },
    onMessage(message) {
      const request = requestOf(message, connection)
      record.requests.push(request)
      if (message.complete) reply(request, 'end')
      tell(record)
    },
  })
  socket.on('data', bytes => {
    if (tunnel) socket.write(bytes)
    else reader.push(bytes)
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    reader.end()
    record.sockets.delete(connection)
    tell(record)
  })
}

function write(socket: Socket, { bytes, after = 'keep' }: RawAnswer): void {
  if (!socket.writable) return
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () => {
    if (after === 'close') socket.end()
    if (after === 'reset') socket.resetAndDestroy()
  })
}

function requestOf(message: HttpMessage, connection: number): RecordedRequest {
  const [method = '', target = ''] = message.startLine.split(' ')
  return { ...message, method, target, connection }
}

function when<T>(record: Record, look: () => T | null): Promise<T> {
  return new Promise(resolve => {
    const watcher = () => {
      const answer = look()
      if (answer === null) return
      record.watchers.delete(watcher)
      resolve(answer)
    }
    record.watchers.add(watcher)
    watcher()
  })
}

function tell(record: Record): void {
  for (const watcher of [...record.watchers]) watcher()
}
