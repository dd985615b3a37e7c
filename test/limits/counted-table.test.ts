import { describe, expect, test } from 'vitest'
import { createCountedTable } from '../../src/limits/counted-table.ts'
import { createTestClock } from '../support/test-clock.ts'

describe('a table of counts', () => {
  test('counts a key until its time ends, which begins with the first count', () => {
    const { table, clock } = start()
    table.add('a', 1, 1000)
    clock.advance(600)
    expect(table.add('a', 2, 1000).count).toBe(3)
    clock.advance(400)
    expect(table.get('a')).toBeNull()
    expect(table.add('a', 1, 1000).count).toBe(1)
  })

  test('never counts below nothing, and forgets what has come to nothing', () => {
    const { table } = start()
    expect(table.add('a', -1, 1000).count).toBe(0)
    table.add('a', 1, 1000)
    expect(table.add('a', -3, 1000).count).toBe(0)
    expect(table.size).toBe(0)
  })

  test('begins a time anew only when it is told to', () => {
    const { table, clock } = start()
    table.add('a', 1, 1000)
    clock.advance(900)
    table.put('a', 7, 1000)
    clock.advance(900)
    expect(table.get('a')?.count).toBe(7)
  })

  test('holds a count without end until it is deleted', () => {
    const { table, clock } = start()
    table.add('a', 1, Number.POSITIVE_INFINITY)
    clock.advance(1e12)
    expect(table.get('a')?.count).toBe(1)
    expect([table.delete('a'), table.delete('a')]).toEqual([true, false])
  })
})

describe('its bound', () => {
  test('holds, whatever comes', () => {
    const { table } = start()
    for (let i = 0; i < 10_000; i++) table.add(`key ${i}`, 1 + (i % 7), 1000)
    expect(table.size).toBeLessThanOrEqual(keysMax + 1) // and the one that newcomers share
  })

  test('lets go of what has ended before anything else', () => {
    const { table, clock } = start()
    for (let i = 0; i < keysMax; i++) table.add(`old ${i}`, 4, 1000)
    clock.advance(1000)
    for (let i = 0; i < keysMax; i++) table.add(`new ${i}`, 1, 1000)
    expect(Array.from({ length: keysMax }, (_, i) => table.get(`new ${i}`)?.count)).toEqual(Array(keysMax).fill(1))
  })

  test('never lets go of a count that has reached its limit; newcomers then share one', () => {
    const { table } = start()
    for (let i = 0; i < keysMax; i++) table.add(`full ${i}`, limit, 1000)

    const counts = [1, 2, 3].map(i => table.add(`new ${i}`, 1, 1000).count)

    expect(counts).toEqual([1, 2, 3])
    for (let i = 0; i < keysMax; i++) expect(table.get(`full ${i}`)?.count).toBe(limit)
  })

  test('lets go of small counts, so that a flood of ones does not wash out what is nearly full', () => {
    const { table } = start()
    table.add('guessed at', limit - 1, 1000)
    for (let i = 0; i < 10_000; i++) table.add(`made up ${i}`, 1, 1000)
    expect(table.get('guessed at')?.count).toBe(limit - 1)
  })
})

const keysMax = 100
const limit = 5

function start() {
  const clock = createTestClock()
  return { clock, table: createCountedTable({ clock, keysMax, fullAt: limit }) }
}
