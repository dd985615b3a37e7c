import { request as httpRequest } from 'node:http'
import { type Form, hasField, headingOf, readForms } from '../cases/page.ts'

// A browser without scripts, as far as the portal's flows need one: cookies by host, forms, redirects one at a time or to the end.

export interface Reply {
  readonly url: URL
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly setCookies: readonly string[]
  readonly body: string
  readonly location: string | null
  readonly forms: readonly Form[]
  readonly heading: string
}

export interface Asking {
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
}

export interface PortalVisitor {
  readonly jar: Map<string, Map<string, string>>
  get(url: string, asking?: Asking): Promise<Reply>
  post(url: string, fields: Readonly<Record<string, string>> | string, asking?: Asking): Promise<Reply>
  /** Fills in the form that has the field (or the first one) and posts it from the page it stands on. */
  submit(page: Reply, values: Readonly<Record<string, string>>, asking?: Asking & { action?: string }): Promise<Reply>
  /** Goes where redirects lead, ten at most. */
  follow(reply: Reply): Promise<Reply>
  cookie(host: string, name: string): string | undefined
}

export interface VisitorOptions {
  readonly port: number
  readonly language?: string
  /** As a trusted proxy in front would report it. */
  readonly address?: string
  readonly secure?: boolean
  readonly agent?: string
}

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'

export function createPortalVisitor(options: VisitorOptions): PortalVisitor {
  const jar = new Map<string, Map<string, string>>()
  const visitor: PortalVisitor = {
    jar,
    get: (url, asking = {}) =>
      send(options, jar, new URL(url), { method: asking.method ?? 'GET', body: null, ...asking }),
    post(url, fields, asking = {}) {
      const target = new URL(url)
      const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
      const headers = {
        Origin: target.origin,
        'Sec-Fetch-Site': 'same-origin',
        'Content-Type': 'application/x-www-form-urlencoded',
        ...asking.headers,
      }
      return send(options, jar, target, { method: asking.method ?? 'POST', body, headers })
    },
    submit(page, values, asking = {}) {
      const [wanted] = Object.keys(values)
      const form = page.forms.find(each =>
        asking.action === undefined ? wanted === undefined || hasField(each, wanted) : each.action === asking.action,
      )
      if (form === undefined) throw new Error(`no form for ${JSON.stringify(values)} on "${page.heading}"`)
      const fields = Object.fromEntries(form.fields.map(([name, value]) => [name, values[name] ?? value]))
      return visitor.post(new URL(form.action, page.url).href, { ...fields, ...values }, asking)
    },
    async follow(reply) {
      let current = reply
      for (let hop = 0; current.location !== null && hop < 10; hop++)
        current = await visitor.get(new URL(current.location, current.url).href)
      if (current.location !== null) throw new Error(`still redirected to ${current.location}`)
      return current
    },
    cookie: (host, name) => jar.get(host)?.get(name),
  }
  return visitor
}

interface Sending {
  readonly method: string
  readonly body: string | null
  readonly headers?: Readonly<Record<string, string>>
}

async function send(options: VisitorOptions, jar: PortalVisitor['jar'], url: URL, sending: Sending): Promise<Reply> {
  const cookies = jar.get(url.hostname) ?? new Map<string, string>()
  jar.set(url.hostname, cookies)
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers: Record<string, string> = {
    Host: url.host,
    Accept: 'text/html',
    'Accept-Language': options.language ?? 'en',
    'User-Agent': options.agent ?? chrome,
    'Sec-Fetch-Mode': 'navigate',
    ...(cookie === '' ? {} : { Cookie: cookie }),
    ...(options.address === undefined ? {} : { 'X-Forwarded-For': options.address }),
    ...(options.secure === true ? { 'X-Forwarded-Proto': 'https' } : {}),
    ...sending.headers,
  }
  for (const name of Object.keys(headers)) if (headers[name] === '') delete headers[name]
  return new Promise((resolve, reject) => {
    const path = `${url.pathname}${url.search}`
    let isAnswered = false
    const again = (cause: unknown) => {
      // A form that was refused before it was read to its end fails in its writing when the answer is long here.
      if (isAnswered) return reject(cause)
      // Browsers send again what met a connection that was closed for its idleness just then: a test's clock may leap over that time.
      if (request.reusedSocket) resolve(send(options, jar, url, sending))
      else reject(cause)
    }
    const request = httpRequest(
      { host: '127.0.0.1', port: options.port, path, method: sending.method, headers },
      answer => {
        isAnswered = true
        const chunks: Buffer[] = []
        answer.on('error', reject) // cut in the middle
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          const setCookies = answer.headers['set-cookie'] ?? []
          for (const line of setCookies) keepCookie(cookies, line)
          const body = Buffer.concat(chunks).toString('utf8')
          const plain = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
            typeof value === 'string' ? [[name, value]] : [],
          )
          resolve({
            url,
            status: answer.statusCode ?? 0,
            headers: Object.fromEntries(plain),
            setCookies,
            body,
            location: answer.headers.location ?? null,
            forms: readForms(body),
            heading: headingOf(body),
          })
        })
      },
    )
    request.on('error', again)
    request.end(sending.body ?? undefined)
  })
}

function keepCookie(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map(part => part.trim())
  const equals = pair.indexOf('=')
  const name = pair.slice(0, equals)
  if (attributes.some(attribute => /^max-age=0$/i.test(attribute))) jar.delete(name)
  else jar.set(name, pair.slice(equals + 1))
}
