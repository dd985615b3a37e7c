import { createServer } from 'node:http'
import { afterAll, describe, expect, test } from 'vitest'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'
import { isPublic } from '../../src/outgoing/addresses.ts'
import { createOutgoing, type OutgoingRequest } from '../../src/outgoing/outgoing.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { createTestClock } from '../support/test-clock.ts'

const networks = (...texts: readonly string[]) =>
  compileNetworks(texts.map(text => parseNetwork(text)).filter(network => network !== null))
const nobody = networks()

describe('what may be reached', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::1',
    '2001:0:7f00:1::',
    'ff02::1',
    'localhost',
    '127.1',
    '0x7f000001',
  ])('%s is not public', text => {
    expect(isPublic(text, nobody)).toBe(false)
  })

  test.each(['1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', text => {
    expect(isPublic(text, nobody)).toBe(true)
  })

  test('what the operator names, and nothing beside it', () => {
    expect(isPublic('10.0.0.7', networks('10.0.0.7/32'))).toBe(true)
    expect(isPublic('10.0.0.8', networks('10.0.0.7/32'))).toBe(false)
  })
})

describe('a request', async () => {
  const clock = createTestClock()
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['accept-encoding']}`)
    if (request.url === '/large') response.end(Buffer.alloc(100_000, 'x'))
    else if (request.url === '/away') response.writeHead(302, { location: '/large' }).end()
    else if (request.url === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end('not unpacked')
    else if (request.url !== '/silent') response.end('answer')
  })
  const port = await listenOnLoopback(server)
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const loopback = { plainHttp: true, privateNetworks: networks('127.0.0.0/8') }
  const send = (path: string, rules = loopback, about: Partial<OutgoingRequest> = {}) =>
    createOutgoing({ clock, rules: () => rules }).send({
      method: 'GET',
      url: `http://127.0.0.1:${port}${path}`,
      ...about,
    })

  test('is answered once, unpacked by nobody', async () => {
    expect(await send('/')).toMatchObject({ kind: 'answered', status: 200, body: 'answer' })
    expect(await send('/packed')).toMatchObject({ kind: 'answered', body: 'not unpacked' })
    expect(seen).toContain('GET / identity')
  })

  test('follows no redirect', async () => {
    seen.length = 0
    expect(await send('/away')).toMatchObject({ kind: 'answered', status: 302 })
    expect(seen).toHaveLength(1)
  })

  test('takes no answer that is longer than it may be', async () => {
    expect(await send('/large')).toMatchObject({ kind: 'lost', why: expect.stringContaining('longer than') })
  })

  test('waits ten seconds and no longer', async () => {
    const waiting = send('/silent')
    while (!seen.some(line => line.includes('/silent'))) await new Promise(setImmediate)
    clock.advance(10_000)
    expect(await waiting).toMatchObject({ kind: 'lost', why: expect.stringContaining('10 s') })
  })

  test('reaches nothing private by address or by name, and never plain HTTP, unless that is configured', async () => {
    seen.length = 0
    const answers = [
      await send('/', { ...loopback, privateNetworks: nobody }),
      await send('/', { ...loopback, privateNetworks: nobody }, { url: `http://localhost:${port}/` }),
      await send('/', { ...loopback, plainHttp: false }),
      await send('/', loopback, { url: `ftp://127.0.0.1:${port}/` }),
    ]
    expect(answers.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused', 'refused'])
    expect(seen).toEqual([])
  })

  test('of which nobody knows the host, or that nobody takes, has sent nothing', async () => {
    const dead = createServer()
    const deadPort = await listenOnLoopback(dead)
    await new Promise(resolve => dead.close(resolve))
    const refused = await send('/', loopback, { url: `http://127.0.0.1:${deadPort}/` })
    const unknown = await send('/', loopback, { url: 'http://no-such-host.invalid/' })
    expect([refused.kind, unknown.kind]).toEqual(['not_sent', 'not_sent'])
  })

  test('is handed over before it leaves, and does not leave when it may not', async () => {
    seen.length = 0
    expect(await send('/', loopback, { handOver: async () => false })).toEqual({ kind: 'withheld' })
    expect(seen).toEqual([])
  })
})
