import { createServer } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { allow, startRooms } from '../proxy/rooms.ts'
import { connectRaw, type RawResponse } from '../support/raw-http.ts'
import { type RecordedRequest, startRecordingUpstream } from '../support/recording-upstream.ts'
import { pickOne as pick, type Seeded } from '../support/seeded.ts'
import { createByteFeed } from './byte-feed.ts'
import { type FuzzCall, type FuzzReport, type Lane, runLanes } from './lanes.ts'
import { mutate, piecesOf } from './mutate.ts'

// Requests with something wrong in them: what an application gets from us is what node:http would have read from the same bytes, or
// less; it is cleanly framed, was judged under the same name, and each answer goes to the request that it is for.

const originals = [
  'GET /public/a HTTP/1.1\r\nHost: gw.test\r\nAccept: */*\r\n\r\n',
  'POST /public/b HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5\r\n\r\nhello',
  'POST /public/c HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\nT: 1\r\n\r\n',
  'GET /public/d HTTP/1.0\r\nHost: gw.test\r\nConnection: keep-alive\r\n\r\n',
  'GET /public/e HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
  'PUT /public/f HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 62\r\n\r\nGET /admin HTTP/1.1\r\nHost: gw.test\r\n\r\nGET /admin HTTP/1.1\r\n12345',
  'POST /public/g HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc',
  'GET /admin/h HTTP/1.1\r\nHost: gw.test\r\n\r\n',
  'POST /admin/i HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 41\r\n\r\nGET /admin HTTP/1.1\r\nHost: gw.test\r\n\r\n1234',
  'DELETE /public/j HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 0\r\n\r\n',
]
const deadlineMs = 250

export function fuzzRequests(call: FuzzCall): Promise<FuzzReport> {
  return runLanes(call, openLane)
}

async function openLane(): Promise<Lane> {
  const upstream = await startRecordingUpstream()
  const echo = (request: RecordedRequest) => {
    const body = `${request.method} ${request.target}`
    return {
      bytes: `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${request.method === 'HEAD' ? '' : body}`,
    }
  }
  upstream.answer(echo)
  const judge = createJudge()
  const rooms = await startRooms({
    upstreamPort: upstream.port,
    route: { access: 'public' },
    limits: { headMs: deadlineMs, bodyIdleMs: deadlineMs, keepAliveMs: deadlineMs },
    decide: head =>
      head.path.startsWith('/public/') ? allow : { ...allow, verdict: { kind: 'deny', reason: 'role_missing' } },
  })
  return {
    async tryOne(random) {
      const input = inputOf(random)
      const pieces = piecesOf(input, random)
      upstream.forget()
      const before = rooms.served.length
      const [read, answers] = await Promise.all([judge.read(input), talk(rooms.port, pieces)])
      await turn()
      const served = rooms.served.slice(before).map(({ head }) => `${head.method} ${head.target}`)
      const problems = [
        ...answers.problems,
        ...forwardProblems(upstream.requests, read, served),
        ...answerProblems(answers.responses, upstream.requests),
        ...(await cleanProblems(rooms.port)),
      ]
      return { input, problems }
    },
    async [Symbol.asyncDispose]() {
      await rooms[Symbol.asyncDispose]()
      await upstream.close()
    },
  }
}

function inputOf(random: Seeded): string {
  const count = random.whole(1, 3)
  const parts = Array.from({ length: count }, () => pick(random, originals))
  const broken = random.whole(0, count - 1)
  return parts.map((part, i) => (i === broken ? mutate(part, random, true) : part)).join('')
}

interface ReadRequest {
  readonly name: string
  readonly body: string
}

/** What node:http makes of the same bytes: the requests that it read to their ends. */
function createJudge() {
  let read: ReadRequest[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('end', () => {
      read.push({ name: `${request.method} ${request.url}`, body: Buffer.concat(chunks).toString('latin1') })
      response.end()
    })
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  return {
    async read(input: string): Promise<readonly ReadRequest[]> {
      read = []
      const { stream, feed } = createByteFeed()
      server.emit('connection', stream)
      await feed(input)
      for (let left = 5; left > 0; left--) await turn()
      stream.destroy()
      return read
    },
  }
}

async function talk(port: number, pieces: readonly string[]) {
  await using client = await connectRaw({ port })
  for (const piece of pieces) {
    await client.send(piece)
    if (pieces.length > 1) await turn()
  }
  const closed = await client.closes(10_000)
  return {
    responses: client.responses,
    problems: closed ? [] : [`the connection is stuck after ${JSON.stringify(client.received().slice(-200))}`],
  }
}

function forwardProblems(
  requests: readonly RecordedRequest[],
  read: readonly ReadRequest[],
  served: readonly string[],
): string[] {
  const problems: string[] = []
  let at = 0
  let judged = 0
  for (const request of requests) {
    const name = `${request.method} ${request.target}`
    if (!request.target.startsWith('/public/')) problems.push(`forwarded ${name}`)
    if (!request.complete) continue
    for (const fault of request.faults) problems.push(`odd at the upstream: ${fault}`)
    if (request.headers.some(([field]) => /^x-auth-/i.test(field))) problems.push('an identity field came through')
    if (request.trailers !== '') problems.push('trailers came through')
    const body = request.body.toString('latin1')
    while (at < read.length && (read[at]?.name !== name || read[at]?.body !== body)) at += 1
    if (at++ >= read.length)
      problems.push(`node:http did not read ${name} ${JSON.stringify(body)}, but ${JSON.stringify(read)}`)
    while (judged < served.length && served[judged] !== name) judged += 1
    if (judged++ >= served.length) problems.push(`nobody judged ${name}, but ${JSON.stringify(served)}`)
  }
  return problems
}

function answerProblems(responses: readonly RawResponse[], requests: readonly RecordedRequest[]): string[] {
  const names = requests.filter(({ complete }) => complete).map(({ method, target }) => `${method} ${target}`)
  const problems = responses.flatMap(({ faults }) => faults.map(fault => `odd answer: ${fault}`))
  let at = 0
  for (const { status, body, complete } of responses) {
    if (status === 0) problems.push('an answer without a status')
    if (status !== 200 || !complete) continue
    const text = body.toString('latin1')
    if (text === '') continue // of a HEAD that this client does not know of
    while (at < names.length && names[at] !== text) at += 1
    if (at++ >= names.length) problems.push(`answered ${JSON.stringify(text)} for ${JSON.stringify(names)}`)
  }
  return problems
}

let cleanCount = 0

/** The next request of somebody else gets its own answer. */
async function cleanProblems(port: number): Promise<string[]> {
  const name = `GET /public/clean-${cleanCount++}`
  await using client = await connectRaw({ port })
  await client.send(`${name} HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
  const answer = await client.response().catch(() => null)
  // 408: this machine was slower than the short deadline.
  return answer?.status === 408 || answer?.body.toString('latin1') === name
    ? []
    : [`the next clean request got ${JSON.stringify(answer)}`]
}
