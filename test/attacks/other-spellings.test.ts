import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { exchange } from '../support/raw-http.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'

// Routes are compared byte for byte, backends decode, fold and cut: a spelling that only the backend takes for a protected path
// must not come in under the rule of another one (RFC 3986 §6.2.2: %61 is a).

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [
    { name: 'open', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public' },
    { name: 'admin', hosts: ['localhost'], prefix: '/admin', upstream: 'app', access: 'signed-in' },
    { name: 'export', hosts: ['localhost'], exact: '/reports/all', upstream: 'app', access: 'signed-in' },
  ],
}

let upstream: RecordingUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startRecordingUpstream()
  gateway = await startGateway({ upstream: `http://127.0.0.1:${upstream.port}`, policies: { routes } })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream.close()
})
beforeEach(() => upstream.forget())

describe('another spelling of a protected path is refused', () => {
  test.each([
    '/%61dmin/users',
    '/%41dmin/users',
    '/ADMIN/users',
    '/admi%6e',
    '/%2561dmin/users',
    '/admin;x=1/users',
    '/admin%3bx/users',
    '/admin%3fx/users',
    '/admin%23x',
    '/reports/%61ll',
    '/reports/all;x',
    '/Reports/All',
  ])('%s', async path => {
    expect(await ask(path)).toBe(400)
    expect(upstream.heads).toEqual([])
  })
})

describe('a path that is under one rule in every spelling passes as it was sent', () => {
  test.each(['/Open/%7Euser', '/files/C%23;v=1', '/Administration', '/%E7%AE%A1%E7%90%86'])('%s', async path => {
    expect(await ask(path)).toBe(200)
    expect(upstream.requests.map(request => request.target)).toEqual([path])
  })
})

async function ask(path: string): Promise<number | undefined> {
  return (await exchange({ port: gateway.port }, `GET ${path} HTTP/1.1\r\nHost: localhost:${gateway.port}\r\n\r\n`))
    ?.status
}
