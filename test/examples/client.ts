import { once } from 'node:events'
import { WebSocket } from 'ws'

/** An event of the chat; tests look at what they care about. */
export interface Heard {
  readonly kind: string
  readonly [name: string]: unknown
}

/** A page as the chat sees it: speaks, and waits for what it is told. What was not waited for is kept. */
export async function connect(url: string, token: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, { headers: { 'x-auth-token': token } })
  const heard: Heard[] = []
  let wake = () => {}
  socket.on('message', bytes => {
    heard.push(JSON.parse(Buffer.isBuffer(bytes) ? bytes.toString() : '{}'))
    wake()
  })
  const next = async (kind: string): Promise<Heard> => {
    for (;;) {
      const index = heard.findIndex(event => event.kind === kind)
      const [found] = index < 0 ? [] : heard.splice(index, 1)
      if (found !== undefined) return found
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  await once(socket, 'open')
  await next('hello')
  return {
    socket,
    heard,
    next,
    tell: (event: object) => socket.send(JSON.stringify(event)),
    async enter(room: string, after = 0) {
      socket.send(JSON.stringify({ kind: 'enter', room, after }))
      return next('entered')
    },
    async say(text: string, more: object = {}) {
      socket.send(JSON.stringify({ kind: 'say', text, nonce: text.slice(0, 60), ...more }))
      return next('message')
    },
    async close() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** The status that an upgrade was refused with. */
export async function refusedUpgrade(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, { headers })
  const { promise, resolve } = Promise.withResolvers<number>()
  socket.on('error', () => {})
  socket.on('open', () => resolve(101))
  socket.on('unexpected-response', (_request, response) => {
    response.resume()
    resolve(response.statusCode ?? 0)
  })
  return promise
}

/** Reads server-sent events one by one. */
export function readEvents(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async until(holds: (data: Heard) => boolean): Promise<Heard> {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end < 0) {
          const { value, done } = (await reader?.read()) ?? { value: '', done: true }
          if (done) throw new Error('the stream has ended')
          text += value
          continue
        }
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
        text = text.slice(end + 2)
        const event: Heard | null = data === undefined ? null : JSON.parse(data)
        if (event !== null && holds(event)) return event
      }
    },
    close: () => reader?.cancel(),
  }
}
