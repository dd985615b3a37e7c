import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptValue, closeFrame, createFrameCounter, isHandshakeKey } from '../../src/wire/ws-frames.ts'

const payload = fc.oneof(fc.integer({ min: 0, max: 130 }), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000))
const frames = fc.array(fc.record({ length: payload, masked: fc.boolean() }), { minLength: 1, maxLength: 5 })

describe('frame boundaries', () => {
  test('are found wherever the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 12 }), (sizes, cuts) => {
        const built = sizes.map(frame)
        const bytes = Buffer.concat(built)
        const ends = new Set([0])
        for (const one of built) ends.add([...ends].at(-1) ?? 0).add(([...ends].at(-1) ?? 0) + one.length)
        const counter = createFrameCounter()
        let at = 0
        for (const cut of [...cuts, bytes.length]) {
          const piece = bytes.subarray(at, at + cut)
          counter.count(piece)
          at += piece.length
          expect(counter.countToBoundary(Buffer.alloc(0)) === 0).toBe(ends.has(at))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('the end of an open frame is found in the bytes that follow', () => {
    const bytes = Buffer.concat([frame({ length: 300, masked: false }), frame({ length: 5, masked: false })])
    const counter = createFrameCounter()
    counter.count(bytes.subarray(0, 100))

    expect(counter.countToBoundary(bytes.subarray(100, 200))).toBe(-1)
    expect(counter.countToBoundary(bytes.subarray(200))).toBe(304 - 200)
    expect(counter.countToBoundary(bytes.subarray(304))).toBe(0)
  })

  test('a head that came in part is an open frame', () => {
    const counter = createFrameCounter()
    counter.count(Buffer.from([0x82]))

    expect(counter.countToBoundary(Buffer.from([0x01]))).toBe(-1)
    expect(counter.countToBoundary(Buffer.from([0xff]))).toBe(1)
  })
})

describe('close frames', () => {
  test('carry code and reason unmasked, as a server sends them', () => {
    expect(closeFrame(4401, 'r-1')).toEqual(Buffer.from([0x88, 5, 0x11, 0x31, ...Buffer.from('r-1')]))
  })

  test('hold no more than a control frame can, and no cut character', () => {
    const frame = closeFrame(4403, '再設定'.repeat(30))

    expect(frame.length).toBeLessThanOrEqual(127)
    expect(frame[1]).toBe(frame.length - 2)
    expect(frame.subarray(4).toString('utf8')).not.toContain('\ufffd')
  })
})

test('the accept value is that of RFC 6455', () => {
  expect(acceptValue('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
})

test.each([
  ['dGhlIHNhbXBsZSBub25jZQ==', true],
  ['dGhlIHNhbXBsZSBub25jZR==', false],
  ['dGhlIHNhbXBsZSBub25jZQ', false],
  ['', false],
  ['dGhlIHNhbXBsZSBub25jZSBsb25nZXI=', false],
])('%j is a handshake key: %j', (key, expected) => {
  expect(isHandshakeKey(key)).toBe(expected)
})

function frame({ length, masked }: { length: number; masked: boolean }): Buffer {
  const mask = masked ? [1, 2, 3, 4] : []
  const bit = masked ? 0x80 : 0
  const short = length < 126 ? length : length < 65_536 ? 126 : 127
  const extended = Buffer.alloc(short === 126 ? 2 : short === 127 ? 8 : 0)
  if (short === 126) extended.writeUInt16BE(length)
  if (short === 127) extended.writeBigUInt64BE(BigInt(length))
  return Buffer.concat([Buffer.from([0x82, bit | short]), extended, Buffer.from(mask), Buffer.alloc(length, 7)])
}
