import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byTest, type GatewaySections, startGateway, type TestGateway } from '../support/gateway.ts'
import { listenOnLoopback } from '../support/listen.ts'

// What `mail.smtp` says shows at the mail server: who is logged in, and whether anything leaves without TLS.

let server: SMTPServer
let port: number
let gateway: TestGateway
const logins: string[] = []
const taken: string[] = []

beforeAll(async () => {
  server = new SMTPServer({
    // Plain: what a gateway that demands TLS must not use.
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth(auth, _session, done) {
      logins.push(`${auth.username}:${auth.password}`)
      done(null, { user: auth.username })
    },
    onData(stream, session, done) {
      const to = session.envelope.rcptTo.map(({ address }) => address)
      stream.resume().on('end', () => {
        taken.push(...to)
        done()
      })
    },
  })
  server.on('error', () => {}) // a client that goes away is what some of these tests are about
  port = await listenOnLoopback(server.server)
  gateway = await startGateway({
    upstream: 'http://127.0.0.1:9',
    policies: { routes: { kind: 'routes', routes: [] } },
  })
  Object.assign(gateway.configuration.environment, { SMTP_PASSWORD: 'of the mail server' })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await new Promise<void>(resolve => server.close(() => resolve()))
})

type Smtp = NonNullable<NonNullable<GatewaySections['mail']>['smtp']>

async function mailTo(email: string, smtp: Partial<Smtp>): Promise<void> {
  gateway.writeGateway({
    mail: { transport: 'smtp', smtp: { host: 'localhost', port, ...smtp }, from: 'gate@example.com' },
  })
  await gateway.running.reload()
  const account = await gateway.addPerson({ email })
  await gateway.running.gateway.rooms.people.resets.require(account, { reason: 'test', since: null }, byTest)
}

test('the gateway logs in with the configured name and password', async () => {
  await mailTo('with-login@example.com', { tls: 'off', user: 'sekisho', password: { env: 'SMTP_PASSWORD' } })

  await expect.poll(() => taken, { timeout: 20_000 }).toContain('with-login@example.com')
  expect(logins).toEqual(['sekisho:of the mail server'])
})

test.each(['starttls', 'implicit'] as const)('with tls: %s nothing leaves without it', async tls => {
  const email = `${tls}@example.com`
  await mailTo(email, { tls, user: 'sekisho', password: { env: 'SMTP_PASSWORD' } })

  const { outbox } = gateway.running.gateway.rooms.store
  const tries = async () =>
    (await outbox.list('queued', 100)).filter(({ notice }) => notice.to === email)[0]?.tries ?? 0
  await expect.poll(tries, { timeout: 25_000 }).toBeGreaterThan(0)

  expect(taken).not.toContain(email)
  expect(logins).toHaveLength(1)
})
