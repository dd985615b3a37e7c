import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Dispatcher, Pool } from 'undici'
import { check, type Session, withoutSession } from './checks.ts'

// The ordinary good design of a gateway on Node, which the one on sockets replaced: node:http towards clients, undici towards the
// upstream, with the same checks. It has no time-outs, no log and no metrics of its own.
const [port = 0, backend = 0] = process.argv.slice(2).map(Number)
const pool = new Pool(`http://127.0.0.1:${backend}`, { connections: 128, pipelining: 1, keepAliveTimeout: 60_000 })
const server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000, noDelay: true }, relay)
server.listen(port, '127.0.0.1')

function relay(request: IncomingMessage, response: ServerResponse): void {
  const address = request.socket.remoteAddress ?? ''
  const found = check(request.headers.cookie, address)
  if (typeof found === 'number') {
    response.writeHead(found, { 'Content-Length': 0 })
    response.end()
    return
  }
  const { method, url: path = '/' } = request
  const body = 'content-length' in request.headers || 'transfer-encoding' in request.headers ? request : null
  const headers = headersFor(request.rawHeaders, found, address)
  // Node hands any method on that its parser knew.
  pool.dispatch({ path, method: method as Dispatcher.HttpMethod, headers, body }, answerTo(response))
}

function headersFor(raw: readonly string[], session: Session, address: string): string[] {
  const out: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = raw[i + 1] ?? ''
    const kind = kindOf(name)
    if (kind === 'keep') out.push(name, value)
    else if (kind === 'cookie') out.push(name, withoutSession(value))
  }
  out.push('X-Forwarded-For', address, 'X-Forwarded-Proto', 'http', 'X-Auth-Token', session.token)
  return out
}

const kinds = new Map<string, 'keep' | 'drop' | 'cookie'>()
const dropped =
  /^(connection|keep-alive|te|trailer|transfer-encoding|content-length|upgrade|expect|forwarded|proxy-.*|x-forwarded-.*|x-auth-.*|x-user|x-real-ip)$/

function kindOf(spelled: string): 'keep' | 'drop' | 'cookie' {
  const before = kinds.get(spelled)
  if (before !== undefined) return before
  const name = spelled.toLowerCase()
  const kind = name === 'cookie' ? 'cookie' : dropped.test(name) ? 'drop' : 'keep'
  if (kinds.size < 4096) kinds.set(spelled, kind)
  return kind
}

const hops = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer'])

function answerTo(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      response.on('close', () => {
        if (!response.writableEnded) controller.abort(new Error('the client has gone'))
      })
    },
    onResponseStart(_controller, status, headers) {
      if (status < 200) return
      response.sendDate = false
      const kept = Object.entries(headers).flatMap(([name, value]) =>
        value === undefined || hops.has(name) ? [] : [name, value],
      )
      response.writeHead(status, kept.flat())
    },
    onResponseData(controller, chunk) {
      if (response.write(chunk)) return
      controller.pause()
      response.once('drain', () => controller.resume())
    },
    onResponseEnd: () => void response.end(),
    onResponseError(_controller, cause) {
      if (response.headersSent) response.destroy(cause)
      else response.writeHead(502, { 'Content-Length': 0 }).end()
    },
  }
}
