import { parseOptions } from '@node-rs/argon2'
import { describe, expect, test } from 'vitest'
import { createPasswords } from '../../src/people/passwords.ts'

const passwords = createPasswords({ cores: 2 })

describe('hashing', () => {
  test('argon2id with 19 MiB, two passes, one lane, and a salt of its own', async () => {
    const [one, other] = await Promise.all([passwords.hash('plum orbit ladder'), passwords.hash('plum orbit ladder')])
    expect(one).not.toBe(other)
    expect(one).toMatch(/^\$argon2id\$v=19\$/)
    expect(parseOptions(one)).toMatchObject({
      memoryCost: 19_456,
      timeCost: 2,
      parallelism: 1,
      outputLen: 32,
      saltLen: 16,
    })
  })

  test('a right password is right, a wrong one wrong', async () => {
    const hash = await passwords.hash('plum orbit ladder')
    expect(await passwords.verify(hash, 'plum orbit ladder')).toBe(true)
    expect(await passwords.verify(hash, 'plum orbit ladder ')).toBe(false)
    expect(await passwords.verify(hash, 'Plum orbit ladder')).toBe(false)
  })

  test('the same text typed with composed and with decomposed letters is one password', async () => {
    const hash = await passwords.hash('caf\u00e9 で会いましょう')
    expect(await passwords.verify(hash, 'cafe\u0301 \u3066\u3099会いましょう')).toBe(true)
  })

  test('every part of a long password counts', async () => {
    const long = 'x'.repeat(255)
    const hash = await passwords.hash(`${long}a`)
    expect(await passwords.verify(hash, `${long}a`)).toBe(true)
    expect(await passwords.verify(hash, `${long}b`)).toBe(false)
  })

  test('a hash that cannot be read is a fault, not a wrong password', async () => {
    await expect(passwords.verify('$argon2id$broken', 'plum orbit ladder')).rejects.toThrow()
  })
})

describe('an unknown name', () => {
  test('costs the same work as a known one, and is never right', async () => {
    // The dummy has to be verified at the parameters of real hashes: the time of a wrong name is that of a wrong password.
    const real = await passwords.hash('plum orbit ladder')
    const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
    for (let i = 0; i < 15; i++) {
      // In turn, so that whatever else the machine does falls on both.
      times.known.push(await durationMs(() => passwords.verify(real, 'wrong')))
      times.unknown.push(await durationMs(() => passwords.verify(null, 'wrong')))
    }
    const ratio = median(times.unknown) / median(times.known)
    expect(ratio).toBeGreaterThan(0.4)
    expect(ratio).toBeLessThan(2.5)
  })

  test('does not become right by the password that the dummy was made from', async () => {
    expect(await passwords.verify(null, 'nobody has this password')).toBe(false)
  })
})

describe('bounds', () => {
  test('a password too long to be anybody’s is wrong without being computed', async () => {
    // Whatever is computed against this hash is rejected.
    expect(await passwords.verify('no hash', 'a'.repeat(257))).toBe(false)
    expect(await passwords.verify('no hash', 'あ'.repeat(10_000_000))).toBe(false)
    await expect(passwords.verify('no hash', 'あ'.repeat(256))).rejects.toThrow()
    await expect(passwords.hash('a'.repeat(257))).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('256 code points of any script are computed', async () => {
    const text = '𠮷'.repeat(256)
    expect(await passwords.verify(await passwords.hash(text), text)).toBe(true)
  })

  test('as many as there are cores run, 64 wait, and the next is told to come back', async () => {
    const busy = createPasswords({ cores: 2 })
    // Rejected as soon as it is their turn: quick, and just as much in the way.
    const accepted = Array.from({ length: 66 }, () => busy.verify('no hash', 'x').catch(() => 'had its turn'))
    const refused = await busy.verify(null, 'x').catch((fault: unknown) => fault)
    expect(refused).toMatchObject({ code: 'busy', status: 503, retryAfterSeconds: 2 })
    expect(new Set(await Promise.all(accepted))).toEqual(new Set(['had its turn']))
    expect(await busy.verify(null, 'x')).toBe(false)
  })

  test('a failing computation gives its place back', async () => {
    const one = createPasswords({ cores: 1 })
    await expect(one.verify('broken', 'x')).rejects.toThrow()
    expect(await one.verify(null, 'x')).toBe(false)
  })
})

async function durationMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0
}
