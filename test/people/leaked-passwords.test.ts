import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createOutgoing } from '../../src/outgoing/outgoing.ts'
import { createLeakedApi } from '../../src/people/leaked-api.ts'
import { createLeakedFile } from '../../src/people/leaked-file.ts'
import { createLeakedFolder } from '../../src/people/leaked-folder.ts'
import { createLeakedPasswords, type LeakList, type LeakSource, sha1Of } from '../../src/people/leaked-passwords.ts'
import { tempFolder } from '../stores/temp-folder.ts'
import { rangeOf, singleFile, writeRangeFolder } from '../support/range-lists.ts'
import { createTestClock } from '../support/test-clock.ts'

const folder = tempFolder()
afterAll(() => folder[Symbol.dispose]())
const known = { password: 9_659_365, 'plum orbit ladder': 3 }

describe('a folder of ranges', () => {
  const path = folder.file('ranges')
  beforeEach(() => {
    rmSync(path, { recursive: true, force: true })
    writeRangeFolder(path, known)
  })

  test('says how often a password was seen, and zero of one that is not in its range', async () => {
    await using list = createLeakedFolder({ path })
    expect(await list.count(sha1Of('password'))).toBe(9_659_365)
    expect(await list.count(`${sha1Of('password').slice(0, 5)}${'0'.repeat(35)}`)).toBe(0)
  })

  test('that lacks a range, or holds something else in one, cannot say', async () => {
    await using list = createLeakedFolder({ path })
    await expect(list.count('ABCDE'.padEnd(40, '0'))).rejects.toThrow('ABCDE.txt')
    writeFileSync(`${path}/00000.txt`, 'what is this\n')
    await expect(list.probe()).rejects.toThrow('digits')
  })
})

