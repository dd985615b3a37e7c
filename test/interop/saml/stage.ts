import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ConfigurationInput } from '../../../src/config/write.ts'
import { type Clock, systemClock } from '../../../src/lib/clock.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'
import { listenOnLoopback } from '../../support/listen.ts'
import { makeTestCertificate } from '../../support/test-certificate.ts'
import { startTlsFront } from '../../support/tls-front.ts'
import type { ForeignProvider, ProviderPerson, StartProvider } from './providers.ts'

/** The gateway, an application behind it and an identity provider, each on a site of its own over HTTPS, and people at the provider. */
export interface Stage extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly provider: ForeignProvider
  readonly portal: string
  readonly app: string
  /** From now on the gateway's clock runs ahead of the provider's by so much. */
  runAhead(ms: number): void
}

export const mallory: ProviderPerson = {
  email: 'mallory@corp.test',
  password: 'right-at-the-provider',
  name: 'Mallory Ito',
}
/** Known to the provider only. */
export const stranger: ProviderPerson = {
  email: 'stranger@corp.test',
  password: 'also-right-there',
  name: 'Sam Stranger',
}
const breakGlass = { email: 'emergency@corp.test', name: 'Emergency', roles: ['administrator'] as const }

export async function startStage(startProvider: StartProvider): Promise<Stage> {
  await using started = new AsyncDisposableStack()
  const front = started.use(await startTlsFront(await makeTestCertificate('*.test')))
  let aheadMs = 0
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
  const upstream = started.use(await startApplication())
  const [portal, app] = [front.origin('auth.gw.test'), front.origin('app.gw.test')]
  const gateway = started.use(await startBehind(portal, upstream.port, clock))
  for (const host of ['auth.gw.test', 'app.gw.test']) front.lead(host, gateway.port)
  const ourMetadata = await front.get(`${portal}/saml/corp/metadata`)
  const provider = started.use(await startProvider({ front, ourMetadata, people: [mallory, stranger] }))
  await importProvider(gateway, provider)
  await gateway.addPerson({ ...mallory, organization: 'corp' })
  await gateway.addPerson({ ...breakGlass, organization: 'corp' })
  const all = started.move()
  return {
    ...{ gateway, provider, portal, app },
    runAhead(ms) {
      aheadMs = ms
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** Chromium finds every `.test` host on this machine, on whatever port, and asks nobody about its certificate. */
export const sitesOfTheirOwn: readonly string[] = [
  '--host-resolver-rules=MAP *.test 127.0.0.1',
  '--ignore-certificate-errors',
]

/** As an operator does: the file that the provider publishes, and what is to be made of it. */
async function importProvider(gateway: TestGateway, provider: ForeignProvider): Promise<void> {
  const file = join(gateway.folder, 'provider.xml')
  writeFileSync(file, await provider.metadata())
  const imported = await gateway.cli('sso', 'import', 'corp', file)
  expect(imported.code, `${imported.out}${imported.err}`).toBe(0)
}

function startBehind(portal: string, upstreamPort: number, clock: Clock): Promise<TestGateway> {
  return startGateway({
    clock,
    upstream: `http://127.0.0.1:${upstreamPort}`,
    policies: { routes, corp },
    gateway: {
      portal: { origin: portal },
      trustedProxies: { networks: ['127.0.0.1/32'] },
      development: { insecureCookies: false },
    },
  })
}

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [
    { name: 'app', hosts: ['app.gw.test'], prefix: '/', upstream: 'app', access: 'signed-in' },
    {
      name: 'vault',
      hosts: ['app.gw.test'],
      prefix: '/vault',
      upstream: 'app',
      access: 'signed-in',
      recentSignIn: '1m',
    },
  ],
}

const corp: ConfigurationInput = {
  kind: 'organization',
  slug: 'corp',
  name: 'Corp',
  emailDomains: ['corp.test'],
  sso: { required: true, breakGlass: [breakGlass.email] },
}

/** Says who is there, and keeps a stream open at /live. */
async function startApplication(): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((request, response) => answer(request, response))
  const port = await listenOnLoopback(server)
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/live') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: here\n\n')
    return
  }
  const token = String(request.headers['x-auth-token'] ?? '')
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html><title>app</title><link rel="icon" href="data:,"><pre id="claims">${claims}</pre>`)
}
