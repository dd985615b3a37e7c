import { expect, test } from 'vitest'
import { startGateway } from '../support/gateway.ts'
import { exchange } from '../support/raw-http.ts'

// The mailbox shows every reset link and every code to whoever opens it.

test('a gateway behind a real origin shows nobody the mails, also when none was configured to send them', async () => {
  await using gateway = await startGateway({
    upstream: 'http://127.0.0.1:9',
    policies: {
      routes: {
        kind: 'routes',
        routes: [{ name: 'app', hosts: ['app.example.com'], prefix: '/', upstream: 'app', access: 'signed-in' }],
      },
    },
    gateway: { portal: { origin: 'https://auth.example.com' }, development: { insecureCookies: false } },
  })
  await gateway.addPerson({ email: 'alice@example.com' })

  for (const path of ['/mailbox', '/mailbox/1']) {
    const answer = await exchange({ port: gateway.port }, `GET ${path} HTTP/1.1\r\nHost: auth.example.com\r\n\r\n`)

    expect(answer?.status, path).toBe(404)
  }
})
