import { expect, test } from 'vitest'
import { allow, startRooms } from '../proxy/rooms.ts'
import { connectRaw, exchange } from '../support/raw-http.ts'
import { startRecordingUpstream } from '../support/recording-upstream.ts'
import { createSeeded, type Seeded } from '../support/seeded.ts'

// Requests with something wrong in them, in pieces of any size: what reaches the application is whole, was judged as it is read there, and
// is the same however it was cut. SEED repeats a run, ROUNDS makes it longer.

const seed = Number(process.env['SEED'] ?? 20261122)
const rounds = Number(process.env['ROUNDS'] ?? 150)

const originals = [
  'GET /public/a HTTP/1.1\r\nHost: gw.test\r\nAccept: */*\r\n\r\n',
  'POST /public/b HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5\r\n\r\nhello',
  'POST /public/c HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\nT: 1\r\n\r\n',
  'GET /public/d HTTP/1.0\r\nHost: gw.test\r\nConnection: keep-alive\r\n\r\n',
  'GET /public/e HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
]
const morsels = [
  ...['\r\n', '\r', '\n', '\0', ' ', '\t', ':', ',', ';', '\x7f', '\xff', '0', '1', 'g', '\r\n\r\n'],
  ...['Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: x\r\n', 'Host: x\r\n', ' chunked'],
  ...[
    'GET /admin HTTP/1.1\r\nHost: gw.test\r\n\r\n',
    'Connection: close\r\n',
    'Expect: 100-continue\r\n',
    '0\r\n\r\n',
    '-1',
    '+5',
    '0x5',
  ],
]

/** So many gateways are tried side by side: most of the time is spent on waiting for deadlines. */
const lanes = 12

test(`mutated requests, seed ${seed}`, { timeout: 60_000 + rounds * 2000 }, async () => {
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(createSeeded(seed + lane))))
})

async function runLane(random: Seeded): Promise<void> {
  await using upstream = await startRecordingUpstream()
  await using rooms = await startRooms({
    upstreamPort: upstream.port,
    route: { access: 'public' },
    limits: { headMs: 300, bodyIdleMs: 300, keepAliveMs: 300 },
    decide: head =>
      head.path.startsWith('/admin') ? { ...allow, verdict: { kind: 'deny', reason: 'role_missing' } } : allow,
  })

  for (let round = 0; round < rounds / lanes; round++) {
    const bytes = mutate(random) + mutate(random)
    const whole = await send(rooms.port, [bytes])
    const seenWhole = take(upstream)
    const cut = await send(rooms.port, piecesOf(bytes, random))
    const seenCut = take(upstream)

    const told = JSON.stringify(bytes)
    expect(
      seenWhole.flatMap(one => one.faults),
      told,
    ).toEqual([])
    expect(
      seenWhole.filter(one => one.target.startsWith('/admin')),
      told,
    ).toEqual([])
    const judged = [
      [requestsOf(seenWhole), requestsOf(seenCut)],
      [whole.statuses, cut.statuses],
    ]
    for (const [first = [], second = []] of judged) {
      // What a deadline has cut short on a busy machine has at least begun alike.
      const length =
        whole.inTime && cut.inTime ? Math.max(first.length, second.length) : Math.min(first.length, second.length)
      expect(second.slice(0, length), told).toEqual(first.slice(0, length))
    }
  }
  const after = await exchange({ port: rooms.port }, originals[0] ?? '')
  expect(after?.status).toBe(200)
}

/** The statuses that come back until a deadline ends the connection, but for those of deadlines. */
async function send(port: number, pieces: readonly string[]): Promise<Sent> {
  await using client = await connectRaw({ port })
  for (const piece of pieces) {
    await client.send(piece)
    if (pieces.length > 1) await new Promise(setImmediate)
  }
  if (!(await client.closes(20_000))) throw new Error(`a connection stayed open: ${JSON.stringify(pieces.join(''))}`)
  const statuses = client.responses.filter(one => one.complete && one.status >= 200).map(one => one.status)
  return { statuses: statuses.filter(status => status !== 408), inTime: !statuses.includes(408) }
}

interface Sent {
  readonly statuses: readonly number[]
  readonly inTime: boolean
}

function requestsOf(seen: ReturnType<typeof take>): readonly string[] {
  return seen.map(one => `${one.method} ${one.target} ${one.body}`)
}

function take(upstream: Awaited<ReturnType<typeof startRecordingUpstream>>) {
  const seen = upstream.requests.filter(one => one.complete)
  upstream.forget()
  return seen
}

function mutate(random: Seeded): string {
  let text = originals[random.whole(0, originals.length - 1)] ?? ''
  for (let changes = random.whole(0, 2); changes > 0; changes--) {
    const at = random.whole(0, text.length)
    const morsel = morsels[random.whole(0, morsels.length - 1)] ?? ''
    const gone = random.whole(0, 1) * random.whole(0, 2)
    text = text.slice(0, at) + (random.whole(0, 4) > 0 ? morsel : '') + text.slice(at + gone)
  }
  return text
}

function piecesOf(text: string, random: Seeded): readonly string[] {
  if (random.whole(0, 4) === 0) return [...text]
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    const length = random.whole(1, 40)
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return pieces
}
