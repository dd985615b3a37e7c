import { argon2Sync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createPasswords, type HashCost, type PasswordsOptions } from '../../src/people/passwords.ts'
import { createPepper, readStoredHash } from '../../src/people/pepper.ts'

const cheap: HashCost = { memoryKib: 64, passes: 1 }
const [first, second, third] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)]
const withKeys = (current: Buffer, previous: readonly Buffer[] = [], more: Partial<PasswordsOptions> = {}) =>
  createPasswords({ cores: 2, cost: cheap, pepper: createPepper(current, previous), ...more })
const text = 'plum orbit ladder'

describe('the key of password hashes', () => {
  test('is needed to try a password: a copy of the store alone is not enough', async () => {
    const hash = await withKeys(first).hash(text)
    const { phc } = readStoredHash(hash)
    expect(await withKeys(first).verify(hash, text)).toBe(true)
    expect(await createPasswords({ cores: 1 }).verify(phc, text)).toBe(false)
    expect(await withKeys(second).verify(phc, text)).toBe(false)
  })

  test('goes into argon2id as its secret (RFC 9106 §3.1): another implementation comes to the same', async () => {
    const pepper = createPepper(first, [])
    const { phc } = readStoredHash(await withKeys(first).hash(text))
    const [, , , , salt = '', tag = ''] = phc.split('$')
    const made = argon2Sync('argon2id', {
      message: text,
      nonce: Buffer.from(salt, 'base64'),
      parallelism: 1,
      tagLength: 32,
      memory: 64,
      passes: 1,
      secret: pepper.current.key,
    })
    expect(made.equals(Buffer.from(tag, 'base64'))).toBe(true)
  })

  test('is named in the hash by what it is, and the name tells nothing of it', async () => {
    const { keyId } = readStoredHash(await withKeys(first).hash(text))
    expect(keyId).toBe(createPepper(first, []).current.id)
    expect(keyId).not.toBe(createPepper(second, []).current.id)
    expect(createPepper(first, []).current.key.toString('base64url')).not.toContain(keyId)
  })

  test('may be changed: hashes under a previous one and under none still verify, and are told to be old', async () => {
    const [older, keyless] = await Promise.all([
      withKeys(first).hash(text),
      createPasswords({ cores: 1, cost: cheap }).hash(text),
    ])
    const now = withKeys(second, [first])
    for (const hash of [older, keyless]) {
      expect(await now.verify(hash, text)).toBe(true)
      expect(await now.verify(hash, 'another')).toBe(false)
      expect(now.isOutdated(hash)).toBe(true)
    }
    expect(now.isOutdated(await now.hash(text))).toBe(false)
  })

  test('that is not there opens nothing, costs the same, and is told to the operator', async () => {
    const missing: string[] = []
    const hash = await withKeys(first).hash(text)
    const without = withKeys(second, [third], { onMissingKey: id => void missing.push(id) })
    expect(await without.verify(hash, text)).toBe(false)
    expect(missing).toEqual([createPepper(first, []).current.id])
  })

  test('is no reason to make a hash anew while it stays, and another cost is', async () => {
    const hash = await withKeys(first).hash(text)
    expect(withKeys(first).isOutdated(hash)).toBe(false)
    expect(withKeys(first, [], { cost: { memoryKib: 128, passes: 1 } }).isOutdated(hash)).toBe(true)
    expect(withKeys(first, [], { cost: { memoryKib: 64, passes: 2 } }).isOutdated(hash)).toBe(true)
  })

  test('and the cost follow a reload', async () => {
    const options = { cores: 1, cost: cheap, pepper: createPepper(first, []) }
    const passwords = createPasswords(options)
    const before = await passwords.hash(text)
    options.pepper = createPepper(second, [first])
    expect(passwords.isOutdated(before)).toBe(true)
    expect(readStoredHash(await passwords.hash(text)).keyId).toBe(options.pepper.current.id)
  })

  test('costs a name without a password the same work: the dummy has the cost of new hashes', async () => {
    expect(await withKeys(first).verify(null, text)).toBe(false)
    const dear = withKeys(first, [], { cost: { memoryKib: 65_536, passes: 4 } })
    const [cheapMs, dearMs] = [
      await timed(() => withKeys(first).verify(null, text)),
      await timed(() => dear.verify(null, text)),
    ]
    expect(dearMs).toBeGreaterThan(cheapMs * 5)
  })
})

async function timed(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return Math.min(...times)
}