describe('the range API', () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {}
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  afterAll(() => server.close())
  const range = (request: IncomingMessage, response: ServerResponse) =>
    response.end(rangeOf(request.url?.slice(-5) ?? '', known))
  beforeEach(() => {
    requests.length = 0
    answer = range
  })

  /** Over the real client of the house, as the composition builds it. */
  async function open(clock = systemClock, wholeMs = 1_000): Promise<LeakList> {
    if (!server.listening) await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const loopback = [parseNetwork('127.0.0.1/32')].filter(network => network !== null)
    const rules = () => ({ privateNetworks: compileNetworks(loopback), plainHttp: true })
    const outgoing = createOutgoing({ clock: systemClock, rules })
    return createLeakedApi({
      url: `http://127.0.0.1:${address.port}`,
      clock,
      async fetchRange(url) {
        const headers = { 'Add-Padding': 'true' }
        const got = await outgoing.send({ method: 'GET', url, headers, wholeMs, answerBytesMax: 1024 * 1024 })
        if (got.kind !== 'answered') throw new Error('why' in got ? got.why : got.kind)
        return { status: got.status, text: got.body }
      },
    })
  }

  test('is told five digits of the hash and nothing else, and asked to pad its answer', async () => {
    await using list = await open()
    expect(await list.count(sha1Of('password'))).toBe(9_659_365)
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /range/${sha1Of('password').slice(0, 5)}`,
    ])
    expect(requests[0]?.headers['add-padding']).toBe('true')
    expect(JSON.stringify(requests[0]?.rawHeaders)).not.toContain(sha1Of('password').slice(5, 12))
  })

  test('has padding among its rows, which says of nothing that it was seen', async () => {
    answer = (_request, response) => response.end(`${sha1Of('nobody').slice(5)}:0\r\n`)
    await using list = await open()
    expect(await list.count(sha1Of('nobody'))).toBe(0)
  })

  test('is asked once for one prefix, for an hour', async () => {
    const clock = createTestClock()
    await using list = await open(clock)
    for (let i = 0; i < 5; i++) await list.count(sha1Of('password'))
    expect(requests).toHaveLength(1)
    clock.advance(3_600_001)
    await list.count(sha1Of('password'))
    expect(requests).toHaveLength(2)
  })

  test('keeps no more than 256 ranges', async () => {
    await using list = await open()
    const prefix = (i: number) => i.toString(16).toUpperCase().padStart(5, '0').padEnd(40, '0')
    for (let i = 0; i < 257; i++) await list.count(prefix(i))
    await list.count(prefix(256))
    expect(requests).toHaveLength(257)
    await list.count(prefix(0))
    expect(requests).toHaveLength(258)
  })

  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['an error', (_request, response) => response.writeHead(503).end()],
    ['a redirect', (_request, response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end()],
    ['a page', (_request, response) => response.end('<html>sign in to the network</html>')],
    ['more than a mebibyte', (_request, response) => response.end(`${'0'.repeat(35)}:1\r\n`.repeat(40_000))],
    ['a broken connection', (_request, response) => response.destroy()],
  ])('that answers with %s cannot say, and is asked again', async (_what, strange) => {
    answer = strange
    await using list = await open()
    await expect(list.count(sha1Of('password'))).rejects.toThrow()
    answer = range
    expect(await list.count(sha1Of('password'))).toBe(9_659_365)
  })

  test('that does not answer in time cannot say', async () => {
    answer = () => {}
    await using list = await open(systemClock, 50)
    await expect(list.count(sha1Of('password'))).rejects.toThrow('no answer')
  })
})

describe('looking a password up', () => {
  const openAny = (source: LeakSource): LeakList | null => {
    if (source.kind === 'file') return createLeakedFile({ path: source.path, clock: createTestClock() })
    return source.kind === 'folder' ? createLeakedFolder({ path: source.path }) : null
  }
  const open = (source: { now: LeakSource }, troubles: string[] = []) =>
    createLeakedPasswords({
      get source() {
        return source.now
      },
      open: openAny,
      onTrouble: problem => void troubles.push(problem),
    })

  test('finds it however its letters are composed, and never looks for what nobody can have', async () => {
    const path = folder.file('composed.txt')
    writeFileSync(path, singleFile(300, { 'caf\u00e9 au lait 12': 4 }))
    await using leaked = open({ now: { kind: 'file', path } })
    expect(await leaked.look('cafe\u0301 au lait 12')).toEqual({ kind: 'found', count: 4 })
    expect(await leaked.look('something else')).toEqual({ kind: 'not_found' })
    expect(await leaked.look('a'.repeat(100_000))).toEqual({ kind: 'not_found' })
  })

  test('follows the configuration from one list to the next, and to none', async () => {
    const [one, other] = [folder.file('one.txt'), folder.file('other')]
    writeFileSync(one, singleFile(300, { first: 1 }))
    writeRangeFolder(other, { first: 2 })
    const source: { now: LeakSource } = { now: { kind: 'off' } }
    await using leaked = open(source)
    expect(await leaked.look('first')).toEqual({ kind: 'off' })
    source.now = { kind: 'file', path: one }
    expect(await leaked.look('first')).toEqual({ kind: 'found', count: 1 })
    source.now = { kind: 'folder', path: other }
    expect(await leaked.look('first')).toEqual({ kind: 'found', count: 2 })
    source.now = { kind: 'off' }
    expect(await leaked.look('first')).toEqual({ kind: 'off' })
  })

  test('says that it cannot say where the list is gone or is none, and tells the operator why', async () => {
    const troubles: string[] = []
    mkdirSync(folder.file('nothing'), { recursive: true })
    await using leaked = open({ now: { kind: 'folder', path: folder.file('nothing') } }, troubles)
    expect(await leaked.look('password')).toEqual({ kind: 'unavailable' })
    expect(troubles.join()).toContain('.txt')
    expect(troubles.join()).not.toContain('password')
    expect(await leaked.check()).toMatchObject({ kind: 'broken', problem: expect.stringContaining('00000.txt') })
  })

  test('is checked by an entry that every list has', async () => {
    const path = folder.file('checked.txt')
    writeFileSync(path, singleFile(300, known))
    await using leaked = open({ now: { kind: 'file', path } })
    expect(await leaked.check()).toMatchObject({
      kind: 'answers',
      source: `file ${path}`,
      knownEntry: { kind: 'found', count: 9_659_365 },
    })
  })
})
