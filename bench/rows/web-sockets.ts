import { setTimeout as pause } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import type { Contender } from '../contenders/contender.ts'
import { echo, openWebSocket } from '../load/web-sockets.ts'
import { connections } from '../load/wrk.ts'
import { effortOf, type Figure, ratio, summarize } from '../measure.ts'
import type { Pace } from '../options.ts'

/** Messages of 128 bytes over 64 WebSockets, each sent back: CPU for a message there and back. */
export async function benchWebSockets(all: readonly Contender[], pace: Pace): Promise<readonly Figure[]> {
  const open = new Map<Contender, readonly WebSocket[]>()
  const micros = new Map(all.map(contender => [contender, [] as number[]]))
  try {
    for (const contender of all) {
      open.set(contender, await Promise.all(Array.from({ length: connections }, () => openFor(contender))))
      await echo(open.get(contender) ?? [], pace.warmSeconds)
    }
    for (let round = 0; round < pace.rounds; round++)
      for (const [contender, sockets] of open) {
        await pause(100)
        const { result, effort } = await effortOf(contender, () => echo(sockets, pace.seconds))
        micros.get(contender)?.push((effort.cpuSeconds * 1e6) / result)
        pace.tell(`WebSockets: ${contender.name}: ${((effort.cpuSeconds * 1e6) / result).toFixed(1)} µs`)
      }
  } finally {
    for (const socket of [...open.values()].flat()) socket.terminate()
  }
  const [ours = [], theirs] = [...micros.values()]
  return [
    ...[...micros].map(([{ name }, values]) => summarize(name, 'µs CPU', values)),
    ...(theirs === undefined ? [] : [ratio('sekisho / nginx', ours, theirs)]),
  ]
}

export function openFor({ port, authority, cookies }: Contender): Promise<WebSocket> {
  return openWebSocket({ port, authority, cookie: cookies[0] ?? '' })
}
