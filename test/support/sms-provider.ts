import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { choosePort } from './listen.ts'

/** A provider of text messages on a real socket, as well or as badly behaved as a test wants it. */
export interface SmsProvider extends AsyncDisposable {
  readonly origin: string
  readonly received: readonly ReceivedText[]
  behave: 'takes' | 'hangs' | 'drops' | number
  /** Resolves when so many have come. */
  heard(count: number): Promise<void>
  /** Nobody listens any more, until `start`. */
  stop(): Promise<void>
  start(): Promise<void>
}

export interface ReceivedText {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export async function startSmsProvider(): Promise<SmsProvider> {
  const port = await choosePort()
  const received: ReceivedText[] = []
  let wake = () => {}
  let server: Server | null = null
  const provider: SmsProvider = {
    origin: `http://127.0.0.1:${port}`,
    received,
    behave: 'takes',
    async heard(count) {
      while (received.length < count) await new Promise<void>(resolve => (wake = resolve))
    },
    async start() {
      server = createServer((request, response) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => {
          received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
          const { behave } = provider
          if (behave === 'drops') request.socket.destroy()
          else if (behave !== 'hangs') {
            response.writeHead(behave === 'takes' ? 201 : behave, {
              location: 'http://127.0.0.1:1/',
              'content-type': 'application/json',
            })
            response.end(JSON.stringify({ sid: 'SM0123456789', message: 'Private words' }))
          }
          wake()
        })
      })
      await new Promise<void>(resolve => server?.listen(port, '127.0.0.1', resolve))
    },
    async stop() {
      server?.closeAllConnections()
      await new Promise<void>(resolve => (server === null ? resolve() : server.close(() => resolve())))
      server = null
    },
    [Symbol.asyncDispose]: () => provider.stop(),
  }
  await provider.start()
  return provider
}
