import { request as ask } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { startRooms } from '../proxy/rooms.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { connectRaw } from '../support/raw-http.ts'
import { pickOne as pick } from '../support/seeded.ts'
import { createByteFeed } from './byte-feed.ts'
import { type FuzzCall, type FuzzReport, type Lane, runLanes } from './lanes.ts'
import { mutate, piecesOf } from './mutate.ts'

// Answers with something wrong in them: a client gets from us what node:http's client would have read from the same bytes, whole, or
// something that it can tell from a success; never a byte that belongs to another answer.

const originals = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\nT: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.0 200 OK\r\n\r\nold',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nframes',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison',
  'HTTP/1.1 200 OK\r\nContent-Length: 61\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoisonHTTP/1.1 200 OK\r\n',
  'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
]
const timeouts = { headMs: 250, bodyIdleMs: 250, tunnelIdleMs: 250 }

export function fuzzResponses(call: FuzzCall): Promise<FuzzReport> {
  return runLanes(call, openLane)
}

interface Script {
  pieces: readonly string[]
  after: 'keep' | 'close' | 'reset'
}

async function openLane(): Promise<Lane> {
  const script: Script = { pieces: [], after: 'keep' }
  const speaker = await startSpeaker(script)
  const rooms = await startRooms({ upstreamPort: speaker.port, route: { access: 'public', timeouts } })
  return {
    async tryOne(random) {
      const original = pick(random, originals)
      const input = random.whole(0, 5) === 0 ? original : mutate(original, random, false)
      script.pieces = piecesOf(input, random)
      script.after = pick(random, ['keep', 'close', 'close', 'reset'] as const)
      const method = pick(random, ['GET', 'GET', 'GET', 'HEAD', 'POST'] as const)
      const [read, got] = await Promise.all([
        readByNode(input, script.after, method),
        readThroughUs(rooms.port, method),
      ])
      const problems = [...compare(read, got), ...(await cleanProblems(rooms.port))]
      return { input: `${method} ${script.after}: ${input}`, problems }
    },
    async [Symbol.asyncDispose]() {
      await rooms[Symbol.asyncDispose]()
      speaker.close()
    },
  }
}

/** Answers what the script says, or a clean request with its own path. */
async function startSpeaker(script: Script) {
  const server = createServer({ noDelay: true }, socket => {
    let waiting = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes: Buffer) => {
      waiting += bytes.toString('latin1')
      const head = /^(\w+) (\/\S*) HTTP\/1\.1\r\n(?:.*\r\n)*\r\n/.exec(waiting)
      if (head === null) return
      waiting = ''
      const target = head[2] ?? ''
      if (target.startsWith('/clean'))
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
      else void speak(socket, script.pieces, script.after)
    })
  })
  return { port: await listenOnLoopback(server), close: () => server.close() }
}

async function speak(socket: Socket, pieces: readonly string[], after: Script['after']): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    await new Promise(resolve => socket.write(Buffer.from(piece, 'latin1'), resolve))
    if (pieces.length > 1) await turn()
  }
  if (after === 'close') socket.end()
  if (after === 'reset') {
    await turn()
    socket.resetAndDestroy()
  }
}

interface Read {
  readonly status: number
  readonly body: string
  readonly isWhole: boolean
}

/** node:http's verdict on the same bytes; null: none. */
function readByNode(text: string, after: Script['after'], method: string): Promise<Read | null> {
  const { stream, feed } = createByteFeed()
  const spoken = async () => {
    await feed(text)
    if (after === 'close') stream.push(null)
    for (let left = 5; left > 0; left--) await turn()
    stream.destroy()
  }
  return new Promise(resolve => {
    const request = ask({ method, path: '/x', createConnection: () => stream })
    request.on('error', () => resolve(null))
    request.on('close', () => setImmediate(resolve, null))
    request.on('upgrade', (_response, socket) => {
      socket.destroy()
      resolve(null)
    })
    request.on('response', response => {
      const chunks: Buffer[] = []
      const done = () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('latin1'),
          isWhole: response.complete,
        })
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => {})
      response.on('end', done)
      response.on('close', done)
    })
    request.end()
    void spoken()
  })
}

async function readThroughUs(port: number, method: string): Promise<Read | null> {
  await using client = await connectRaw({ port, methods: [method] })
  await client.send(`${method} /x HTTP/1.1\r\nHost: gw.test\r\n${method === 'POST' ? 'Content-Length: 0\r\n' : ''}\r\n`)
  const answer = await client.response(10_000).catch(() => 'stuck' as const)
  if (answer === 'stuck') return { status: -1, body: client.received(), isWhole: false }
  const unfinished = client.responses.find(({ status }) => status >= 200)
  if (client.responses.some(({ status, faults }) => status === 0 || faults.length > 0))
    return { status: -2, body: client.received(), isWhole: false }
  const last = answer ?? unfinished
  if (last === undefined) return null
  return { status: last.status, body: last.body.toString('latin1'), isWhole: last.complete }
}

/** Ours are 502 and 504: what came was not to be handed on. */
function compare(read: Read | null, got: Read | null): string[] {
  if (got === null || got.status === 502 || got.status === 504) return []
  if (got.status < 0) return [`${got.status === -1 ? 'stuck' : 'odd'}: ${JSON.stringify(got.body)}`]
  if (!got.isWhole) return []
  if (read?.isWhole !== true)
    return [`a whole answer ${JSON.stringify(got)} where node:http read ${JSON.stringify(read)}`]
  return read.status === got.status && read.body === got.body
    ? []
    : [`${JSON.stringify(got)} where node:http read ${JSON.stringify(read)}`]
}

let cleanCount = 0

async function cleanProblems(port: number): Promise<string[]> {
  const target = `/clean-${cleanCount++}`
  await using client = await connectRaw({ port })
  await client.send(`GET ${target} HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
  const answer = await client.response().catch(() => null)
  const body = answer?.body.toString('latin1')
  return body === target ? [] : [`the next clean request got ${answer?.status} ${JSON.stringify(body)}`]
}
