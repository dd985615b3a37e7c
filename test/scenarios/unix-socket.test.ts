import { request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startGateway } from '../support/gateway.ts'
import { startLiveUpstream } from '../support/live-upstream.ts'

test('people’s requests may arrive on a Unix socket, where a proxy in front is 127.0.0.1', async () => {
  await using upstream = await startLiveUpstream()
  await using gateway = await startGateway({
    upstream: upstream.origin,
    policies: {
      routes: {
        kind: 'routes',
        routes: [{ name: 'open', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public' }],
      },
    },
    gateway: { listen: { unix: 'gate.sock' }, trustedProxies: { networks: ['127.0.0.1'] } },
  })
  const ask = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const socketPath = join(gateway.folder, 'gate.sock')
      const asking = request({ socketPath, path: '/', headers: { Host: 'localhost', ...headers } }, response => {
        response.resume()
        resolve(response.statusCode)
      })
      asking.once('error', reject).end()
    })

  expect(await ask({})).toBe(200)
  expect(upstream.requests.at(-1)?.headers['x-forwarded-for']).toBe('127.0.0.1')
  expect(await ask({ 'X-Forwarded-For': '192.0.2.7' })).toBe(200)
  expect(upstream.requests.at(-1)?.headers['x-forwarded-for']).toBe('192.0.2.7')
})
