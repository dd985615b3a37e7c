import { describe, expect, test } from 'vitest'
import type { HealthCheckOptions } from '../../src/proxy/health-check.ts'
import { exchange } from '../support/raw-http.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'
import { createTestClock } from '../support/test-clock.ts'
import { startRooms } from './rooms.ts'

const everyMs = 1000

/** Two addresses, of which the first is checked as the test says; the second is always well. */
async function startChecked(options: Partial<HealthCheckOptions> = {}) {
  const clock = createTestClock()
  const checked = await startRecordingUpstream()
  const other = await startRecordingUpstream()
  const rooms = await startRooms({
    clock,
    upstream: { addresses: [url(checked), url(other)], health: { path: '/alive', everyMs, ...options } },
  })
  return {
    clock,
    checked,
    rooms,
    answer(status: number | null) {
      checked.answer(() =>
        status === null
          ? null
          : { bytes: `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`, after: 'close' },
      )
    },
    /** One round of checks, come to its end. */
    async round() {
      const next = checked.connectionsOpened + 1
      clock.advance(everyMs)
      await checked.untilClosed(next)
    },
    /** What became of it so far. */
    changes: () =>
      rooms.changes.filter(change => change.includes(url(checked))).map(change => change.split(' ').at(-1)),
    async [Symbol.asyncDispose]() {
      await rooms[Symbol.asyncDispose]()
      await checked.close()
      await other.close()
    },
  }
}

describe('an address is taken out', () => {
  test('by so many failures in a row, and brought back by so many successes', async () => {
    await using setup = await startChecked({ unhealthyAfter: 3, healthyAfter: 2 })
    const checks = async (statuses: readonly number[]) => {
      for (const status of statuses) {
        setup.answer(status)
        await setup.round()
      }
    }

    await checks([503, 503, 200, 503, 503, 200])
    expect(setup.changes()).toEqual([])
    await checks([503, 503, 503])
    await expect.poll(setup.changes).toEqual(['aside'])
    await checks([200, 503, 200])
    expect(setup.changes()).toEqual(['aside'])
    await checks([200])
    await expect.poll(setup.changes).toEqual(['aside', 'back'])
  })

  test('for as long as it is found unhealthy, and gets no request meanwhile', async () => {
    await using setup = await startChecked({ unhealthyAfter: 1 })
    setup.answer(503)
    await setup.round()
    await expect.poll(setup.changes).toEqual(['aside'])
    setup.checked.forget()

    // Longer than one that failed a request is left out.
    setup.clock.advance(everyMs - 1)
    for (let minute = 0; minute < 5; minute++) await setup.round()
    for (let i = 0; i < 4; i++) expect(await ask(setup.rooms.port)).toBe(200)

    expect(new Set(setup.checked.requests.map(({ target }) => target))).toEqual(new Set(['/alive']))
    expect(setup.changes()).toEqual(['aside'])
  })

  test('a request that it answers all the same, because no other was left, does not bring it back', async () => {
    const clock = createTestClock()
    await using only = await startRecordingUpstream()
    only.answer(({ target }) => ({
      bytes: `HTTP/1.1 ${target === '/alive' ? 503 : 200} X\r\nContent-Length: 0\r\n\r\n`,
    }))
    await using rooms = await startRooms({
      clock,
      upstream: { addresses: [url(only)], health: { path: '/alive', everyMs, unhealthyAfter: 1 } },
    })
    clock.advance(everyMs)
    await expect.poll(() => rooms.changes).toHaveLength(1)

    expect(await ask(rooms.port)).toBe(200)

    expect(rooms.changes).toEqual([`app ${url(only)} aside`])
  })

  test.each([
    [200, true],
    [302, true],
    [399, true],
    [400, false],
    [401, false],
    [404, false],
    [500, false],
  ])('or not, by the status %i', async (status, healthy) => {
    await using setup = await startChecked({ unhealthyAfter: 1 })
    setup.answer(status)

    await setup.round()
    await setup.round()

    if (healthy) expect(setup.changes()).toEqual([])
    else await expect.poll(setup.changes).toEqual(['aside'])
  })

  test('when it does not answer in time; it is asked once at a time', async () => {
    await using setup = await startChecked({ unhealthyAfter: 1, timeoutMs: 5 * everyMs })
    setup.answer(null)

    setup.clock.advance(everyMs)
    await setup.checked.until(() => true)
    setup.clock.advance(4 * everyMs)
    expect(setup.changes()).toEqual([])
    expect(setup.checked.heads).toHaveLength(1)
    setup.clock.advance(everyMs)

    expect(setup.changes()).toEqual(['aside'])
  })
})

async function ask(port: number): Promise<number | undefined> {
  return (await exchange({ port }, 'GET / HTTP/1.1\r\nHost: gw.test\r\n\r\n'))?.status
}

function url(upstream: RecordingUpstream): string {
  return `http://127.0.0.1:${upstream.port}`
}
