import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { gatherLines } from '../../src/journal/gathered-lines.ts'
import { createLog } from '../../src/journal/log.ts'
import { type AnsweredRequest, createRequestLine } from '../../src/journal/request-line.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { tempFolder } from '../stores/temp-folder.ts'
import { createTestClock } from '../support/test-clock.ts'

const request: AnsweredRequest = {
  receipt: 'a1b2c3d4-00000a',
  method: 'GET',
  host: 'chat.example',
  path: '/messages',
  status: 200,
  address: '203.0.113.7',
  durationMs: 1.23456,
  verdict: 'allow',
  accountId: 'account-1',
  route: 'chat',
}

describe('the line of a request', () => {
  test('holds what was told, with its time and level, in one line', () => {
    const line = createRequestLine(512)(request, Date.UTC(2026, 10, 22, 0, 50))

    expect(line.endsWith('}\n')).toBe(true)
    expect(JSON.parse(line)).toEqual({
      level: 'info',
      time: '2026-11-22T00:50:00.000Z',
      event: 'request',
      ...request,
      durationMs: 1.23,
    })
  })

  test.each([
    ['a quote', 'a"b'],
    ['a backslash', 'a\\'],
    ['a line break', 'a\n{"event":"forged"}'],
    ['a line break that only JavaScript knows', 'a\u2028b'],
    ['a control character', 'a\u0000b\u007f'],
    ['letters beyond ASCII', 'ü日本'],
    ['half a character', '\ud800'],
  ])('cannot be broken or forged by %s', (_, text) => {
    const line = createRequestLine(512)({ ...request, path: text, host: text, route: text, accountId: null }, 0)

    expect(line.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(line)).toMatchObject({ path: text, host: text, route: text, accountId: null, event: 'request' })
  })

  test('is bounded, whatever a client sends', () => {
    const line = createRequestLine(512)({ ...request, path: 'x'.repeat(10_000) }, 0)

    expect(JSON.parse(line).path).toBe(`${'x'.repeat(512)}…`)
  })

  test('tells the time of each request, not of the first', () => {
    const lineOf = createRequestLine(512)

    expect([lineOf(request, 0), lineOf(request, 0), lineOf(request, 1)].map(line => JSON.parse(line).time)).toEqual([
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.001Z',
    ])
  })
})

describe('lines that are gathered', () => {
  test('leave together, in order, a moment after the first', () => {
    const clock = createTestClock()
    const left: string[] = []
    const lines = gatherLines(clock.after, (text, count) => left.push(`${count}: ${text}`))

    lines.add('a\n')
    lines.add('b\n')
    expect(left).toEqual([])
    clock.advance(10)
    clock.advance(100)

    expect(left).toEqual(['2: a\nb\n'])
  })

  test('do not wait when they are many', () => {
    const left: number[] = []
    const lines = gatherLines(createTestClock().after, (_, count) => left.push(count))

    for (let i = 0; i < 100; i++) lines.add('x'.repeat(1024))

    expect(left).toEqual([64])
  })
})

test('nothing is lost or overtaken when the log is closed', async () => {
  using folder = tempFolder()
  const file = folder.file('gate.log')
  const log = createLog({ level: 'info', file })

  log.request(request)
  log.write('info', 'sign_in', {})
  log.request(request)
  log.write('warn', 'fault', { receipt: request.receipt })
  log.write('info', 'mail', {})
  log.request(request)
  await log.close()

  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const events = ['request', 'sign_in', 'request', 'fault', 'mail', 'request']
  expect(lines.map(line => JSON.parse(line).event)).toEqual(events)
})

test('below its level no request is written', async () => {
  using folder = tempFolder()
  const file = folder.file('gate.log')
  const log = createLog({ level: 'warn', file })

  log.request(request)
  log.write('warn', 'fault', {})
  await log.close()

  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1)
})

test('a request that ends after the log was closed is lost, and breaks nothing', async () => {
  using folder = tempFolder()
  const log = createLog({ level: 'info', file: folder.file('gate.log') })
  await log.close()
  const broken: unknown[] = []
  const onBroken = (cause: unknown) => broken.push(cause)
  process.on('uncaughtException', onBroken)
  try {
    log.request(request)
    log.write('info', 'fault', {})
    // Its line would leave by a timer, where nobody catches.
    await new Promise(resolve => systemClock.after(50, () => resolve(null)))
  } finally {
    process.off('uncaughtException', onBroken)
  }

  expect(broken).toEqual([])
  expect(log.dropped()).toBe(2)
})
