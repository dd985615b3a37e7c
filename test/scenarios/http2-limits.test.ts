import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type GatewaySections, startGateway, type TestGateway } from '../support/gateway.ts'
import {
  codes,
  connectFrames,
  type FrameClient,
  frameTypes,
  headersFrame,
  requestFields,
  resetFrame,
} from '../support/http2-frames.ts'
import { okAnswer, type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'
import { createTestAuthority } from '../support/test-authority.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

// The numbers of HTTP/2 as gateway.yaml says them: a reload changes them for connections to come, and what they end is told to the operator.

let upstream: RecordingUpstream
let clock: TestClock
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startRecordingUpstream()
  upstream.answer(({ target }) => (target === '/silent' ? null : okAnswer))
  clock = createTestClock()
  gateway = await startGateway({
    upstream: `http://127.0.0.1:${upstream.port}`,
    policies: {
      routes: {
        kind: 'routes',
        routes: [{ name: 'open', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public' }],
      },
    },
    clock,
    gateway: sections,
    before(folder) {
      const { pem, key } = createTestAuthority().issue({ names: ['localhost', 'auth.localhost'] })
      writeFileSync(join(folder, 'cert.pem'), pem)
      writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
    },
  })
})
afterEach(() => limit({}))
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

const sections: GatewaySections = {
  portal: { origin: 'https://auth.localhost' },
  development: { insecureCookies: false },
  listen: { address: '127.0.0.1', port: 0, tls: { certificates: [{ cert: 'cert.pem', key: 'key.pem' }] } },
}

async function limit(http2: Readonly<Record<string, number | string>>): Promise<void> {
  gateway.writeGateway({ ...sections, limits: { http2, traffic: { address: { off: true } } } })
  await gateway.running.reload()
}

const asking = (path = '/', more: Parameters<typeof requestFields>[0] = {}) =>
  requestFields({ ':authority': 'localhost', ':path': path, ...more })
const connect = () => connectFrames(gateway.running.gateway.port ?? 0)

async function refused(cause: string): Promise<number> {
  const text = await gateway.running.gateway.rooms.metrics.text()
  return Number(new RegExp(`^sekisho_refused_messages_total\\{cause="${cause}"\\} ([0-9]+)$`, 'm').exec(text)?.[1] ?? 0)
}

/** What the gateway's SETTINGS say about an identifier. */
async function setting(client: FrameClient, id: number): Promise<number | undefined> {
  const settings = await client.until(({ type, flags }) => type === frameTypes.settings && flags === 0)
  const { payload = Buffer.alloc(0) } = settings ?? {}
  for (let at = 0; at < payload.length; at += 6)
    if (payload.readUInt16BE(at) === id) return payload.readUInt32BE(at + 2)
  return undefined
}

describe('limits.http2', () => {
  test.each([
    ['streams', 3, 100, 7, 7],
    ['window', 4, 256 * 1024, '64KiB', 64 * 1024],
  ] as const)('%s: connections to come are told what is configured', async (key, id, standard, written, read) => {
    await using before = await connect()

    await limit({ [key]: written })

    await using after = await connect()
    expect([await setting(before, id), await setting(after, id)]).toEqual([standard, read])
  })

  const reset = (id: number) => [headersFrame(id, asking('/silent')), resetFrame(id)]
  const whole = (id: number) => [headersFrame(id, asking('/', { ':method': 'HEAD' }))]
  test.each([
    ['opened', 'openedPerSecond', 'http2-opened', whole],
    ['broken', 'brokenPerSecond', 'http2-broken', reset],
  ] as const)('%s: more at once end a connection, and each second brings back as many as %s says', async (...row) => {
    const [key, perSecond, cause, frames] = row
    await limit({ [key]: 20, [perSecond]: 10 })
    await using client = await connect()
    let id = 1
    const send = async (count: number) => {
      for (let i = 0; i < count; i++, id += 2) {
        await client.send(...frames(id))
        // Each on its own, and at its end: nobody may take them for one breath of frames.
        if (frames === whole) await client.status(id)
        if (!(await client.settle())) return false
      }
      return true
    }

    expect(await send(20)).toBe(true)
    clock.advance(1000)
    expect(await send(10)).toBe(true)
    expect(await refused(cause)).toBe(0)

    expect(await send(5)).toBe(false)
    expect(await client.goawayCode()).toBe(codes.enhanceYourCalm)
    expect(await refused(cause)).toBe(1)
  })
})

test('an operator who asks for the receipt of a refused head is told the rule and where it comes from', async () => {
  await using client = await connect()
  await client.send(headersFrame(1, [...asking('/padded'), ['x-a', ' b']]))
  expect(await client.status(1)).toBe(400)
  const body = await client.until(({ type, stream }) => type === frameTypes.data && stream === 1)
  const receipt = /Receipt: (\S+)/.exec(`${body?.payload}`)?.[1] ?? ''

  const told = async () => {
    clock.advance(2000) // receipts are kept once a second
    return (await gateway.cli('explain', receipt)).out
  }
  await expect.poll(told, { timeout: 20_000 }).toContain('rule       http2-field (RFC 9113 §8.2.1)')
  expect(await told()).toContain('/padded')
  expect(await refused('http2-field')).toBe(1)
})
