import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'

// Whoever reads the log, or may ask for a receipt, must not be able to take an account over with what stands there.

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    upstream: 'http://127.0.0.1:9',
    policies: {
      routes: {
        kind: 'routes',
        routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
      },
    },
  })
})
afterAll(() => gateway[Symbol.asyncDispose]())

test('the ticket of a reset link stands neither in the log nor in the record of a refusal', async () => {
  await gateway.addPerson({ email: 'owner@example.com' })
  const visitor = createPortalVisitor({ port: gateway.port })
  await visitor.submit(await visitor.get(`${gateway.portalOrigin}/reset`), { email: 'owner@example.com' })
  const link = await mailedLink(gateway)
  const ticket = link.split('/').at(-1) ?? 'none'

  const opened = await visitor.get(link)
  const refused = await visitor.post(link, {}, { headers: { 'Sec-Fetch-Mode': 'cors', Accept: 'application/json' } })

  expect(opened.location).toBe('/reset/choose')
  const { receipt } = JSON.parse(refused.body)
  const logged = () => readFileSync(join(gateway.folder, 'gateway.log'), 'utf8')
  await expect.poll(logged).toContain(`"receipt":"${receipt}"`)
  expect(logged()).not.toContain(ticket)
  const record = await gateway.running.gateway.rooms.receipts.find(receipt)
  expect(record?.path).toMatch(/^\/reset\//)
  expect(JSON.stringify(record)).not.toContain(ticket)
})

async function mailedLink({ running, portalOrigin }: TestGateway): Promise<string> {
  const { outbox } = running.gateway.rooms.store
  const mails = await outbox.list('all', 10)
  const url = String(mails.find(mail => mail.notice.kind === 'reset_ticket')?.notice.facts['ticketUrl'])
  expect(url.startsWith(`${portalOrigin}/reset/`)).toBe(true)
  return url
}
