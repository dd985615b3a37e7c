// The development identity provider of `npm start`: an organization's own sign-in, reduced to one page that asks who you are and
// believes the answer. It speaks SAML 2.0 as the big ones do (signed assertions, ForceAuthn, single logout both ways), so that single
// sign-on can be seen at work without an account anywhere. Whoever reaches it can be anybody: it listens on loopback only, answers
// one gateway only, its key is made for the demo, and nothing but the demo command starts it. Start reading at `walk`.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { chooseLanguage, type Language } from '../chat/language.ts'
import { createMessages, type Gateway, type Key, type Login } from './messages.ts'
import { drawChoice, drawGoodbye, drawHome, drawPosting } from './pages.ts'
import { readMessage } from './reading.ts'

export interface IdentityProviderOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** The name that browsers call it by; it leads to this machine. */
  readonly host: string
  readonly people: readonly Person[]
  /** The only service provider it answers: the gateway, for one organization. */
  readonly gateway: Gateway
  readonly key: Key
  readonly now?: () => number
}

export interface Person {
  readonly email: string
  readonly name: string
}

export interface IdentityProvider {
  readonly origin: string
  /** What the gateway has to know about it: an EntityDescriptor. */
  readonly metadata: string
  close(): Promise<void>
}

export async function createIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const { people, now = Date.now } = options
  const logins = new Map<string, Login>()
  let messages: ReturnType<typeof createMessages> | null = null
  const server = createServer((request, response) => {
    if (messages !== null) void answer({ request, response, people, messages, logins, now })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const origin = `http://${options.host}:${typeof address === 'object' ? address?.port : 0}`
  messages = createMessages({ origin, gateway: options.gateway, key: options.key, now })
  return {
    origin,
    metadata: messages.metadata(),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly people: readonly Person[]
  readonly messages: ReturnType<typeof createMessages>
  /** Who has chosen whom, by browser. */
  readonly logins: Map<string, Login>
  readonly now: () => number
}

async function answer(asked: Asked): Promise<void> {
  try {
    await walk(asked)
  } catch (error) {
    console.error('the development identity provider could not answer', error)
    if (asked.response.headersSent) asked.response.destroy()
    else asked.response.writeHead(500).end()
  }
}

/** Every request in one screen. */
async function walk(asked: Asked): Promise<void> {
  const { request, response, people, messages, logins } = asked
  const language = chooseLanguage(request.headers['accept-language'])
  const url = new URL(request.url ?? '/', 'http://idp.invalid')
  const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : url.searchParams
  const browser = /(?:^|; )idp=([0-9a-f-]{36})/.exec(request.headers.cookie ?? '')?.[1] ?? ''
  const login = logins.get(browser) ?? null
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /metadata':
      return send(response, 'application/samlmetadata+xml', messages.metadata())
    case 'GET /style.css':
      return send(response, 'text/css', style)
    case 'GET /post.js':
      return send(response, 'text/javascript', script)
    case 'GET /':
      return page(response, drawHome(language, login))
    case 'GET /sso':
    case 'POST /sso': {
      const message = readMessage(form, 'SAMLRequest')
      if (message === null) return refuse(response)
      const { id, forced } = message
      const relayState = form.get('RelayState') ?? ''
      if (login !== null && !forced) return post(response, language, messages.response(login, id), relayState)
      return page(response, drawChoice(language, people, { requestId: id, relayState, known: login !== null }))
    }
    case 'POST /choose':
      return choose(asked, form, language)
    case 'GET /slo':
    case 'POST /slo': {
      logins.delete(browser)
      if (form.has('SAMLResponse')) return page(response, drawGoodbye(language))
      const message = readMessage(form, 'SAMLRequest')
      if (message === null) return refuse(response)
      return lead(response, messages.logoutResponse(message.id, form.get('RelayState')))
    }
    case 'POST /sign-out':
      return login === null ? lead(response, '/') : lead(response, messages.logoutRequest(login))
    default:
      response.writeHead(404).end()
  }
}

/** Somebody has said who they are. */
function choose({ response, people, messages, logins, now }: Asked, form: URLSearchParams, language: Language): void {
  const person = people.find(({ email }) => email === form.get('person'))
  if (person === undefined) {
    refuse(response)
    return
  }
  const browser = randomUUID()
  const login: Login = { ...person, at: now(), index: `_${randomUUID()}` }
  logins.set(browser, login)
  response.setHeader('set-cookie', `idp=${browser}; Path=/; HttpOnly; SameSite=Lax`)
  post(response, language, messages.response(login, form.get('request') ?? ''), form.get('relayState') ?? '')
}

/** The POST binding: the browser carries the message, at once with scripts and by a button without. */
function post(response: ServerResponse, language: Language, message: Posted, relayState: string): void {
  page(response, drawPosting(language, { ...message, relayState }))
}

type Posted = { readonly location: string; readonly message: string }

function page(response: ServerResponse, body: string): void {
  // No form-action: browsers hold it against every redirect that the gateway makes after it was posted to.
  const policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
  response.setHeader('content-security-policy', policy)
  send(response, 'text/html', body)
}

function send(response: ServerResponse, type: string, body: string): void {
  const fields = { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }
  response.writeHead(200, { ...fields, 'x-content-type-options': 'nosniff' }).end(body)
}

function refuse(response: ServerResponse): void {
  response.writeHead(400).end()
}

function lead(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, 'cache-control': 'no-store' }).end()
}

const style = readFileSync(new URL('public/style.css', import.meta.url), 'utf8')
const script = readFileSync(new URL('public/post.js', import.meta.url), 'utf8')
