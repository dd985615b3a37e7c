import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openRules } from '../contracts/samples.ts'
import { codeAt } from '../people/authenticator.ts'
import { byTest, startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { openConnections } from '../support/open-connections.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'

// A reset of many passwords as an operator and its people meet it: the CLI, the mails, the pages.

/** Each word of the CLI is a process of its own: on a busy machine that takes seconds. */
vi.setConfig({ testTimeout: 180_000 })

const nextPassword = 'seven slow boats under the bridge'

let upstream: LiveUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startLiveUpstream()
  gateway = await startGateway({
    upstream: upstream.origin,
    policies: {
      routes: {
        kind: 'routes',
        routes: [
          { name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in', websocket: true },
        ],
      },
      acme: { kind: 'organization', slug: 'acme', name: 'Acme', networks: [{ network: '127.0.0.0/8' }] },
    },
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function cli(...words: string[]): Promise<string> {
  const { code, out, err } = await gateway.cli('reset-campaign', ...words)
  expect(err).toBe('')
  expect(code).toBe(0)
  return out
}

const idIn = (out: string) => /^plan (\S+)/.exec(out)?.[1] ?? 'none'

async function signIn(visitor: PortalVisitor, email: string, password: string): Promise<Reply> {
  const first = await visitor.follow(await visitor.get(`${gateway.appOrigin}/`))
  const second = await visitor.submit(first, { email })
  return visitor.follow(await visitor.submit(second, { password }))
}

function mailTo(email: string, subject: RegExp): string {
  const mail = gateway.running.gateway.mailbox?.list().find(each => each.to === email && subject.test(each.subject))
  return mail?.text ?? ''
}

test('a person with a second factor in an organization with networks is cut off, mailed, and comes back by the link and the code', async () => {
  const account = await gateway.addPerson({ email: 'tess@acme.example', organization: 'acme' })
  const sso = { ...openRules, sso: { required: true, breakGlassEmails: [] } }
  await gateway.running.gateway.rooms.people.organizationAdmin.create(
    { slug: 'provider', name: 'P', rules: sso },
    byTest,
  )
  await gateway.addPerson({ email: 'sam@provider.example', organization: 'provider' })
  const { secondFactors } = gateway.running.gateway.rooms.people
  const { secret, sealed } = secondFactors.newTotp(account)
  await secondFactors.addTotp(account, sealed, codeAt(secret, Date.now() - 30_000), 'Phone', byTest)
  const visitor = createPortalVisitor({ port: gateway.port })
  const asked = await signIn(visitor, account.email, testPassword)
  const end = await visitor.follow(await visitor.submit(asked, { code: codeAt(secret, Date.now()) }))
  expect(end.body).toBe('hello from /')
  const connections = await openConnections(visitor, gateway.port)
  const csv = join(gateway.folder, 'people.csv')
  writeFileSync(
    csv,
    '\ufeffname;e-mail\r\nTess;Tess@ACME.example\r\nSam;sam@provider.example\r\nGhost;ghost@acme.example\r\n',
  )

  const planned = await cli('plan', '--csv', csv)
  expect(planned).toContain('will be flagged: 1 of 2 chosen')
  expect(planned).toContain('excluded: sso 1, invited 0, deleted 0')
  expect(planned).toContain('line 4: ghost@acme.example: no such account')
  await cli('start', idIn(planned), '--reason', 'Passwords were tried.', '--approved-by', 'rin', '--watch')

  // Cut, and refused from the next request on.
  expect(await connections.closed).toBe(4401)
  const probe = await visitor.get(`${gateway.appOrigin}/probe`, {
    headers: { Accept: 'application/json', 'Sec-Fetch-Mode': 'cors' },
  })
  expect(probe.status).toBe(401)
  // The old password opens nothing, whatever is known besides it.
  expect((await signIn(createPortalVisitor({ port: gateway.port }), account.email, testPassword)).status).not.toBe(200)

  await expect.poll(() => mailTo(account.email, /choose a new/i), { timeout: 60_000 }).toContain('/reset?email=')
  const link = /http:\/\/auth\.localhost:\d+\/reset\?email=\S+/.exec(mailTo(account.email, /choose a new/i))?.[0] ?? ''
  const ask = await visitor.get(link)
  expect(ask.body).toContain('value="tess@acme.example"')
  await visitor.submit(ask, { email: account.email })
  await expect.poll(() => mailTo(account.email, /^Choose a new/), { timeout: 60_000 }).toContain('/reset/')
  const ticket = /http:\/\/auth\.localhost:\d+\/reset\/[\w-]+/.exec(mailTo(account.email, /^Choose a new/))?.[0] ?? ''
  const form = await visitor.follow(await visitor.get(ticket))
  expect((await visitor.submit(form, { password: nextPassword })).location).toBe('/sign-in?said=reset')

  const step = await signIn(createPortalVisitor({ port: gateway.port }), account.email, nextPassword)
  expect(step.forms.some(each => each.fields.some(([name]) => name === 'code'))).toBe(true)
  const out = join(gateway.folder, 'evidence.csv')
  await cli('export', idIn(planned), '--out', out)
  expect(readFileSync(out, 'utf8')).toMatch(/"tess@acme\.example","flagged".*"sent".*"\d{4}-\d\d-\d\dT[^"]+Z",""\r\n/)
  const status = await cli('status', idIn(planned))
  expect(status).toContain('finished')
  expect(status).toContain('approved by: rin')
  expect(status).toContain('new password chosen: 1')
  // The WebSocket and the stream.
  expect(status).toContain('sessions ended: 1; open connections cut: 2')
  connections.close()
})

test('what is not said or not known is refused with its reason, and nothing happens', async () => {
  const refused = async (...words: string[]) => (await gateway.cli('reset-campaign', ...words)).err

  expect(await refused('plan')).toContain('say whom')
  expect(await refused('plan', '--organization', 'nowhere')).toContain('there is no organization nowhere')
  expect(await refused('plan', '--network', '300.0.0.0/8')).toContain('300.0.0.0/8 is no network')
  expect(await refused('start', 'nothing', '--reason', 'x', '--approved-by', 'y')).toContain(
    'there is no campaign nothing',
  )
  expect(await refused('start', 'nothing', '--reason', 'x')).toContain('--approved-by is needed')
  expect(await refused('boil', 'nothing')).toContain('there is no act "boil"')
})

test('without a gateway the CLI does the work itself, and the gateway that starts later sends the mails', async () => {
  const account = await gateway.addPerson({ email: 'olga@example.com' })
  const csv = join(gateway.folder, 'olga.csv')
  writeFileSync(csv, 'olga@example.com')
  const { configuration } = gateway
  await gateway.running.close(0)
  const alone = async (...words: string[]) => {
    const { runCli } = await import('../support/cli.ts')
    const config = ['--config', configuration.gatewayFile]
    const result = await runCli(['reset-campaign', ...words, ...config])
    expect(result.err).toBe('')
    return result.out
  }

  const planned = await alone('plan', '--csv', csv)
  const started = await alone('start', idIn(planned), '--reason', 'alone', '--approved-by', 'rin')

  expect(started).toContain('finished')
  expect(started).toContain('flagged: 1 of 1')
  await gateway.restart()
  expect((await gateway.running.gateway.rooms.store.accounts.find(account.id))?.reset).toMatchObject({
    reason: 'alone',
  })
  await expect.poll(() => mailTo('olga@example.com', /choose a new/i), { timeout: 60_000 }).toContain('alone')
})
