import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'

// A client that sends any frames it likes over TLS, right or wrong, and says what came back. Header blocks are written without Huffman
// codes and read as far as their `:status`.

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const flags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const

export const codes = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
} as const

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export type Field = readonly [name: string, value: string]

export interface FrameClient extends AsyncDisposable {
  readonly socket: TLSSocket
  readonly frames: readonly Frame[]
  /** Bytes as they are; resolves when the system has taken them, or the connection has ended. */
  send(...pieces: readonly Buffer[]): Promise<void>
  /** The first frame that fits, of those that came and of those to come; null when the connection ends without. */
  until(fits: (frame: Frame) => boolean): Promise<Frame | null>
  /** The status of the answer on a stream; null for a stream, or a connection, that ended without one. */
  status(stream: number): Promise<number | null>
  /** The code of the stream's reset; null when the connection ends without. */
  resetCode(stream: number): Promise<number | null>
  /** The code of the first GOAWAY; null when the connection ends without one. */
  goawayCode(): Promise<number | null>
  /** Resolves when everything that was sent before has been read: a PING came back. False: the connection ends. */
  settle(): Promise<boolean>
  readonly closed: Promise<void>
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Connects, agrees on h2, and exchanges SETTINGS unless told not to greet. `before` is what a proxy says before the handshake. */
export async function connectFrames(
  port: number,
  {
    settings = [],
    greets = true,
    before = '',
  }: { settings?: readonly (readonly [id: number, value: number])[]; greets?: boolean; before?: string } = {},
): Promise<FrameClient> {
  const transport = connectTcp({ host: '127.0.0.1', port, noDelay: true }).on('error', () => {})
  await once(transport, 'connect')
  if (before !== '') transport.write(before)
  const socket = connect({
    socket: transport,
    ALPNProtocols: ['h2'],
    servername: 'gw.test',
    rejectUnauthorized: false,
  })
  const frames: Frame[] = []
  const watchers = new Set<() => void>()
  const tell = () => {
    for (const watcher of [...watchers]) watcher()
  }
  let ended = false
  socket.on('error', () => {})
  const closed = new Promise<void>(resolve => {
    socket.on('close', () => {
      ended = true
      tell()
      resolve()
    })
  })
  let pending = Buffer.alloc(0)
  socket.on('data', bytes => {
    pending = Buffer.concat([pending, bytes])
    for (let frame = takeFrame(pending); frame !== null; frame = takeFrame(pending)) {
      frames.push(frame)
      pending = pending.subarray(9 + frame.payload.length)
    }
    tell()
  })
  await once(socket, 'secureConnect')
  const until = (fits: (frame: Frame) => boolean): Promise<Frame | null> =>
    new Promise(resolve => {
      const watcher = () => {
        const found = frames.find(fits)
        if (found === undefined && !ended) return
        watchers.delete(watcher)
        resolve(found ?? null)
      }
      watchers.add(watcher)
      watcher()
    })
  let pings = 0
  const client: FrameClient = {
    socket,
    frames,
    closed,
    until,
    send: (...pieces) =>
      new Promise(resolve => {
        if (ended || !socket.writable) return resolve()
        socket.write(Buffer.concat(pieces), () => resolve()) // called with an error, too
      }),
    async status(stream) {
      const head = await until(
        ({ type, stream: id }) => id === stream && (type === frameTypes.headers || type === frameTypes.reset),
      )
      return head === null || head.type === frameTypes.reset ? null : statusOf(head.payload)
    },
    async resetCode(stream) {
      const reset = await until(({ type, stream: id }) => id === stream && type === frameTypes.reset)
      return reset?.payload.readUInt32BE(0) ?? null
    },
    async goawayCode() {
      const goaway = await until(({ type }) => type === frameTypes.goaway)
      return goaway?.payload.readUInt32BE(4) ?? null
    },
    async settle() {
      pings += 1
      const mark = Buffer.alloc(8)
      mark.writeUInt32BE(pings, 4)
      await client.send(frame(frameTypes.ping, 0, 0, mark))
      // After GOAWAY nobody answers.
      const end = await until(one => one.type === frameTypes.goaway || isAnswer(one, mark))
      return end?.type === frameTypes.ping
    },
    async [Symbol.asyncDispose]() {
      socket.destroy()
      await closed
    },
  }
  if (greets) await greet(client, settings)
  return client
}

async function greet(client: FrameClient, settings: readonly (readonly [number, number])[]): Promise<void> {
  await client.send(preface, settingsFrame(settings))
  await client.until(({ type, flags: set }) => type === frameTypes.settings && (set & flags.ack) === 0)
  await client.send(frame(frameTypes.settings, flags.ack, 0, Buffer.alloc(0)))
}

function isAnswer({ type, flags: set, payload }: Frame, mark: Buffer): boolean {
  return type === frameTypes.ping && (set & flags.ack) !== 0 && payload.equals(mark)
}

function takeFrame(bytes: Buffer): Frame | null {
  if (bytes.length < 9) return null
  const length = bytes.readUIntBE(0, 3)
  if (bytes.length < 9 + length) return null
  const payload = Buffer.from(bytes.subarray(9, 9 + length))
  return { type: bytes.readUInt8(3), flags: bytes.readUInt8(4), stream: bytes.readUInt32BE(5), payload }
}

export function frame(type: number, set: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(set, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * 6)
  for (const [i, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, i * 6)
    payload.writeUInt32BE(value, i * 6 + 2)
  }
  return frame(frameTypes.settings, 0, 0, payload)
}

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** The pseudo fields of a request, with what shall be otherwise. */
export function requestFields(
  pseudo: Partial<Record<':method' | ':scheme' | ':authority' | ':path', string>> = {},
): Field[] {
  const all = { ':method': 'GET', ':scheme': 'https', ':authority': 'gw.test', ':path': '/', ...pseudo }
  return Object.entries(all)
}

/** A whole head in one frame; with END_STREAM unless a body is to come. */
export function headersFrame(stream: number, fields: readonly Field[], { body = false } = {}): Buffer {
  return frame(frameTypes.headers, flags.endHeaders | (body ? 0 : flags.endStream), stream, headerBlock(fields))
}

export function dataFrame(stream: number, text: string, { end = true } = {}): Buffer {
  return frame(frameTypes.data, end ? flags.endStream : 0, stream, Buffer.from(text, 'latin1'))
}

export function resetFrame(stream: number, code: number = codes.cancel): Buffer {
  return frame(frameTypes.reset, 0, stream, number32(code))
}

/** RFC 7541 §6.2.2: literal fields without indexing, names and values as they are. */
export function headerBlock(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]))
}

