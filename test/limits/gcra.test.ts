import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createGcra } from '../../src/limits/gcra.ts'
import { createTestClock } from '../support/test-clock.ts'

const tenPerSecond = { quota: 10, windowMs: 1000, burst: 5 }

describe('one budget', () => {
  test('lets the burst through at once, and then one for each unit of time', () => {
    const clock = createTestClock()
    const gcra = createGcra({ clock, rate: tenPerSecond, keysMax: 10 })

    const atOnce = Array.from({ length: 7 }, () => gcra.spend('a').spent)
    clock.advance(100)
    const later = [gcra.spend('a').spent, gcra.spend('a').spent]

    expect(atOnce).toEqual([false, false, false, false, false, true, true])
    expect(later).toEqual([false, true])
  })

  test('says how much is left and how long to wait, and who waits so long gets through', () => {
    const clock = createTestClock()
    const gcra = createGcra({ clock, rate: { quota: 7, windowMs: 60_000, burst: 3 }, keysMax: 10 })

    expect([1, 2, 3].map(() => gcra.spend('a').left)).toEqual([2, 1, 0])
    const refused = gcra.spend('a')
    expect(refused).toEqual({ spent: true, retryAfterMs: 8572, left: 0, quota: 7, windowSeconds: 60 })

    clock.advance(refused.retryAfterMs - 2)
    expect(gcra.spend('a').spent).toBe(true)
    clock.advance(2)
    expect(gcra.spend('a').spent).toBe(false)
  })

  test('a refused try takes nothing: hammering does not lengthen the wait', () => {
    const clock = createTestClock()
    const gcra = createGcra({ clock, rate: tenPerSecond, keysMax: 10 })
    for (let i = 0; i < 1000; i++) gcra.spend('a')

    clock.advance(100)

    expect(gcra.spend('a').spent).toBe(false)
  })

  test('peeking takes nothing and tells what spending would', () => {
    const clock = createTestClock()
    const gcra = createGcra({ clock, rate: tenPerSecond, keysMax: 10 })

    for (let i = 0; i < 100; i++) expect(gcra.peek('a').spent).toBe(false)
    expect(gcra.size).toBe(0)
    for (let i = 0; i < 5; i++) gcra.spend('a')

    expect(gcra.peek('a')).toEqual(gcra.spend('a'))
    expect(gcra.peek('a').spent).toBe(true)
  })

  test('a window of parts of a second is told as the next whole one', () => {
    const gcra = createGcra({ clock: createTestClock(), rate: { quota: 1, windowMs: 1500, burst: 1 }, keysMax: 10 })
    expect(gcra.peek('a').windowSeconds).toBe(2)
  })

  test('keys do not touch each other', () => {
    const clock = createTestClock()
    const gcra = createGcra({ clock, rate: tenPerSecond, keysMax: 10 })
    for (let i = 0; i < 6; i++) gcra.spend('a')

    expect(gcra.spend('b').spent).toBe(false)
  })

  test('names that objects carry from birth are keys like any other', () => {
    const gcra = createGcra({ clock: createTestClock(), rate: tenPerSecond, keysMax: 10 })
    for (const key of ['__proto__', 'constructor', '']) expect(gcra.spend(key)).toMatchObject({ spent: false, left: 4 })
  })

  test('in no stretch of time more passes than the burst and what came back in it', () => {
    fc.assert(
      fc.property(
        fc.record({
          quota: fc.integer({ min: 1, max: 50 }),
          windowMs: fc.integer({ min: 1, max: 5000 }),
          burst: fc.integer({ min: 1, max: 20 }),
        }),
        fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 150 }),
        (rate, pauses) => {
          const clock = createTestClock()
          const gcra = createGcra({ clock, rate, keysMax: 10 })
          const passed: number[] = []
          for (const pause of pauses) {
            clock.advance(pause)
            if (!gcra.spend('a').spent) passed.push(clock.monotonicMs())
          }
          passed.forEach((from, i) => {
            passed.slice(i).forEach((to, more) => {
              const allowed = rate.burst + ((to - from) * rate.quota) / rate.windowMs
              expect(more + 1).toBeLessThanOrEqual(allowed + 1e-6)
            })
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  test('what was told as the wait is neither too short nor a millisecond too long', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 50 }),
        (quota, windowMs, burst) => {
          const clock = createTestClock()
          const gcra = createGcra({ clock, rate: { quota, windowMs, burst }, keysMax: 10 })
          for (let i = 0; i < burst; i++) expect(gcra.spend('a').spent).toBe(false)
          const { retryAfterMs } = gcra.spend('a')

          clock.advance(retryAfterMs - 1)
          const early = gcra.peek('a').spent
          clock.advance(1)

          expect([early, gcra.peek('a').spent]).toEqual([retryAfterMs > 1 || early, false])
        },
      ),
    )
  })
})

describe('the table is bounded', () => {
  const rate = { quota: 1, windowMs: 1000, burst: 2 }

  test('it never holds more keys than it may, whatever comes', () => {
    const gcra = createGcra({ clock: createTestClock(), rate, keysMax: 100 })
    for (let i = 0; i < 10_000; i++) gcra.spend(`key ${i}`)
    expect(gcra.size).toBe(100)
  })

  test('newcomers to a full table share one bucket: they are neither let through free nor all refused', () => {
    const gcra = createGcra({ clock: createTestClock(), rate, keysMax: 100 })
    for (let i = 0; i < 100; i++) gcra.spend(`key ${i}`)

    const passed = Array.from({ length: 1000 }, (_, i) => gcra.spend(`newcomer ${i}`)).filter(({ spent }) => !spent)

    expect(passed).toHaveLength(20) // ten times the burst of one key
  })

  test('keys in use keep their budget while strangers flood the table', () => {
    const gcra = createGcra({ clock: createTestClock(), rate, keysMax: 100 })
    gcra.spend('victim')
    gcra.spend('victim')

    for (let i = 0; i < 10_000; i++) gcra.spend(`stranger ${i}`)

    expect(gcra.spend('victim').spent).toBe(true)
  })

  test('idle keys make room for newcomers', () => {
    const clock = createTestClock()
    const gcra = createGcra({ clock, rate, keysMax: 100 })
    for (let i = 0; i < 100; i++) gcra.spend(`old ${i}`)

    clock.advance(1000)
    const passed = Array.from({ length: 100 }, (_, i) => gcra.spend(`new ${i}`))

    expect(passed.every(({ spent, left }) => !spent && left === 1)).toBe(true)
    expect(gcra.size).toBe(100)
  })

  test('idle keys are let go slice by slice while others come, without a full table', () => {
    const clock = createTestClock()
    const gcra = createGcra({ clock, rate, keysMax: 10_000 })
    for (let i = 0; i < 1000; i++) gcra.spend(`old ${i}`)

    clock.advance(1000)
    for (let i = 0; i < 400; i++) gcra.spend(`new ${i}`)

    expect(gcra.size).toBeLessThan(500)
  })

  test('a key that was let go and comes back has a full bucket, as it would have had', () => {
    const clock = createTestClock()
    const gcra = createGcra({ clock, rate, keysMax: 2 })
    gcra.spend('a')
    gcra.spend('b')
    clock.advance(5000)
    gcra.spend('c')
    gcra.spend('d')
    clock.advance(5000)

    expect(gcra.spend('a').left).toBe(1)
  })
})
