import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type WebSocket, WebSocketServer, WebSocket as WebSocketTo } from 'ws'
import { createChat } from '../../examples/chat/chat.ts'
import { audience, claimsAt, createSigningKey, issuer, serveJwks } from '../verifier/issuer.ts'

/** What the token of a visitor says, besides the times. */
export type Visitor = Record<string, unknown>

export const hana = {
  sub: 'acc_hana',
  sid: 'ses_hana',
  name: 'Hana Yamada',
  email: 'hana@sakura.example',
  org: 'sakura',
}
export const ken = {
  sub: 'acc_ken',
  sid: 'ses_ken',
  name: '佐藤 健',
  email: 'ken@sakura.example',
  org: 'sakura',
  roles: ['person'],
  amr: ['hwk', 'user', 'mfa'],
}
export const eve = { sub: 'acc_eve', sid: 'ses_eve', name: 'Eve Other', email: 'eve@maple.example', org: 'maple' }

/**
 * The chat on a real port, and in front of it the smallest thing that can stand for the gateway: it signs who is asking, chosen by
 * the cookie `who`, and relays. A request without that cookie is relayed without a token, as on a public route.
 */
export async function startChat(options: { dataDir?: string; now?: () => number } = {}) {
  const key = createSigningKey('key-1')
  const jwks = await serveJwks(key)
  const chat = await createChat({ jwksUrl: jwks.url, issuer, audience, ...options })
  const tokenFor = (visitor: Visitor) => key.sign(claimsAt(Date.now(), visitor))
  const gateway = await startGateway(chat.port, tokenFor)
  return {
    /** The chat itself, as only the gateway should reach it. */
    url: `http://127.0.0.1:${chat.port}`,
    key,
    jwks,
    tokenFor,
    gateway,
    /** A request with the token of a visitor. */
    ask: (
      path: string,
      visitor: Visitor,
      init: {
        method?: string
        body?: string | Uint8Array<ArrayBuffer>
        headers?: Record<string, string>
        signal?: AbortSignal
      } = {},
    ) =>
      fetch(`http://127.0.0.1:${chat.port}${path}`, {
        redirect: 'manual',
        ...init,
        headers: { 'x-auth-token': tokenFor(visitor), ...init.headers },
      }),
    close: () => chat.close(),
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await chat.close()
      await jwks[Symbol.asyncDispose]()
    },
  }
}

async function startGateway(chatPort: number, tokenFor: (visitor: Visitor) => string) {
  const visitors = new Map<string, Visitor>(Object.entries({ hana, ken, eve }))
  const open = new Set<WebSocket>()
  const refusals = { upgrade: null as { code: number; reason: string } | null, status: null as number | null }
  const headersFor = (headers: IncomingHttpHeaders): IncomingHttpHeaders => {
    const visitor = visitors.get(/(?:^|; )who=(\w+)/.exec(headers.cookie ?? '')?.[1] ?? '')
    return visitor === undefined ? headers : { ...headers, 'x-auth-token': tokenFor(visitor) }
  }
  const relay = (from: IncomingMessage, to: ServerResponse): void => {
    if (refusals.status !== null) {
      to.writeHead(refusals.status).end()
      return
    }
    const options = {
      host: '127.0.0.1',
      port: chatPort,
      path: from.url,
      method: from.method,
      headers: headersFor(from.headers),
    }
    const upstream = request(options, answer => {
      to.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(to)
    })
    upstream.on('error', () => to.destroy())
    to.on('close', () => upstream.destroy())
    from.pipe(upstream)
  }
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer(relay).on('upgrade', (from, socket, head) => {
    sockets.handleUpgrade(from, socket, head, client => {
      if (refusals.upgrade !== null) return client.close(refusals.upgrade.code, refusals.upgrade.reason)
      const headers = { 'x-auth-token': headersFor(from.headers)['x-auth-token'] ?? '' }
      join(client, new WebSocketTo(`ws://127.0.0.1:${chatPort}${from.url}`, { headers }))
      open.add(client)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    visitors,
    refusals,
    /** Ends every open WebSocket the way the gateway does. */
    cut(code: number, reason = '') {
      for (const client of open) client.close(code, reason)
      open.clear()
    },
    async close() {
      for (const client of open) client.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function join(client: WebSocket, upstream: WebSocket): void {
  const waiting: string[] = []
  client.on('message', bytes => {
    const text = Buffer.isBuffer(bytes) ? bytes.toString() : ''
    if (upstream.readyState === upstream.OPEN) upstream.send(text)
    else waiting.push(text)
  })
  upstream.on('open', () => {
    for (const text of waiting) upstream.send(text)
  })
  upstream.on('message', bytes => client.send(Buffer.isBuffer(bytes) ? bytes.toString() : ''))
  upstream.on('error', () => client.terminate())
  upstream.on('close', code => (code === 1006 || code === 1005 ? client.terminate() : client.close(code)))
  client.on('close', () => upstream.terminate())
  client.on('error', () => client.terminate())
}
