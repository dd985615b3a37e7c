import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { AuditEntry } from '../journal/audit.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import { selfSigned } from './certificate.ts'
import type { SigningKey } from './outgoing-signature.ts'
import type { OwnKey, OwnKeys } from './own-key.ts'

/**
 * Our keys towards identity providers, in memory. The current one signs; all that are published decrypt, because a provider encrypts
 * for whichever certificate of ours it has read last. They are made when they are first asked for: a house without single sign-on has none.
 */
export interface OwnKeyRing {
  current(): Promise<SigningKey>
  /** PKCS #8, PEM: current, next, previous. */
  decryptionKeys(): Promise<readonly string[]>
  /** Current, next, previous: with their certificates, without anything private. */
  published(): Promise<readonly PublishedKey[]>
  rotate(audit: AuditEntry): Promise<readonly PublishedKey[]>
  /** Reads the store again: after another process rotated. */
  refresh(): Promise<void>
}

export type PublishedKey = Omit<OwnKey, 'sealedPrivateKey'>

export interface OwnKeyRingNeeds {
  readonly store: OwnKeys
  readonly seal: Seal
  readonly clock: Clock
  readonly random: Random
  /** What new certificates are called; a provider's administrator reads it. */
  readonly commonName: () => string
}

const lifetimeMs = 3_652 * 24 * 3_600_000 // ten years

export function openOwnKeys(needs: OwnKeyRingNeeds): OwnKeyRing {
  let opened: Promise<Ring> | null = null
  const keep = (ring: Promise<Ring>) => {
    opened = ring
    // What failed is tried again by whoever asks next.
    ring.catch(() => {
      if (opened === ring) opened = null
    })
    return ring
  }
  const ring = () => opened ?? keep(begin(needs).then(stored => readRing(stored, needs.seal)))
  return {
    current: async () => (await ring()).current,
    decryptionKeys: async () => (await ring()).decryption,
    published: async () => (await ring()).published,
    async rotate(audit) {
      await ring()
      const stored = await needs.store.rotate(await makeKey(needs, 'next'), audit)
      return (await keep(Promise.resolve(readRing(stored, needs.seal)))).published
    },
    async refresh() {
      if (opened === null) return
      const stored = await needs.store.list()
      await keep(Promise.resolve(readRing(stored, needs.seal)))
    },
  }
}

interface Ring {
  readonly current: SigningKey
  readonly decryption: readonly string[]
  readonly published: readonly PublishedKey[]
}

async function begin(needs: OwnKeyRingNeeds): Promise<readonly OwnKey[]> {
  const standing = await needs.store.list()
  if (standing.length > 0) return standing
  return needs.store.begin(await Promise.all([makeKey(needs, 'current'), makeKey(needs, 'next')]))
}

const order = ['current', 'next', 'previous'] as const

function readRing(stored: readonly OwnKey[], seal: Seal): Ring {
  const keys = order.flatMap(state => stored.filter(key => key.state === state))
  const [first] = keys
  if (first?.state !== 'current')
    throw new Fault('unavailable', { detail: 'the store holds no current key for identity providers' })
  const decryption = keys.map(key => openKey(key, seal))
  return {
    current: { privateKeyPem: decryption[0] ?? '', certificate: first.certificate },
    decryption,
    published: keys.map(({ sealedPrivateKey: _sealed, ...key }) => key),
  }
}

function openKey({ id, sealedPrivateKey }: OwnKey, seal: Seal): string {
  try {
    const pem = seal.open(sealedPrivateKey, `sso-key:${id}`)
    createPrivateKey(pem)
    return pem
  } catch (cause) {
    throw new Fault('unavailable', {
      detail: `key ${id} for identity providers cannot be opened: is it the root key it was sealed with?`,
      cause,
    })
  }
}

/** 128 bits of security are asked of what lasts beyond 2030 (NIST SP 800-57 part 1, table 2). */
const modulusLength = 3_072

async function makeKey({ clock, random, seal, commonName }: OwnKeyRingNeeds, state: OwnKey['state']): Promise<OwnKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength })
  const id = random.token(12)
  const createdAt = clock.now()
  const content = { privateKey, commonName: commonName(), serial: random.bytes(16) }
  return {
    ...{ id, state, createdAt, endsAt: createdAt + lifetimeMs },
    // An hour back: a provider whose clock is a little late must not find it not yet valid.
    certificate: selfSigned({ ...content, startsAt: createdAt - 3_600_000, endsAt: createdAt + lifetimeMs }),
    sealedPrivateKey: seal.close(pemOf(privateKey), `sso-key:${id}`),
  }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
