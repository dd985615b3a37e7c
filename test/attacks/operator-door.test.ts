import { readFileSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { parseEmail } from '../../src/people/email.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
}

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startGateway({ upstream: 'http://127.0.0.1:9', policies: { routes } })
  await gateway.addPerson({ email: 'eve@example.com', name: 'Eve \u202efdp.exe' })
})
afterAll(() => gateway[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly body: string
}

function post(to: { socketPath: string } | { host: string; port: number }, path: string, body: string) {
  return new Promise<Answer>((resolve, reject) => {
    const headers = { Host: 'operator', 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
    const outgoing = request({ ...to, method: 'POST', path, headers }, incoming => {
      let text = ''
      incoming.on('data', chunk => {
        text += String(chunk)
      })
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text }))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function overSocket(path: string, body: Readonly<Record<string, unknown>>): Promise<Answer> {
  const { socketPath } = gateway.running.gateway.operator
  return post({ socketPath }, path, JSON.stringify(body))
}

async function eve() {
  const { store } = gateway.running.gateway.rooms
  const parsed = parseEmail('eve@example.com')
  return parsed === null ? null : store.accounts.findByEmail(parsed.key)
}

describe('a refused input has changed nothing', () => {
  test.each([
    ['exempt', { reason: 'travels', untl: '2026-12-01T00:00:00Z' }],
    ['suspend', { reason: 'x' }],
    ['roles', { roles: ['administrator'], organisation: 'acme' }],
    ['roles', { roles: [] }],
  ])('%s with %o', async (act, fields) => {
    const before = await eve()

    const answer = await overSocket(`/api/users/${act}`, { email: 'eve@example.com', ...fields })

    expect(answer.status).toBe(422)
    expect(await eve()).toEqual(before)
  })
})

describe('without the token', () => {
  test('nobody makes the operators’ port hold a large body', async () => {
    const [host = '', port = ''] = gateway.running.gateway.operator.address.split(':')

    const answer = await post({ host, port: Number(port) }, '/api/users', 'x'.repeat(1_000_000))

    expect(answer.status).toBe(413)
  })
})

describe('what others have written', () => {
  test('turns no text around in a terminal', async () => {
    const table = await gateway.cli('users', 'list')
    const json = await gateway.cli('users', 'list', '--json')

    expect(table.out).toContain('eve@example.com')
    expect(`${table.out}${json.out}`).not.toMatch(/[\u0080-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/)
    expect(JSON.stringify(JSON.parse(json.out)), 'the value itself is not lost').toContain('\u202e')
  })
})

test('the log, the store and the root key are for the gateway’s own user alone', () => {
  const files = ['gateway.log', 'data/sekisho.db', 'data/root.key', 'data/operator.sock']

  for (const file of files) expect(statSync(join(gateway.folder, file)).mode & 0o077, file).toBe(0)
  expect(readFileSync(join(gateway.folder, 'gateway.log'), 'utf8')).toContain('started')
})
