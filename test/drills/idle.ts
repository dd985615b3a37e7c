import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type OpenHouse, startOpenHouse } from '../support/open-house.ts'
import { share, workUntil } from '../support/steady-client.ts'
import type { Drill, DrillCall, DrillReport } from './drill.ts'

/** `rounds` are connections of each kind. */
export const idleDrill: Drill = {
  summary: 'kept connections, then WebSockets, that do nothing; the gateway answers others as before',
  rounds: 10_000,
  quickRounds: 1000,
  run,
}

const kinds: Readonly<Record<string, string>> = {
  kept: 'GET /kept HTTP/1.1\r\nHost: localhost\r\n\r\n',
  WebSocket:
    'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
}
/** A tunnel has two descriptors, in the gateway as here, where the application is, too. */
const descriptorsOf: Readonly<Record<string, number>> = { kept: 1, WebSocket: 2 }
const descriptorsBeside = 500
/** What an idle connection may cost; twice as much is no chance of a busy machine. */
const kibibytesMax: Readonly<Record<string, number>> = { kept: 24, WebSocket: 32 }
const atOnce = 50

async function run({ rounds, only, say }: DrillCall): Promise<DrillReport> {
  const descriptors = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })) || rounds * 3
  const lines: string[] = []
  const problems: string[] = []
  for (const [kind, request] of Object.entries(kinds)) {
    if (only !== undefined && only !== kind) continue
    const count = Math.min(rounds, Math.floor((descriptors - descriptorsBeside) / (descriptorsOf[kind] ?? 1)))
    if (count < rounds) say(`${kind}: ${count}, as many as descriptors allow (ulimit -n: ${descriptors})`)
    await using house = await startOpenHouse()
    const report = await stayIdle(house, request, count)
    const line = `${count} ${kind}: ${report.kibibytes.toFixed(1)} KiB each, ${report.left} stayed; the other's p99 ${report.p99Ms.toFixed(1)} ms beside ${report.calmMs.toFixed(1)} ms`
    say(line)
    lines.push(line)
    if (report.left < count) problems.push(`${kind}: ${count - report.left} of ${count} were ended`)
    if (report.errors.length > 0) problems.push(`${kind}: ${report.errors.length} errors, ${report.errors[0]}`)
    if (report.kibibytes > (kibibytesMax[kind] ?? 0)) problems.push(`${kind}: ${report.kibibytes.toFixed(1)} KiB each`)
  }
  return { lines, problems }
}

async function stayIdle(house: OpenHouse, request: string, count: number) {
  const sockets: Socket[] = []
  // Not counted: they compile code and fill pools.
  sockets.push(...(await openMany(house.port, request, Math.min(500, count))))
  const calm = await workUntil(house.port, pause(5000))
  const before = house.usage().memoryBytes
  const first = sockets.length
  while (sockets.length < count)
    sockets.push(...(await openMany(house.port, request, Math.min(atOnce, count - sockets.length))))
  const seen = await workUntil(house.port, pause(5000))
  const kibibytes = (house.usage().memoryBytes - before) / 1024 / Math.max(1, count - first)
  const left = sockets.filter(socket => !socket.destroyed).length
  for (const socket of sockets) socket.destroy()
  return { kibibytes, left, errors: seen.errors, p99Ms: share(seen.times, 0.99), calmMs: share(calm.times, 0.99) }
}

function openMany(port: number, request: string, count: number): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = createConnection({ port, host: '127.0.0.1' })
      socket.write(request)
      await once(socket, 'data')
      socket.on('error', () => {}).resume()
      return socket
    }),
  )
}