/** §6.2.1: a literal that goes into the dynamic table. */
export function indexedLiteral(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), literal(name), literal(value)])
}

/** §6.1: a field that a table has; 62 is the newest of the dynamic one. */
export function indexed(index: number): Buffer {
  return Buffer.from([0x80 | index])
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([integer(bytes.length), bytes])
}

/** §5.1, with a prefix of seven bits. */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value])
  const bytes = [127]
  let rest = value - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}

/** The first field of an answer is its status: in the static table, or a name from there with three digits. */
function statusOf(block: Buffer): number {
  const at = (block[0] ?? 0) >> 5 === 1 ? 1 : 0 // a change of the table's size may stand before it
  const first = block[at] ?? 0
  if (first >= 0x80) return staticStatuses[first & 0x7f] ?? 0
  const size = block[at + 1] ?? 0
  const text = block.subarray(at + 2, at + 2 + (size & 0x7f))
  return Number(size >= 0x80 ? huffmanDigits(text) : text.toString('latin1'))
}

const staticStatuses: Readonly<Record<number, number>> = { 8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500 }

/** RFC 7541 appendix B, digits alone: 0 to 2 have five bits, the others six. */
function huffmanDigits(bytes: Buffer): string {
  const bits = [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('')
  let text = ''
  for (let at = 0; text.length < 3; ) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2)
    if (short <= 2) text += short
    else text += Number.parseInt(bits.slice(at, at + 6), 2) - 0x19 + 3
    at += short <= 2 ? 5 : 6
  }
  return text
}
