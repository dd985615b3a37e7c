import { fieldsOf } from '../support/http-message.ts'
import { exchange, type RawResponse } from '../support/raw-http.ts'
import { type Form, hasField, headingOf, readForms } from './page.ts'
import type { SessionCookie } from './placeholders.ts'

// A person with a browser that knows no scripts: keeps cookies by host, follows redirects, fills in forms.

export interface Visit {
  readonly url: URL
  readonly status: number
  readonly html: string
  readonly forms: readonly Form[]
  /** Every Location on the way here, as it was written. */
  readonly locations: readonly string[]
  /** What those were resolved to, in order; the last one is `url` unless it lies outside the gateway. */
  readonly addresses: readonly URL[]
}

export interface Visitor {
  /** Asks for an address as a navigation and follows every redirect that stays on the gateway's hosts. */
  open(address: string): Promise<Visit>
  submit(from: Visit, form: Form, values: Readonly<Record<string, string>>): Promise<Visit>
  /** Posts exactly this text to where the form goes. */
  post(from: Visit, form: Form, body: string): Promise<Visit>
  /** Goes on from wherever the visit is until the person is signed in; throws with the page's heading when that does not happen. */
  signIn(from: Visit, person: Person): Promise<Visit>
  cookies(host: string): readonly SessionCookie[]
}

export interface Person {
  readonly email: string
  readonly password: string
}

export interface VisitorOptions {
  readonly port: number
  /** Hosts that the gateway answers for; a redirect elsewhere is not followed. */
  readonly hosts: readonly string[]
  /** Fields that a proxy in front would add. */
  readonly proxyFields?: readonly string[]
}

const redirectsMax = 12
const stepsMax = 8

export function createVisitor(options: VisitorOptions): Visitor {
  const jars = new Map<string, Map<string, string>>()
  const go = (request: Navigation) => follow(options, jars, request)
  const submit = (from: Visit, form: Form, values: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams(
      form.fields.map(([name, value]): [string, string] => [name, values[name] ?? value]),
    )
    return post(from, form, body.toString())
  }
  const post = (from: Visit, form: Form, body: string) => {
    const url = new URL(form.action, from.url)
    if (form.method === 'POST') return go({ method: 'POST', url, body, origin: from.url.origin })
    url.search = body
    return go({ method: 'GET', url, body: null, origin: null })
  }
  return {
    open: address => go({ method: 'GET', url: new URL(address), body: null, origin: null }),
    submit,
    post,
    async signIn(from, person) {
      let visit = from
      for (let step = 0; step < stepsMax; step++) {
        const form = visit.forms.find(each => hasField(each, 'password') || hasField(each, 'email'))
        if (form === undefined) return visit
        const next = await submit(visit, form, { email: person.email, password: person.password })
        const again = hasField(form, 'password') && next.forms.some(each => hasField(each, 'password'))
        // Where a redirect led to may be anything; an error instead of a redirect is a refusal.
        if (again || (next.status >= 400 && next.locations.length === 0)) throw new NotSignedIn(next)
        visit = next
      }
      throw new NotSignedIn(visit)
    },
    cookies: host => [...(jars.get(host) ?? [])].map(([name, value]) => ({ name, value })),
  }
}

export class NotSignedIn extends Error {
  readonly visit: Visit

  constructor(visit: Visit) {
    super(`not signed in: ${visit.url.href} shows "${headingOf(visit.html)}" (${visit.status})`)
    this.visit = visit
  }
}

interface Navigation {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly body: string | null
  readonly origin: string | null
}

type Jars = Map<string, Map<string, string>>

async function follow(options: VisitorOptions, jars: Jars, first: Navigation): Promise<Visit> {
  const locations: string[] = []
  const addresses: URL[] = []
  let request = first
  for (let hop = 0; hop < redirectsMax; hop++) {
    const answer = await ask(options, jars, request)
    const location = answer.status >= 300 && answer.status < 400 ? fieldsOf(answer, 'location')[0] : undefined
    const next = location === undefined ? null : URL.parse(location, request.url.href)
    if (location !== undefined) locations.push(location)
    if (next !== null) addresses.push(next)
    if (next === null || !options.hosts.includes(next.hostname)) {
      const html = answer.body.toString('utf8')
      return { url: request.url, status: answer.status, html, forms: readForms(html), locations, addresses }
    }
    request = { method: 'GET', url: next, body: null, origin: null }
  }
  throw new Error(`more than ${redirectsMax} redirects: ${locations.join(' -> ')}`)
}

async function ask(options: VisitorOptions, jars: Jars, request: Navigation): Promise<RawResponse> {
  const { url, method, body } = request
  const jar = jars.get(url.hostname) ?? new Map<string, string>()
  jars.set(url.hostname, jar)
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const lines = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'Accept: text/html,application/xhtml+xml',
    'Accept-Language: en',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36',
    'Sec-Fetch-Mode: navigate',
    'Sec-Fetch-Dest: document',
    `Sec-Fetch-Site: ${request.origin === null ? 'none' : 'same-origin'}`,
    ...(request.origin === null ? [] : [`Origin: ${request.origin}`]),
    ...(cookie === '' ? [] : [`Cookie: ${cookie}`]),
    ...(body === null
      ? []
      : ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${Buffer.byteLength(body)}`]),
    ...(options.proxyFields ?? []),
    'Connection: close',
  ]
  const answer = await exchange({ port: options.port }, `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
  if (answer === null) throw new Error(`${url.href} was not answered`)
  for (const line of fieldsOf(answer, 'set-cookie')) keepCookie(jar, line)
  return answer
}

function keepCookie(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map(part => part.trim())
  const equals = pair.indexOf('=')
  const name = pair.slice(0, equals)
  const gone = attributes.some(attribute => /^max-age=(0|-\d+)$/i.test(attribute))
  if (gone) jar.delete(name)
  else jar.set(name, pair.slice(equals + 1))
}
