import { createServer } from 'node:http'
import { inflateRawSync } from 'node:zlib'
import { listenOnLoopback } from './listen.ts'
import type { SamlHouse } from './saml-gateway.ts'

/** A provider's own site, on another site than the portal's: it answers at once with whatever the test has set. */
export interface ProviderSite extends AsyncDisposable {
  /** `http://idp.localhost:PORT`; at `/begin` it begins by itself. */
  readonly origin: string
  /** What the next answers say. */
  says: NonNullable<Parameters<SamlHouse['answer']>[1]>
  /** The requests that came, as XML. */
  readonly requests: readonly string[]
}

export async function startProviderSite(house: SamlHouse): Promise<ProviderSite> {
  const requests: string[] = []
  const site = { says: {} as ProviderSite['says'], requests }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const isPost = request.method === 'POST'
      const query = isPost ? Buffer.concat(chunks).toString() : (request.url?.split('?')[1] ?? '')
      const fields = new URLSearchParams(query)
      if (request.url === '/begin') {
        response.writeHead(200, { 'Content-Type': 'text/html' })
        response.end(pageOf(house.acs, house.answer(null, site.says), ''))
        return
      }
      const bytes = Buffer.from(fields.get('SAMLRequest') ?? '', 'base64')
      if (bytes.length === 0) {
        response.writeHead(404).end()
        return
      }
      const xml = (isPost ? bytes : inflateRawSync(bytes)).toString('utf8')
      requests.push(xml)
      const answer = house.answer({ id: / ID="([^"]+)"/.exec(xml)?.[1] ?? '' }, site.says)
      response.writeHead(200, { 'Content-Type': 'text/html' })
      response.end(pageOf(house.acs, answer, fields.get('RelayState') ?? ''))
    })
  })
  const port = await listenOnLoopback(server)
  const origin = `http://idp.localhost:${port}`
  await house.setProvider({
    metadata: {
      signOn: [
        { binding: 'redirect', location: `${origin}/sso` },
        { binding: 'post', location: `${origin}/sso-post` },
      ],
    },
  })
  return Object.assign(site, {
    origin,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  })
}

function pageOf(acs: string, answer: string, relayState: string): string {
  return `<!doctype html><link rel="icon" href="data:,"><title>Provider</title>
<form method="post" action="${acs}"><input type="hidden" name="SAMLResponse" value="${answer}">
<input type="hidden" name="RelayState" value="${relayState}"><button>Sign in</button></form>`
}
