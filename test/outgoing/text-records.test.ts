import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTextRecords } from '../../src/outgoing/text-records.ts'
import { createTestClock } from '../support/test-clock.ts'

// The door to the DNS against a name server on the loopback (RFC 1035), which says what each test wants.

interface Said {
  readonly code?: number
  /** Each record as its strings. */
  readonly records?: readonly (readonly string[])[]
}

let server: Socket
let port: number
let said: Said | 'silence'
const clock = createTestClock()
const asked: string[] = []

beforeEach(async () => {
  asked.length = 0
  server = createSocket('udp4', (question, { port: from, address }) => {
    const { name, end } = readName(question)
    asked.push(`${name} ${question.readUInt16BE(end)}`)
    if (said !== 'silence') server.send(answer(question.subarray(0, end + 4), said), from, address)
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  port = server.address().port
})
afterEach(() => void server.close())

const read = (name = '_sekisho.corp.example') => createTextRecords({ clock, servers: [`127.0.0.1:${port}`] })(name)

describe('text records of the DNS', () => {
  test('come as they stand there, each whole although it is written in several strings', async () => {
    said = { records: [['v=spf1 -all'], ['sekisho-', 'verification=', 'token'], [''], ['x'.repeat(255), 'y']] }
    const texts = ['v=spf1 -all', 'sekisho-verification=token', '', `${'x'.repeat(255)}y`]
    expect(await read()).toEqual({ kind: 'found', texts })
    expect(asked).toEqual(['_sekisho.corp.example 16'])
  })

  test.each([
    ['the name does not exist (NXDOMAIN)', { code: 3 }],
    ['the name has no text (no data)', {}],
  ])('are none when %s', async (_, says) => {
    said = says
    expect(await read()).toEqual({ kind: 'none' })
  })

  test.each([
    ['is broken (SERVFAIL)', { code: 2 }, 'ESERVFAIL'],
    ['refuses (REFUSED)', { code: 5 }, 'EREFUSED'],
  ])('are unknown, not none, when the name server %s', async (_, says, why) => {
    said = says
    expect(await read()).toEqual({ kind: 'failed', why: expect.stringContaining(why) })
  })

  test('are given up after five seconds when nobody answers', async () => {
    said = 'silence'
    const reading = read()
    await once(server, 'message')
    clock.advance(5_000)
    expect(await reading).toEqual({ kind: 'failed', why: expect.stringContaining('ECANCELLED') })
  })

  test('of a name that no name server could be asked for are unknown, and nothing is thrown', async () => {
    said = { code: 3 }
    expect((await read(`${'a'.repeat(64)}.example`)).kind).toBe('failed')
    expect(asked).toEqual([])
  })
})

function readName(message: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.'), end: at + 1 }
}

function answer(question: Buffer, { code = 0, records = [] }: Said): Buffer {
  const message = Buffer.from(question)
  message.writeUInt16BE(0x8180 | code, 2)
  message.writeUInt16BE(records.length, 6)
  message.writeUInt16BE(0, 8)
  message.writeUInt16BE(0, 10)
  const rows = records.map(strings => {
    const data = Buffer.concat(strings.map(text => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])))
    // The name as a pointer to the question's, type TXT, class IN, one minute.
    const head = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 0])
    head.writeUInt16BE(data.length, 10)
    return Buffer.concat([head, data])
  })
  return Buffer.concat([message, ...rows])
}
