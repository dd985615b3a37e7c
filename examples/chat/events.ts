import type { ServerResponse } from 'node:http'
import type { Space, Spaces } from './spaces.ts'
import type { Person } from './visitor.ts'

export interface Events {
  /** Streams who is here, and which rooms there are, until the connection ends (server-sent events). */
  stream(space: string, response: ServerResponse): void
  close(): void
}

/** What a page shows at its side. A room's people are those who have it on their screen. */
export interface Presence {
  readonly rooms: readonly { readonly id: string; readonly name: string; readonly people: readonly string[] }[]
  readonly people: readonly Person[]
}

const beatMs = 25_000
const bufferedBytesMax = 256 * 1024

export function createEvents(spaces: Spaces): Events {
  const open = new Set<ServerResponse>()
  // Silence is what proxies on the way take for death.
  const beat = setInterval(() => open.forEach(response => void response.write(': still here\n\n')), beatMs)
  beat.unref()
  return {
    stream(name, response) {
      const space = spaces.find(name)
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-accel-buffering': 'no',
      })
      const send = createSender(space, response)
      space.watchers.add(send)
      open.add(response)
      response.on('close', () => {
        space.watchers.delete(send)
        open.delete(response)
      })
      response.write('retry: 2000\n\n')
      send()
    },
    close() {
      clearInterval(beat)
      for (const response of open) response.end()
    },
  }
}

export function describePresence(space: Space): Presence {
  const people = new Map([...space.members].map(({ person }) => [person.id, person]))
  const rooms = [...space.rooms.values()].map(({ id, name }) => {
    const here = [...space.members].filter(member => member.room === id)
    return { id, name, people: [...new Set(here.map(member => member.person.id))] }
  })
  return { rooms, people: [...people.values()] }
}

/** Sends the present state: at most once for all changes of one turn, and never to somebody who does not read. */
function createSender(space: Space, response: ServerResponse): () => void {
  let waiting = false
  return () => {
    if (waiting) return
    waiting = true
    setImmediate(() => {
      waiting = false
      if (response.writableLength > bufferedBytesMax) response.destroy()
      else if (!response.writableEnded)
        response.write(`event: presence\ndata: ${JSON.stringify(describePresence(space))}\n\n`)
    })
  }
}
