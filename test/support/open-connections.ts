import { once } from 'node:events'
import { get } from 'node:http'
import { WebSocket } from 'ws'
import type { PortalVisitor } from './portal-visitor.ts'

/** A WebSocket and an event stream of a signed-in person, open through the gateway. */
export interface OpenConnections {
  echo(text: string): Promise<string>
  /** Resolves when the socket was closed: its close code. */
  readonly closed: Promise<number>
  /** Resolves when the stream was cut: true when it looked like a clean end (which it never may). */
  readonly cut: Promise<boolean>
  close(): void
}

/** `origin`: of the application as people know it, where that is not the port itself. */
export async function openConnections(
  visitor: PortalVisitor,
  port: number,
  origin = `http://localhost:${port}`,
): Promise<OpenConnections> {
  const headers = { Host: new URL(origin).host, Cookie: cookiesOf(visitor), Origin: origin }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers })
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  await once(socket, 'open')
  const stream = await openStream(port, headers)
  return {
    async echo(text) {
      const answer = once(socket, 'message')
      socket.send(text)
      const [data] = await answer
      return String(data)
    },
    closed,
    cut: stream.cut,
    close() {
      socket.terminate()
      stream.destroy()
    },
  }
}

export function cookiesOf(visitor: PortalVisitor): string {
  return [...(visitor.jar.get('localhost') ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
}

function openStream(
  port: number,
  headers: Record<string, string>,
): Promise<{ cut: Promise<boolean>; destroy(): void }> {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', path: '/events', headers }, response => {
      const cut = new Promise<boolean>(settle => {
        response.once('end', () => settle(true))
        response.once('error', () => settle(false))
        response.once('aborted', () => settle(false))
      })
      response.once('data', () => resolve({ cut, destroy: () => request.destroy() }))
    })
    request.once('error', reject)
  })
}
