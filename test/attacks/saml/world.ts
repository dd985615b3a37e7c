import type { ResponseQuestion } from '../../../src/sso/reading.ts'
import { type KeyPair, makeKeyPair, pemOf } from './certificates.ts'

// Who is who in the cases of this folder: A speaks for corp.test, C for another organization, E is the attacker. mallory@corp.test owns a
// genuine message of A; victim@corp.test is an administrator.

export interface Party extends KeyPair {
  readonly entityId: string
}

export interface World {
  readonly now: number
  readonly a: Party
  /** The next key of A: both stand in its metadata. */
  readonly aNext: Party
  readonly c: Party
  readonly e: Party
  readonly us: { readonly entityId: string; readonly acsUrl: string; readonly keys: KeyPair }
  /** The request that the browser at hand has sent; null when nobody asked. */
  readonly requestId: string | null
  readonly mallory: string
  readonly victim: string
  /** An address that counts who calls it: nobody may. */
  readonly canaryUrl: string
  /** A part of every id: two messages of one gateway must not share them. */
  readonly mark: string
}

export interface Parties {
  readonly a: Party
  readonly aNext: Party
  readonly c: Party
  readonly e: Party
  readonly ours: KeyPair
}

let made: Parties | null = null

/** The same keys for every test of one process: making them is slow. */
export function parties(): Parties {
  made ??= {
    a: party('https://idp-a.test/metadata'),
    aNext: party('https://idp-a.test/metadata'),
    c: party('https://idp-c.test/metadata'),
    e: party('https://evil.test/metadata'),
    ours: makeKeyPair({ name: 'gateway' }),
  }
  return made
}

export function makeWorld(changes: Partial<World> = {}): World {
  const { a, aNext, c, e, ours } = parties()
  return {
    now: Date.UTC(2026, 10, 22, 9, 0, 0),
    a,
    aNext,
    c,
    e,
    us: { entityId: 'https://gw.test/sp', acsUrl: 'https://gw.test/auth/saml/acs', keys: ours },
    requestId: '_request-of-mallory',
    mallory: 'mallory@corp.test',
    victim: 'victim@corp.test',
    canaryUrl: 'http://127.0.0.1:9/canary',
    mark: 'm1',
    ...changes,
  }
}

/** What the gateway would ask its reader about this message. */
export function questionOf(world: World, message: string, changes: QuestionChanges = {}): ResponseQuestion {
  const { settings, ...others } = changes
  return {
    message,
    provider: {
      entityId: world.a.entityId,
      certificates: [world.a.certificate, world.aNext.certificate],
      settings: {
        signed: 'either',
        encryption: 'accepted',
        acceptsCbc: false,
        skewMs: 120_000,
        emailAttribute: null,
        contexts: [],
        ...settings,
      },
    },
    us: { entityId: world.us.entityId, acsUrl: world.us.acsUrl, decryptionKeys: [pemOf(world.us.keys.key)] },
    requests:
      world.requestId === null
        ? []
        : [{ id: world.requestId, startedAt: world.now - 30_000, forced: false, contexts: [] }],
    unsolicited: false,
    now: world.now,
    ...others,
  }
}

export type QuestionChanges = Partial<Omit<ResponseQuestion, 'message'>> & {
  readonly settings?: Partial<ResponseQuestion['provider']['settings']>
}

function party(entityId: string): Party {
  return { entityId, ...makeKeyPair({ name: new URL(entityId).hostname }) }
}
