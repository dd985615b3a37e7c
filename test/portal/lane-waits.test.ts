import { describe, expect, test } from 'vitest'
import { createLaneWaits } from '../../src/portal/lane-waits.ts'
import { createTestClock } from '../support/test-clock.ts'

describe('an answer that waits', () => {
  test('waits as long as it is told, and not at all for nothing', async () => {
    const clock = createTestClock()
    const waits = createLaneWaits({ clock })
    let done = false
    const waiting = waits.wait('192.0.2.1', 2_000).then(() => {
      done = true
    })

    await waits.wait('192.0.2.1', 0)
    clock.advance(1_999)
    await Promise.resolve()
    expect(done).toBe(false)
    clock.advance(1)
    await waiting

    expect(done).toBe(true)
  })

  test('is one of 64 at most from one address; the next is told to come again, and others are not', async () => {
    const clock = createTestClock()
    const waits = createLaneWaits({ clock })
    const waiting = Array.from({ length: 64 }, () => waits.wait('192.0.2.1', 1_000))

    await expect(waits.wait('192.0.2.1', 1_000)).rejects.toMatchObject({ code: 'busy' })
    const other = waits.wait('192.0.2.2', 1_000)
    clock.advance(1_000)
    await Promise.all([...waiting, other])
    const again = waits.wait('192.0.2.1', 1_000)
    clock.advance(1_000)

    await again
  })

  test('is one of 4,096 at most in all: beyond that nobody is made to wait', async () => {
    const clock = createTestClock()
    const waits = createLaneWaits({ clock })
    const waiting = Array.from({ length: 4_096 }, (_, i) => waits.wait(`address ${i >> 5}`, 1_000))

    await waits.wait('192.0.2.9', 1_000)

    clock.advance(1_000)
    await Promise.all(waiting)
  })
})
