import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Rooms, startRooms } from '../proxy/rooms.ts'
import { connectRaw, exchange } from '../support/raw-http.ts'
import { okAnswer, type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'
import { type AnswerAttack, answerAttacks } from './wire/answers.ts'

// What an application may answer, and what of it reaches the client: whole, visibly broken, or not at all.

let upstream: RecordingUpstream
let rooms: Rooms
let cleans = 0

beforeAll(async () => {
  upstream = await startRecordingUpstream()
  rooms = await startRooms({ upstreamPort: upstream.port })
})
afterAll(async () => {
  await rooms[Symbol.asyncDispose]()
  await upstream.close()
})

async function play({ bytes, close, method = 'GET', broken }: AnswerAttack) {
  upstream.forget()
  rooms.forget()
  upstream.answer(({ target }) =>
    target === '/attack' ? { bytes, after: close === true ? 'close' : 'keep' } : okAnswer,
  )
  await using client = await connectRaw({ port: rooms.port, methods: [method] })
  await client.send(`${method} /attack HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
  if (broken === true) await client.closes()
  else await client.response().catch(() => null)
  const carried = upstream.heads.at(0)?.connection
  const clean = await exchange({ port: rooms.port }, `GET /clean-${++cleans} HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
  const reused = upstream.heads.some(({ target, connection }) => target !== '/attack' && connection === carried)
  const answer = client.responses.find(({ status }) => status >= 200)
  return { answer, received: client.received(), closed: client.isClosed, clean, reused }
}

function expectClean({ clean }: Awaited<ReturnType<typeof play>>): void {
  expect([clean?.status, `${clean?.body}`]).toEqual([200, 'ok'])
}

describe('answered 502, and its connection is not used again', () => {
  test.each(answerAttacks.filter(({ refused }) => refused))('$name', async attack => {
    const seen = await play(attack)

    expect(seen.answer?.status).toBe(502)
    expect(seen.answer?.complete).toBe(true)
    for (const text of attack.without ?? []) expect(seen.received).not.toContain(text)
    expect(rooms.faults.map(({ rule }) => rule)).toEqual([expect.stringMatching(/^answer-/)])
    expect(seen.reused).toBe(false)
    expectClean(seen)
  })
})

describe('handed on as broken, never as whole', () => {
  test.each(answerAttacks.filter(({ broken }) => broken))('$name', async attack => {
    const seen = await play(attack)

    expect(seen.closed).toBe(true)
    expect(seen.answer?.complete).not.toBe(true)
    expect(seen.reused).toBe(false)
    expectClean(seen)
  })
})

describe('handed on as what it is, and no more', () => {
  test.each(answerAttacks.filter(({ reads }) => reads !== undefined))('$name', async attack => {
    const seen = await play(attack)

    expect(seen.answer?.status).toBe(attack.reads?.status)
    expect([seen.answer?.complete, seen.answer?.faults]).toEqual([true, []])
    expect(`${seen.answer?.body}`).toBe(attack.reads?.body)
    for (const text of attack.without ?? []) expect(seen.received).not.toContain(text)
    if (attack.dropped === true) expect(seen.reused).toBe(false)
    expectClean(seen)
  })
})

test('no two are the same', () => {
  expect(new Set(answerAttacks.map(({ name }) => name)).size).toBe(answerAttacks.length)
  expect(answerAttacks.length).toBeGreaterThan(70)
})
