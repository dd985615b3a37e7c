import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type OpenHouse, startOpenHouse } from '../support/open-house.ts'
import { type Seen, share, workUntil } from '../support/steady-client.ts'
import type { Drill, DrillCall, DrillReport } from './drill.ts'

// Thousands that send or read as slowly as they can (slowhttptest), and one who works meanwhile and must not notice.

/** `rounds` are the slow connections of each attack. */
export const slowDrill: Drill = {
  summary: 'slow heads, slow bodies and slow readers (slowhttptest), while somebody else works',
  rounds: 2000,
  quickRounds: 200,
  run,
}

const quietMs = 15_000
/** Longer than the 30 s that a head or a byte of a body may take: the attackers see their connections end. */
const attackSeconds = 40
/** Below that the 99th of a hundred is a matter of who else is on the machine. */
const p99FloorMs = 5

const attacks: Readonly<Record<string, readonly string[]>> = {
  head: ['-H', '-i', '10', '-x', '24'],
  body: ['-B', '-i', '10', '-s', '8192', '-x', '10'],
  read: ['-X', '-w', '256', '-y', '512', '-n', '5', '-z', '32', '-k', '1'],
}

async function run({ rounds, only, say }: DrillCall): Promise<DrillReport> {
  const tool = await toolPath()
  if (tool === null) return { lines: [], problems: ['slowhttptest is not installed: apt-get install -y slowhttptest'] }
  await using house = await startOpenHouse()
  await workUntil(house.port, pause(quietMs / 3))
  const quiet: Seen[] = [await workUntil(house.port, pause(quietMs))]
  const lines: string[] = []
  const problems: string[] = []
  for (const [name, words] of Object.entries(attacks)) {
    if (only !== undefined && only !== name) continue
    const before = house.usage()
    const attack = slowly(tool, house, words, rounds)
    const seen = await workUntil(house.port, attack)
    const most = await attack
    const { cpuSeconds, memoryBytes } = house.usage()
    quiet.push(await workUntil(house.port, pause(quietMs)))
    const calmMs = share(
      quiet.slice(-2).flatMap(({ times }) => times),
      0.99,
    )
    const p99Ms = share(seen.times, 0.99)
    const line = `slow ${name}: ${most} of ${rounds} at once; ${seen.times.length} requests of the other, ${seen.errors.length} errors, p99 ${p99Ms.toFixed(1)} ms beside ${calmMs.toFixed(1)} ms, CPU ${(cpuSeconds - before.cpuSeconds).toFixed(1)} s of ${attackSeconds}, memory ${Math.round(before.memoryBytes / 2 ** 20)} -> ${Math.round(memoryBytes / 2 ** 20)} MB`
    say(line)
    lines.push(line)
    if (most < rounds * 0.9) problems.push(`slow ${name}: only ${most} of ${rounds} were open at once`)
    if (p99Ms > 2 * Math.max(calmMs, p99FloorMs)) problems.push(`slow ${name}: p99 ${p99Ms.toFixed(1)} ms`)
    if (seen.errors.length > 0) problems.push(`slow ${name}: ${seen.errors.length} errors, ${seen.errors[0]}`)
  }
  return { lines, problems }
}

async function toolPath(): Promise<string | null> {
  const found = await promisify(execFile)('sh', ['-c', 'command -v slowhttptest']).catch(() => null)
  return found === null ? null : found.stdout.trim()
}

/** Its own words on how many stood: it prints its counts every few seconds, with colours between. */
async function slowly(tool: string, { port }: OpenHouse, words: readonly string[], connections: number) {
  const url = `http://localhost:${port}/${words[0] === '-X' ? 'large' : 'x'}`
  const rate = String(Math.max(50, Math.ceil(connections / 8)))
  const all = [...words, '-c', String(connections), '-r', rate, '-l', String(attackSeconds), '-p', '30', '-u', url]
  const { stdout } = await promisify(execFile)(tool, all, { maxBuffer: 64 * 2 ** 20 })
  const counts = (name: string) =>
    [...stdout.replaceAll(/\x1b\[[0-9;]*m/g, '').matchAll(new RegExp(`${name}:\\s+(\\d+)`, 'g'))].map(found =>
      Number(found[1]),
    )
  return Math.max(0, ...counts('connected'))
}
