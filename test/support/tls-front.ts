import { type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http'
import { createServer, request as secureRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { listenOnLoopback } from './listen.ts'
import type { TestCertificate } from './test-certificate.ts'

// What stands before the gateway in a real house: one TLS listener that tells hosts apart and passes plain HTTP on. With it, a
// gateway and an identity provider stand on different sites over HTTPS, as they do in the world: browsers treat ports of one host
// as one site, and a cookie that would fail there would pass.

export interface TlsFront extends AsyncDisposable {
  readonly port: number
  /** `https://HOST:PORT` */
  origin(host: string): string
  /** From now on, requests for this host go to this plain listener on loopback. */
  lead(host: string, port: number): void
  /** GET without a browser: the body, whoever signed the certificate. */
  get(url: string): Promise<string>
}

export async function startTlsFront(certificate: TestCertificate): Promise<TlsFront> {
  const plainPorts = new Map<string, number>()
  const sockets = new Set<Duplex>()
  const portOf = (request: IncomingMessage) => plainPorts.get((request.headers.host ?? '').replace(/:\d+$/, ''))
  const server = createServer({ key: certificate.key, cert: certificate.pem }, (request, response) => {
    const port = portOf(request)
    if (port === undefined) response.writeHead(421).end()
    else relay(request, response, port)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const port = portOf(request)
    if (port === undefined) socket.destroy()
    else tunnel(request, socket, head, port)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const port = await listenOnLoopback(server)
  return {
    port,
    origin: host => `https://${host}:${port}`,
    lead: (host, plainPort) => void plainPorts.set(host, plainPort),
    get,
    async [Symbol.asyncDispose]() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function relay(request: IncomingMessage, response: ServerResponse, port: number): void {
  const passed = plainRequest(
    { host: '127.0.0.1', port, method: request.method, path: request.url, headers: fieldsOf(request), agent: false },
    answer => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', answer.rawHeaders)
      answer.pipe(response)
      // What was cut on that side is cut on this one.
      answer.on('close', () => (answer.complete ? undefined : response.destroy()))
    },
  )
  passed.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()))
  response.on('close', () => passed.destroy())
  request.pipe(passed)
}

function tunnel(request: IncomingMessage, socket: Duplex, head: Buffer, port: number): void {
  const inner = connect(port, '127.0.0.1', () => {
    const fields = Object.entries(fieldsOf(request)).map(([name, value]) => `${name}: ${value}\r\n`)
    inner.write(`${request.method} ${request.url} HTTP/1.1\r\n${fields.join('')}\r\n`)
    inner.write(head)
    inner.pipe(socket).pipe(inner)
  })
  for (const [one, other] of [
    [inner, socket],
    [socket, inner],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}

function fieldsOf({ headers, socket }: IncomingMessage): Record<string, string> {
  const flat = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  return {
    ...Object.fromEntries(flat),
    'x-forwarded-for': socket.remoteAddress ?? '127.0.0.1',
    'x-forwarded-proto': 'https',
  }
}

function get(url: string): Promise<string> {
  const { hostname, port, pathname, search } = new URL(url)
  const headers = { host: `${hostname}:${port}` }
  return new Promise((resolve, reject) => {
    secureRequest(
      { host: '127.0.0.1', port, path: `${pathname}${search}`, headers, rejectUnauthorized: false, agent: false },
      answer => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () =>
          answer.statusCode === 200 ? resolve(text) : reject(new Error(`${url}: ${answer.statusCode}`)),
        )
      },
    )
      .on('error', reject)
      .end()
  })
}
