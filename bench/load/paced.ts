import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Transfer } from './bodies.ts'

export interface Pacing {
  readonly perSecond: number
  readonly seconds: number
  readonly path: string
}

/** Sends at a fixed pace over 16 connections, in turn; answers how long each answer took, in milliseconds. */
export async function sendPaced(transfer: Transfer, { perSecond, seconds, path }: Pacing): Promise<readonly number[]> {
  const times: number[] = []
  const lanes = await Promise.all(Array.from({ length: 16 }, () => openLane(transfer, path, times)))
  const startedMs = performance.now()
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond)
    for (; sent < due; sent++) lanes[sent % lanes.length]?.send()
    await pause(1)
  }
  await pause(100)
  for (const lane of lanes) lane.socket.destroy()
  return times
}

interface Lane {
  readonly socket: Socket
  /** Does nothing while the answer before is awaited. */
  send(): void
}

async function openLane({ port, authority, cookie }: Transfer, path: string, times: number[]): Promise<Lane> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const head = `GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nCookie: ${cookie}\r\nAccept: application/json\r\n\r\n`
  let sentMs: number | null = null
  // The backend's small answer comes in one piece; its last byte is the brace of its JSON.
  socket.on('data', bytes => {
    if (sentMs === null || bytes.at(-1) !== brace) return
    times.push(performance.now() - sentMs)
    sentMs = null
  })
  return {
    socket,
    send() {
      if (sentMs !== null) return
      sentMs = performance.now()
      socket.write(head)
    },
  }
}

const brace = 0x7d
