import {
  constants,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  X509Certificate,
} from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import { createSeal } from '../../src/lib/seal.ts'
import { type OwnKeyRing, openOwnKeys } from '../../src/sso/own-keys.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { anEntry } from '../contracts/samples.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { createTestClock } from '../support/test-clock.ts'

const clock = createTestClock()
const seal = createSeal(Buffer.alloc(32, 1), secureRandom)
const folder = tempFolder()
let store: SqliteStore
beforeAll(async () => {
  store = await openSqliteStore({ file: folder.file('keys.db'), auditKey, clock })
})
afterAll(async () => {
  await store.close()
  folder[Symbol.dispose]()
})

const openRing = (about: Partial<Parameters<typeof openOwnKeys>[0]> = {}): OwnKeyRing =>
  openOwnKeys({
    ...{ store: store.ownKeys, seal, clock, random: secureRandom },
    commonName: () => 'auth.example.com',
    ...about,
  })
const certificateOf = (text: string) => new X509Certificate(Buffer.from(text, 'base64'))

describe('our keys towards identity providers', () => {
  test('are not made before somebody asks for them', async () => {
    const ring = openRing()
    await ring.refresh()

    expect(await store.ownKeys.list()).toEqual([])
  })

  test('are made once, for all who ask at the same time in two processes: 3072 bits, ten years, sealed', async () => {
    const [here, there] = [openRing(), openRing()]
    const [current, again, elsewhere] = await Promise.all([here.current(), here.current(), there.current()])

    expect([again, elsewhere]).toEqual([current, current])
    const stored = await store.ownKeys.list()
    expect(stored.map(({ state }) => state).toSorted()).toEqual(['current', 'next'])
    for (const key of stored) {
      const { publicKey, validToDate, validFromDate } = certificateOf(key.certificate)
      expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(3_072)
      expect(validToDate.getTime()).toBe(Math.floor(key.endsAt / 1000) * 1000)
      expect(key.endsAt - key.createdAt).toBeGreaterThan(3_650 * 86_400_000)
      expect(validFromDate.getTime()).toBeLessThan(key.createdAt - 1_800_000)
      expect(key.sealedPrivateKey).not.toContain('PRIVATE')
    }
    expect(certificateOf(current.certificate).checkPrivateKey(createPrivateKey(current.privateKeyPem))).toBe(true)
    expect(certificateOf(current.certificate).subject).toBe('CN=auth.example.com')
  })

  test('what is published shows nothing private, the current one first', async () => {
    const published = await openRing().published()

    expect(published.map(({ state }) => state)).toEqual(['current', 'next'])
    expect(JSON.stringify(published)).not.toMatch(/private|sealed/i)
  })

  test('a rotation lets next speak, and everything that is published still decrypts, on another process as well', async () => {
    const [here, there] = [openRing(), openRing()]
    const before = await there.published()
    const encrypted = before.map(({ certificate }) => encryptFor(certificate))

    const after = await here.rotate(anEntry('sso_key_rotated'))

    expect(after.map(({ id, state }) => ({ id, state })).slice(0, 1)).toEqual([{ id: before[1]?.id, state: 'current' }])
    expect(after.find(({ state }) => state === 'previous')?.id).toBe(before[0]?.id)
    expect((await there.current()).certificate).toBe(before[0]?.certificate)
    await there.refresh()
    expect(await there.published()).toEqual(after)
    expect((await there.current()).certificate).toBe(before[1]?.certificate)
    const keys = await there.decryptionKeys()
    expect(keys).toHaveLength(3)
    for (const message of encrypted) expect(keys.map(key => decrypt(key, message))).toContain('for our eyes')
  })

  test('a key that is two rotations old decrypts nothing any more', async () => {
    const ring = openRing()
    const [oldest] = (await ring.published()).filter(({ state }) => state === 'previous')
    const message = encryptFor(oldest?.certificate ?? '')

    await ring.rotate(anEntry('sso_key_rotated'))

    const keys = await ring.decryptionKeys()
    expect(keys.map(key => decrypt(key, message))).not.toContain('for our eyes')
  })

  test('cannot be opened under another root key, nor when two rows have changed places, and say so', async () => {
    const foreign = createSeal(Buffer.alloc(32, 2), secureRandom)
    await expect(openRing({ seal: foreign }).current()).rejects.toThrow(/root key/)

    const stored = await store.ownKeys.list()
    const swapped = stored.map((key, i) => ({
      ...key,
      sealedPrivateKey: stored[(i + 1) % stored.length]?.sealedPrivateKey ?? '',
    }))
    const mixed = { ...store.ownKeys, list: async () => swapped }
    await expect(openRing({ store: mixed }).current()).rejects.toThrow(/root key/)
  })

  test('a store that fails once is asked again', async () => {
    let failures = 1
    const list = () => (failures-- > 0 ? Promise.reject(new Error('away')) : store.ownKeys.list())
    const ring = openRing({ store: { ...store.ownKeys, list } })

    await expect(ring.current()).rejects.toThrow('away')
    await expect(ring.current()).resolves.toBeDefined()
  })
})

const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING }

function encryptFor(certificate: string): Buffer {
  const key = createPublicKey(certificateOf(certificate).publicKey.export({ type: 'spki', format: 'pem' }))
  return publicEncrypt({ key, ...padding }, Buffer.from('for our eyes'))
}

function decrypt(key: string, message: Buffer): string | null {
  try {
    return privateDecrypt({ key, ...padding }, message).toString()
  } catch {
    return null
  }
}
