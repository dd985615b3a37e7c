import { describe, expect, test } from 'vitest'
import { PendingBytes } from '../../src/wire/pipelined.ts'

const head = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

describe('bytes that wait', () => {
  test('come out as they came in, however they were cut', () => {
    const text = Array.from({ length: 9000 }, (_, i) => String(i)).join(',')
    const pending = new PendingBytes()
    let read = ''
    for (let at = 0, size = 1; at < text.length; at += size, size = (size * 7) % 613 || 1) {
      pending.add(Buffer.from(text.slice(at, at + size)))
      if (size % 3 > 0) continue
      const count = Math.min(pending.length, size * 2)
      read += pending.bytes?.toString('latin1', 0, count)
      pending.take(count)
    }
    expect(read + (pending.bytes?.toString('latin1') ?? '')).toBe(text)
  })

  test('do not change what was read of them before', () => {
    const pending = new PendingBytes()
    pending.add(Buffer.from('one '))
    pending.add(Buffer.from('two '))
    const before = pending.bytes?.subarray(0, 4)
    pending.take(4)
    pending.add(Buffer.from('three'))
    expect([before?.toString(), pending.bytes?.toString()]).toEqual(['one ', 'two three'])
  })

  test('are not copied anew for each byte: a TLS record may hold one, and a turn thousands of records', () => {
    const pending = new PendingBytes()
    const memories = new Set<unknown>()
    for (let i = 0; i < 64 * 1024; i++) {
      pending.add(Buffer.from('a'))
      memories.add(pending.bytes?.buffer)
    }
    expect(memories.size).toBeLessThan(30)
  })
})

describe('heads that wait', () => {
  test.each([1, 7, 8, 9, 27, 1000])('are counted once each in pieces of %i', size => {
    const pending = new PendingBytes()
    const text = head.repeat(20)
    for (let at = 0; at < text.length; at += size) {
      pending.add(Buffer.from(text.slice(at, at + size)))
      pending.hasMoreHeads(10)
    }
    expect([pending.hasMoreHeads(19), pending.hasMoreHeads(20)]).toEqual([true, false])
  })

  test('are no more than those that are left', () => {
    const pending = new PendingBytes()
    pending.add(Buffer.from(head.repeat(20)))
    expect(pending.hasMoreHeads(10)).toBe(true)
    pending.take(head.length * 10)
    expect(pending.hasMoreHeads(9)).toBe(true)
    expect(pending.hasMoreHeads(10)).toBe(false)
  })

  test('are looked for in what is new alone', () => {
    const pending = new PendingBytes()
    pending.add(Buffer.alloc(32 * 1024, 'a'))
    pending.hasMoreHeads(1)
    let searched = 0
    for (let i = 0; i < 1000; i++) {
      pending.add(Buffer.from('a'))
      const { bytes } = pending
      if (bytes === null) continue
      const { indexOf } = Buffer.prototype
      Object.assign(bytes, {
        indexOf(this: Buffer, text: string, from = 0) {
          searched += this.length - from
          return indexOf.call(this, text, from)
        },
      })
      pending.hasMoreHeads(1)
    }
    expect(searched).toBeLessThan(20_000)
  })
})
