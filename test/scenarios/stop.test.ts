import { once } from 'node:events'
import { createServer, get, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { seededPassword } from '../support/books.ts'
import { createDeployment, type Deployment } from '../support/deployment.ts'
import type { GatewayProcess } from '../support/gateway-process.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { startMailSink } from '../support/mail-sink.ts'
import { cookiesOf } from '../support/open-connections.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'
import { runWithCpu } from '../support/run-with-cpu.ts'
import { until } from '../support/until.ts'

let application: Application
let deployment: Deployment

beforeEach(async () => {
  application = await startApplication()
  deployment = createDeployment({ upstream: application.origin })
})
afterEach(async () => {
  await deployment[Symbol.asyncDispose]()
  await application[Symbol.asyncDispose]()
})

test('SIGTERM: not ready, WebSockets told to come back, what began is finished, exit code 0 before the grace is over', async () => {
  const gateway = await deployment.start('gateway', { words: ['--grace', '60'] })
  const headers = headersOf(await signedIn(gateway))
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/socket`, { headers })
  const closed = once(socket, 'close')
  await once(socket, 'open')
  const download = await startDownload(gateway.port, headers)
  expect(await ready(gateway)).toBe(200)
  const startedMs = performance.now()

  gateway.signal('SIGTERM')
  const [code] = await closed
  await until(async () => (await ready(gateway)) === 503)
  application.finish()
  const body = await download.whole

  expect(code).toBe(1001)
  expect(body).toBe('first and last')
  expect(await gateway.ended).toBe(0)
  expect(performance.now() - startedMs, 'milliseconds').toBeLessThan(60_000)
}, 120_000)

test('SIGTERM: what does not come to its end is cut when the grace is over, and the exit code is 0', async () => {
  const gateway = await deployment.start('gateway', { words: ['--grace', '0.2'] })
  const download = await startDownload(gateway.port, headersOf(await signedIn(gateway)))

  gateway.signal('SIGTERM')

  await expect(download.whole).rejects.toThrow('aborted')
  expect(await gateway.ended).toBe(0)
}, 120_000)

test('SIGTERM: a mail server that says nothing does not hold the stop up, and its mail waits for the next start', async () => {
  await using sink = await startMailSink()
  sink.behave({ kind: 'hang' })
  await using mailing = createDeployment({ smtpPort: sink.port })
  const gateway = await mailing.start('gateway', { words: ['--grace', '0'] })
  expect((await gateway.cli('users', 'add', 'guest@example.com', '--name', 'Guest')).code).toBe(0)
  await until(() => sink.counts.connections === 1)
  const startedMs = performance.now()

  gateway.signal('SIGTERM')

  expect(await gateway.ended).toBe(0)
  // One second where a processor is not shared; the mail server would have been waited for thirty.
  expect(performance.now() - startedMs, 'milliseconds').toBeLessThan(10_000)
  sink.behave({ kind: 'accept' })
  await mailing.start('gateway', { aheadMs: 60_000 })
  expect((await sink.next(mail => mail.to.includes('guest@example.com'), 60_000)).to).toEqual(['guest@example.com'])
}, 120_000)

test('SIGTERM asked for again ends at once, with exit code 1; what npm sends twice is one asking', async () => {
  const gateway = await deployment.start('gateway', { words: ['--grace', '600'] })
  const download = await startDownload(gateway.port, headersOf(await signedIn(gateway)))
  gateway.signal('SIGTERM')
  gateway.signal('SIGTERM')
  await until(async () => (await ready(gateway)) === 503)

  const again = setInterval(() => gateway.signal('SIGTERM'), 100)
  const code = await gateway.ended
  clearInterval(again)

  expect(code).toBe(1)
  await expect(download.whole).rejects.toThrow('aborted')
}, 120_000)

test.each([
  ['an exception', 'SIGUSR2', 'uncaughtException, ending: Error: thrown by the test in two lines'],
  ['a rejection', 'SIGWINCH', 'unhandledRejection, ending: Error: rejected by the test in two lines'],
] as const)(
  '%s that nobody caught is said in one line and ends the gateway with exit code 1, whatever is open',
  async (_what, signal, line) => {
    const gateway = await deployment.start('gateway', { words: ['--grace', '600'], breakable: true })
    const download = await startDownload(gateway.port, headersOf(await signedIn(gateway)))
    const startedMs = performance.now()

    gateway.signal(signal)

    expect(await gateway.ended).toBe(1)
    // Two seconds where a processor is not shared.
    expect(performance.now() - startedMs, 'milliseconds').toBeLessThan(10_000)
    expect(gateway.output()).toContain(`sekisho: ${line}\n`)
    await expect(download.whole).rejects.toThrow('aborted')
  },
  120_000,
)

test('a start after kill -9 takes over the operators’ socket that was left behind', async () => {
  const first = await deployment.start('gateway')
  await first.kill()

  const second = await deployment.start('gateway')
  const status = await second.cli('status')

  expect(status.code, status.err).toBe(0)
}, 120_000)

test('a second start on the operators’ socket of a running gateway is refused and takes nothing from the first', async () => {
  const first = await deployment.start('gateway')

  const second = await runWithCpu(['serve', '--config', deployment.configurationOf('gateway')])
  const status = await first.cli('status')

  expect(second).toMatchObject({ code: 3, err: expect.stringContaining('another process listens on') })
  expect(status.code, status.err).toBe(0)
}, 120_000)

test('a start with a broken file ends at once with exit code 1 and the place of the problem', async () => {
  const gateway = await deployment.start('gateway')
  await gateway.kill()
  deployment.writePolicy('routes', brokenRoutes)

  const starts = []
  // The least of three is what it costs: the others were slowed by their neighbours on the machine.
  for (let n = 0; n < 3; n++)
    starts.push(await runWithCpu(['serve', '--config', deployment.configurationOf('gateway')]))

  for (const start of starts)
    expect(start).toMatchObject({ code: 1, err: expect.stringMatching(/routes\.yaml:6:\d+: /) })
  // Below one second where a processor is not shared with others.
  expect(Math.min(...starts.map(({ cpuSeconds }) => cpuSeconds))).toBeLessThan(1.5)
}, 120_000)

test('SIGHUP with a broken file keeps the old rules in force, names the place, and health stays green', async () => {
  const gateway = await deployment.start('gateway')
  const visitor = await signedIn(gateway)

  deployment.writePolicy('routes', brokenRoutes)
  gateway.signal('SIGHUP')
  const refused = await gateway.said(/^.*"event":"configuration_refused".*$/m)

  expect(refused).toMatch(/routes\.yaml:6:\d+: /)
  expect(await ready(gateway)).toBe(200)
  expect(await health(gateway)).toBe(200)
  expect((await visitor.get(`${deployment.appOrigin}/page`)).status).toBe(200)
}, 120_000)

const brokenRoutes = `kind: routes
routes:
  - name: app
    hosts: [localhost]
    prefix: /
    upstream: ap
    access: signed-in
`

const ready = (gateway: GatewayProcess) => statusOf(gateway, '/readyz')
const health = (gateway: GatewayProcess) => statusOf(gateway, '/healthz')

async function statusOf({ operatorPort }: GatewayProcess, path: string): Promise<number> {
  // A connection of its own: a kept one may be closed just while it is asked.
  const reply = await fetch(`http://127.0.0.1:${operatorPort}${path}`, { headers: { Connection: 'close' } })
  return reply.status
}

async function signedIn(gateway: GatewayProcess): Promise<PortalVisitor> {
  await (await deployment.openBooks()).addPerson('someone@example.com')
  const visitor = createPortalVisitor({ port: gateway.port })
  const first = await visitor.follow(await visitor.get(`${deployment.appOrigin}/page`))
  const second = await visitor.submit(first, { email: 'someone@example.com' })
  const page = await visitor.follow(await visitor.submit(second, { password: seededPassword }))
  expect(page.body).toBe('a page')
  return visitor
}

function headersOf(visitor: PortalVisitor): Record<string, string> {
  const { appOrigin } = deployment
  return { Host: new URL(appOrigin).host, Origin: appOrigin, Cookie: cookiesOf(visitor) }
}

interface Download {
  /** Rejects when it is cut. */
  readonly whole: Promise<string>
}

/** Resolves when the first bytes have arrived. */
function startDownload(port: number, headers: Record<string, string>): Promise<Download> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/download', headers }, answer => {
      let body = ''
      const whole = new Promise<string>((settle, cut) => {
        answer.once('end', () => settle(body))
        answer.once('error', cut)
      })
      whole.catch(() => {}) // whoever expects it to be cut looks later
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text
        resolve({ whole })
      })
    })
    request.once('error', reject)
  })
}

/** With a page, an echo at /socket, and a download that ends when it is told to. */
interface Application extends AsyncDisposable {
  readonly origin: string
  finish(): void
}

async function startApplication(): Promise<Application> {
  const downloads = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    if (request.url !== '/download') return response.end('a page')
    downloads.add(response)
    return response.write('first')
  })
  const sockets = new WebSocketServer({ server, path: '/socket' })
  return {
    origin: `http://127.0.0.1:${await listenOnLoopback(server)}`,
    finish() {
      for (const response of downloads) response.end(' and last')
    },
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
