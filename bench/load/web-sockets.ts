import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Transfer } from './bodies.ts'

export async function openWebSocket({ port, authority, cookie }: Transfer): Promise<WebSocket> {
  const headers = { Host: authority, Cookie: cookie, Origin: `http://${authority}` }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers, perMessageDeflate: false })
  await once(socket, 'open')
  return socket
}

/** Each socket sends a message, waits for it to come back, and sends the next. Answers how many came back. */
export async function echo(sockets: readonly WebSocket[], seconds: number): Promise<number> {
  const message = Buffer.alloc(128, 'x')
  let came = 0
  let going = true
  for (const socket of sockets) {
    socket.removeAllListeners('message')
    socket.on('message', () => {
      came += 1
      if (going) socket.send(message)
    })
    socket.send(message)
  }
  await pause(seconds * 1000)
  going = false
  return came
}
