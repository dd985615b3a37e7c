// Irori (囲炉裏, the hearth people gather around): the small chat that stands behind the gateway in `npm start`.
// It keeps everything in memory and its files in one folder, and it has no accounts: each request, stream and WebSocket shows an
// identity token that the gateway signed, and what it says is all that is known about a person. Start reading at `routes.ts` for
// pages and files, `sockets.ts` for messages, `events.ts` for who is here. People of different organizations never meet (`spaces.ts`).
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createVerifier } from '../../src/verifier/verify.ts'
import { answerRefusal, answerText } from './answer.ts'
import { loadAssets } from './assets.ts'
import { createEvents } from './events.ts'
import { createFiles } from './files.ts'
import { chooseLanguage } from './language.ts'
import { createRoutes, type Route } from './routes.ts'
import { createSockets } from './sockets.ts'
import { createSpaces } from './spaces.ts'
import type { Identify } from './visitor.ts'

export interface ChatOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number
  readonly host?: string
  /** Where the gateway publishes its keys, and what it calls itself and us: docs/headers.md. */
  readonly jwksUrl: string
  readonly issuer: string
  readonly audience: string
  /** Where the account pages are; by default the issuer's address. */
  readonly portalUrl?: string | undefined
  /** Where uploaded files are kept; by default a temporary folder that goes with the chat. */
  readonly dataDir?: string | undefined
  readonly now?: () => number
}

export interface Chat {
  readonly port: number
  close(): Promise<void>
}

/**
 * Starts the chat in this process.
 * @example const chat = await createChat({ jwksUrl: 'http://auth.localhost:8080/jwks.json', issuer: 'http://auth.localhost:8080', audience: 'chat' })
 */
export async function createChat(options: ChatOptions): Promise<Chat> {
  const verifier = createVerifier(options)
  const identify: Identify = request => verifier.verify(request.rawHeaders)
  const files = await createFiles(options.dataDir)
  const spaces = createSpaces(options.now ?? Date.now)
  const events = createEvents(spaces)
  const sockets = createSockets({ identify, spaces, files })
  const assets = await loadAssets()
  const routes = createRoutes({
    assets,
    events,
    files,
    spaces,
    portalUrl: options.portalUrl ?? originOf(options.issuer),
  })

  const server = createServer((request, response) => {
    void answer(request, response, routes, identify)
  })
  server.on('upgrade', sockets.upgrade)
  setTimeouts(server)
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  return {
    port: portOf(server),
    async close() {
      events.close()
      sockets.close()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      await files.close()
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly Route[],
  identify: Identify,
): Promise<void> {
  try {
    await walk(request, response, routes, identify)
  } catch (error) {
    console.error('the demo chat could not answer', request.method, error)
    if (response.headersSent) response.destroy()
    else answerText(response, 500, 'Something went wrong.')
  }
}

/** Every request in one screen: which route, who is asking, may they, then the route's own answer. */
async function walk(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly Route[],
  identify: Identify,
): Promise<void> {
  const language = chooseLanguage(request.headers['accept-language'])
  const url = URL.parse(request.url ?? '/', 'http://chat.invalid')
  const found = routes.flatMap(route => ({ route, groups: url === null ? undefined : route.path.exec(url.pathname) }))
  const known = found.find(({ groups, route }) => groups != null && route.methods.includes(request.method ?? ''))
  const verified = await identify(request)
  const visitor = verified.kind === 'verified' ? verified.identity : null
  const access = known?.route.access ?? 'person'
  if (access !== 'public' && verified.kind === 'refused')
    return answerRefusal(request, response, language, verified.reason)
  if (known === undefined || url === null) return answerText(response, 404, 'There is nothing here.')
  // A browser says whose page sent this; writing is for our own pages only, whatever cookie made the gateway let it through.
  const site = request.headers['sec-fetch-site']
  if (request.method === 'POST' && site !== undefined && site !== 'same-origin')
    return answerText(response, 403, 'Only pages of this chat may do that.')
  await known.route.answer({ request, response, language, url, visitor, parameter: known.groups?.[1] ?? '' })
}

function setTimeouts(server: Server): void {
  server.requestTimeout = 30 * 60_000 // an upload over a bad line takes its time
  server.keepAliveTimeout = 75_000 // longer than the gateway keeps a connection, so that we never close under its feet
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function originOf(issuer: string): string {
  return URL.parse(issuer)?.origin ?? ''
}
