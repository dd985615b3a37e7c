import { readdirSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { reset } from '../../src/wire/reset.ts'
import { type Rooms, startRooms } from '../proxy/rooms.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { exchange } from '../support/raw-http.ts'
import { createSeeded, pickOne, type Seeded } from '../support/seeded.ts'
import type { Drill, DrillCall, DrillReport } from './drill.ts'

// Clients that leave at every stage, and upstreams that do. Afterwards nothing of them is left: no connection, no
// descriptor, no place in the pool, no memory, and nobody else has got a byte of theirs.

export const abortsDrill: Drill = {
  summary: 'requests that are aborted at random stages; memory, descriptors and pools are as before',
  rounds: 100_000,
  quickRounds: 20_000,
  run,
}

/**
 * A server takes one connection in a turn of its loop, and one that aborts lives for some twenty turns: with more at once most would wait in
 * the kernel's queue and be gone before anybody saw them.
 */
const atOnce = 16
const connectionsMax = 256

async function run({ rounds, seed, say }: DrillCall): Promise<DrillReport> {
  const upstream = await startFickleUpstream()
  const rooms = await startRooms({
    upstreamPort: upstream.port,
    upstream: { connectionsMax },
    route: { access: 'public' },
  })
  const problems: string[] = []
  const unexpected: string[] = []
  const abortMany = async (from: number, count: number) => {
    await abortAll(rooms.port, seed, from, count, problems)
    await untilAllWereTaken(rooms.port)
  }
  const warmUp = Math.min(5000, Math.ceil(rounds / 4))
  await abortMany(0, warmUp)
  rooms.forget()
  await settle(rooms, upstream.sockets)
  const before = await measure()
  const stepSize = Math.ceil(rounds / 5)
  for (let from = 0; from < rounds; from += stepSize) {
    await abortMany(warmUp + from, Math.min(stepSize, rounds - from))
    unexpected.push(...rooms.faults.filter(({ code }) => code === 'internal').map(({ stack }) => `${stack}`))
    rooms.forget()
    say(`${Math.min(rounds, from + stepSize)} aborted, ${(await measure()).megabytes} MB`)
  }
  await settle(rooms, upstream.sockets)
  const after = await measure()
  if (rooms.listener.connections > 0) problems.push(`${rooms.listener.connections} client connections are left`)
  if (after.descriptors > before.descriptors)
    problems.push(`${after.descriptors - before.descriptors} descriptors are left`)
  // Of the heap and of buffers, after collecting; 10 % and what a young heap differs by.
  if (after.megabytes > before.megabytes * 1.1 + 4) problems.push(`${before.megabytes} MB became ${after.megabytes} MB`)
  problems.push(...(await allPlacesAreFree(rooms.port)))
  problems.push(...upstream.reused)
  if (unexpected.length > 0) problems.push(`${unexpected.length} unexpected faults: ${unexpected[0]}`)
  await rooms[Symbol.asyncDispose]()
  upstream.close()
  return {
    lines: [
      `memory ${before.megabytes} -> ${after.megabytes} MB, descriptors ${before.descriptors} -> ${after.descriptors}`,
    ],
    problems,
  }
}

const requests = [
  'GET /fine HTTP/1.1\r\nHost: gw.test\r\n\r\n',
  'GET /slow HTTP/1.1\r\nHost: gw.test\r\n\r\n',
  'GET /large HTTP/1.1\r\nHost: gw.test\r\n\r\n',
  'GET /reset HTTP/1.1\r\nHost: gw.test\r\n\r\n',
  'GET /ws HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\nframes',
  `POST /fine HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 20000\r\n\r\n${'x'.repeat(20_000)}`,
  `POST /slow HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n${'5\r\nhello\r\n'.repeat(500)}0\r\n\r\n`,
  `POST /early HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 2000000\r\n\r\n${'x'.repeat(20_000)}`,
  'POST /fine HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello',
  'POST /fine HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n',
] as const

async function abortAll(port: number, seed: number, from: number, count: number, problems: string[]): Promise<void> {
  let next = from
  const run = async () => {
    while (next < from + count && problems.length < 10) {
      const random = createSeeded(seed * 1_000_003 + next++)
      const problem = await abortOne(port, random)
      if (problem !== null) problems.push(problem)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, run))
}

/** Sends a part of a request, or all of it, waits some turns, and leaves: with an end, with a reset, or without a word. */
async function abortOne(port: number, random: Seeded): Promise<string | null> {
  const text = pickOne(random, requests)
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  let received = ''
  if (random.whole(0, 2) > 0)
    socket.on('data', (bytes: Buffer) => {
      if (received.length < 4096) received += bytes.toString('latin1')
    })
  await new Promise<void>(resolve => socket.once('connect', resolve).once('close', () => resolve()))
  socket.write(text.slice(0, random.whole(0, 1) === 0 ? text.length : random.whole(0, text.length)))
  for (let left = random.whole(0, 40); left > 0; left--) await turn()
  const manner = random.whole(0, 2)
  if (manner === 0) socket.end()
  if (manner === 1) reset(socket)
  await turn()
  socket.destroy()
  const target = text.split(' ')[1] ?? ''
  const answer = /^HTTP\/1\.1 200 (?:.*\r\n)*?X-For: (\S+)/.exec(received)?.[1]
  return answer === undefined || answer === target ? null : `asked for ${target} and got what is for ${answer}`
}

/** Each target has a way of its own to be answered; each answer says what it is for. */
async function startFickleUpstream() {
  const sockets = new Set<Socket>()
  const reused: string[] = []
  const chunk = Buffer.alloc(256 * 1024, 'y')
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    let waiting = ''
    let tunnel = false
    // What it was asked for and has not answered as a whole: with that, nobody may ask it for more.
    let open = ''
    socket.on('data', (bytes: Buffer) => {
      if (tunnel) {
        socket.write(bytes)
        return
      }
      const text = bytes.toString('latin1')
      if ((open !== '' || waiting !== '') && requestLine.test(text))
        reused.push(`a connection that was left at ${open} was used again`)
      waiting = (waiting + text).slice(-40_000)
      const target = requestLine.exec(waiting)?.[1]
      if (target === undefined || (target !== '/early' && !isWhole(waiting))) return
      waiting = ''
      open = target === '/fine' ? '' : target
      const head = `HTTP/1.1 200 OK\r\nX-For: ${target}\r\n`
      if (target === '/fine') socket.write(`${head}Content-Length: 2\r\n\r\nok`)
      else if (target === '/early') socket.write(`${head}Content-Length: 5\r\n\r\nearly`)
      else if (target === '/reset') socket.write(`${head}Content-Length: 9\r\n\r\nhalf`, () => reset(socket))
      else if (target === '/large') {
        socket.write(`${head}Content-Length: ${chunk.length * 4}\r\n\r\n`)
        for (let i = 0; i < 3; i++) socket.write(chunk)
        socket.write(chunk, () => {
          open = ''
        })
      } else if (target === '/ws') {
        tunnel = true
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
      } else
        setTimeout(() => {
          open = ''
          if (!socket.destroyed) socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n4\r\nslow\r\n0\r\n\r\n`)
        }, 5)
    })
  })
  const port = await listenOnLoopback(server)
  return { port, sockets, reused, close: () => server.close() }
}

const requestLine = /^[A-Z]+ (\/\w+) HTTP\/1\.1\r\n/

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\nContent-Length: ([0-9]+)\r\n/.exec(text)?.[1]
  if (length !== undefined) return text.length - end - 4 >= Number(length)
  return text.startsWith('GET') || text.endsWith('0\r\n\r\n')
}

/** The kernel's queue is one: when somebody who came later is answered, those who came before have been taken from it. */
async function untilAllWereTaken(port: number): Promise<void> {
  const answer = await exchange({ port }, requests[0], 60_000)
  if (answer?.status !== 200) throw new Error(`a request after the aborts was answered ${answer?.status}`)
}

/** Lingering ones take two seconds, unused ones of the pool four, and anything longer on a machine that is busy. */
async function settle(rooms: Rooms, sockets: ReadonlySet<Socket>): Promise<void> {
  for (let left = 1200; left > 0 && (rooms.listener.connections > 0 || sockets.size > 0); left--) await pause(50)
  await pause(200)
}

/** As many requests at once as there are places: one place that was never given back, and the last of them waits for ever. */
async function allPlacesAreFree(port: number): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: connectionsMax }, async () => {
      const answer = await exchange({ port }, requests[0], 60_000).catch((cause: unknown) => String(cause))
      return answer === null ? 'closed' : typeof answer === 'string' ? answer : answer.body.toString('latin1')
    }),
  )
  const bad = answers.filter(text => text !== 'ok')
  return bad.length === 0 ? [] : [`${bad.length} of ${connectionsMax} requests afterwards were not answered: ${bad[0]}`]
}

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** The least of several looks: buffers are given back some time after they were collected. */
async function measure() {
  let bytes = Number.POSITIVE_INFINITY
  for (let looks = 6; looks > 0; looks--) {
    collect()
    await pause(50)
    const { heapUsed, external } = process.memoryUsage()
    bytes = Math.min(bytes, heapUsed + external)
  }
  return { megabytes: Math.round(bytes / 2 ** 20), descriptors: readdirSync('/proc/self/fd').length }
}
