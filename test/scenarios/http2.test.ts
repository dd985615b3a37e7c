import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { get } from 'node:https'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { connect } from 'node:tls'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { createChat } from '../../examples/chat/chat.ts'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { browserTest } from '../support/browser.ts'
import { type GatewaySections, startGateway, testPassword } from '../support/gateway.ts'
import { choosePort, listenOnLoopback } from '../support/listen.ts'
import { createTestAuthority } from '../support/test-authority.ts'

// The whole gateway with TLS, as a browser sees it: pages over HTTP/2, WebSockets over HTTP/1.1, and nobody notices the difference.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in', websocket: true }],
}

async function startSecureGateway(listen: { http2?: boolean } = {}) {
  const port = await choosePort()
  const portalOrigin = `https://auth.localhost:${port}`
  const keys = await startKeys(portalOrigin)
  const chat = await createChat({ jwksUrl: keys.url, issuer: portalOrigin, audience: 'app' })
  const gateway = await startGateway({
    upstream: `http://127.0.0.1:${chat.port}`,
    policies: { routes },
    gateway: secureSections(port, portalOrigin, listen),
    before(folder) {
      const { pem, key } = createTestAuthority().issue({ names: ['localhost', 'auth.localhost'] })
      writeFileSync(join(folder, 'cert.pem'), pem)
      writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
    },
  })
  await gateway.addPerson({ email: 'hana@example.com', name: 'Hana' })
  return {
    port,
    appOrigin: `https://localhost:${port}`,
    portalOrigin,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await chat.close()
      await keys.close()
    },
  }
}

function secureSections(port: number, portalOrigin: string, listen: { http2?: boolean }): GatewaySections {
  const tls = { certificates: [{ cert: 'cert.pem', key: 'key.pem' }] }
  return {
    listen: { address: '127.0.0.1', port, tls, ...listen },
    portal: { origin: portalOrigin },
    development: {},
  }
}

/** The gateway's public keys over plain HTTP: the chat knows no authority of this test. */
async function startKeys(portalOrigin: string) {
  const { host, port: portalPort } = new URL(portalOrigin)
  const wish = { host: '127.0.0.1', port: portalPort, path: '/jwks.json', headers: { host }, rejectUnauthorized: false }
  const server = createServer((_, response) => {
    get(wish, answer => void readText(answer).then(keys => response.end(keys))).on('error', () => response.destroy())
  })
  const port = await listenOnLoopback(server)
  return { url: `http://127.0.0.1:${port}/jwks.json`, close: () => new Promise(resolve => server.close(resolve)) }
}

async function agreedOn(port: number): Promise<string | false | null> {
  const socket = connect({ host: '127.0.0.1', port, ALPNProtocols: ['h2', 'http/1.1'], rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { alpnProtocol } = socket
  socket.destroy()
  return alpnProtocol
}

/** By what protocol the page at hand and everything on it came; text, because it runs in the page. */
const protocols = `[...new Set([...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .map(entry => entry.nextHopProtocol))]`

async function signIn(page: Page, email: string): Promise<void> {
  await page.locator('input[name=email]').fill(email)
  await page.keyboard.press('Enter')
  await page.locator('input[name=password]').fill(testPassword)
  await page.keyboard.press('Enter')
}

browserTest
  .override('launchArguments', { scope: 'file' }, () => ['--ignore-certificate-errors'])
  .extend('gateway', async ({ onTestFinished }) => {
    const gateway = await startSecureGateway()
    onTestFinished(() => gateway[Symbol.asyncDispose]())
    return gateway
  })(
  'somebody signs in and talks over HTTP/2, and their WebSocket comes over HTTP/1.1',
  { timeout: 120_000 },
  async ({ openPerson, gateway }) => {
    const { page, problems } = await openPerson()
    const sockets: string[] = []
    page.on('websocket', socket => sockets.push(socket.url()))

    await page.goto(`${gateway.appOrigin}/`)
    expect(new URL(page.url()).origin).toBe(gateway.portalOrigin)
    expect(await page.evaluate(protocols)).toEqual(['h2'])
    await signIn(page, 'hana@example.com')
    await page.waitForURL(`${gateway.appOrigin}/**`)
    await page.waitForSelector('#state:empty', { state: 'attached' })
    await page.fill('#text', 'Good morning')
    await page.press('#text', 'Enter')
    await page.waitForSelector('.mine:not(.pending) >> text=Good morning')

    expect(await page.evaluate(protocols)).toEqual(['h2'])
    expect(sockets.map(url => new URL(url).protocol)).toContain('wss:')
    await page.goto(`${gateway.portalOrigin}/account`)
    expect(await page.locator('main').innerText()).toContain('hana@example.com')
    expect(await page.evaluate(protocols)).toEqual(['h2'])
    expect(problems).toEqual([])
  },
)

test('HTTP/2 is not offered where it is switched off', async () => {
  await using gateway = await startSecureGateway({ http2: false })
  expect(await agreedOn(gateway.port)).toBe('http/1.1')
})

test('HTTP/2 is offered where TLS is on and nobody says otherwise', async () => {
  await using gateway = await startSecureGateway()
  expect(await agreedOn(gateway.port)).toBe('h2')
})
