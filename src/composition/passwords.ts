import { availableParallelism } from 'node:os'
import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'
import { createOutgoing } from '../outgoing/outgoing.ts'
import type { LeakRules } from '../people/leak-rules.ts'
import { createLeakedApi, type FetchRange } from '../people/leaked-api.ts'
import { createLeakedFile } from '../people/leaked-file.ts'
import { createLeakedFolder } from '../people/leaked-folder.ts'
import {
  createLeakedPasswords,
  type LeakedPasswords,
  LeakListProblem,
  type LeakSource,
} from '../people/leaked-passwords.ts'
import { createPasswords, type Passwords } from '../people/passwords.ts'
import { createPepper, type Pepper } from '../people/pepper.ts'
import { createStrengthMeter, type StrengthMeter } from '../people/strength.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'
import type { Keys } from './root-key.ts'

/** What passwords are kept with and judged by; each follows a reload. */
export interface PasswordRooms {
  readonly passwords: Passwords
  readonly leaked: LeakedPasswords
  readonly leakRules: LeakRules
  readonly strength: StrengthMeter
  close(): Promise<void>
}

export interface PasswordRoomsNeeds {
  readonly config: () => GatewayConfig
  readonly keys: Pick<Keys, 'passwords'>
  readonly journal: Pick<Journal, 'trouble'>
  readonly clock: Clock
}

export function openPasswordRooms({ config, keys, journal, clock }: PasswordRoomsNeeds): PasswordRooms {
  const pepper = pepperFor(keys)
  const passwords = createPasswords({
    cores: availableParallelism(),
    get cost() {
      return config().passwords.cost
    },
    get pepper() {
      return pepper(config())
    },
    onMissingKey: id => journal.trouble(`a password is kept under the key ${id}, which is not there`, undefined),
  })
  const leaked = createLeakedPasswords({
    get source() {
      return config().passwords.leaked.source
    },
    open: source => openList(source, clock, fetchRangeFor(config, clock)),
    onTrouble: problem => journal.trouble('looking a password up among the leaked ones', problem),
  })
  const onTrouble = (cause: unknown) => journal.trouble('estimating a new password', cause)
  const strength = createStrengthMeter({ clock, onTrouble })
  return {
    passwords,
    leaked,
    strength,
    get leakRules() {
      return config().passwords.leaked
    },
    async close() {
      await strength[Symbol.asyncDispose]()
      await leaked[Symbol.asyncDispose]()
    },
  }
}

/** Old hashes under the derived key stay readable when a configured one takes its place, and the other way round. */
function pepperFor(keys: Pick<Keys, 'passwords'>): (config: GatewayConfig) => Pepper {
  const made = new WeakMap<GatewayConfig, Pepper>()
  return config => {
    const pepper = made.get(config) ?? pepperOf(keys, config)
    made.set(config, pepper)
    return pepper
  }
}

export function pepperOf({ passwords: derived }: Pick<Keys, 'passwords'>, { passwords }: GatewayConfig): Pepper {
  const { current, previous } = passwords.pepper
  return createPepper(current === null ? derived : bytesOf(current), [...previous.map(bytesOf), derived])
}

function bytesOf(secret: Secret): Buffer {
  return Buffer.from(secret.reveal().trim(), 'base64url')
}

export interface Checking {
  readonly store: Pick<SqliteStore, 'accounts'>
  readonly keys: Pick<Keys, 'passwords'>
  readonly clock: Clock
}

/** Before a configuration speaks: a list that is none, or a key that is missing, is told now and not by people who cannot sign in. */
export async function checkPasswordConfig(needs: Checking, config: GatewayConfig): Promise<void> {
  await checkKeys(needs, config)
  await checkList(needs, config.passwords.leaked.source)
}

async function checkList({ clock }: Checking, source: LeakSource): Promise<void> {
  // A service that does not answer just now is no mistake in a file.
  if (source.kind === 'off' || source.kind === 'api') return
  await using list = openList(source, clock, noRanges)
  try {
    await list?.probe()
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new Fault('invalid_input', { cause, detail: `passwords.leaked: ${said}` })
  }
}

const noRanges: FetchRange = () => Promise.reject(new LeakListProblem('no ranges here'))

/** Passwords under a key that this configuration does not bring: their owners would be told "wrong". */
async function checkKeys({ store, keys }: Checking, config: GatewayConfig): Promise<void> {
  const known = pepperOf(keys, config).ids()
  const rows = await store.accounts.passwordCensus()
  const unknown = rows.filter(({ keyId }) => keyId !== null && !known.includes(keyId))
  if (unknown.length === 0) return
  const count = unknown.reduce((sum, { leaked, notFound, neverLookedAt }) => sum + leaked + notFound + neverLookedAt, 0)
  const ids = [...new Set(unknown.map(({ keyId }) => keyId))].join(', ')
  throw new Fault('invalid_input', {
    detail: `${count} passwords are kept under the key ${ids}, which is neither the current nor a previous one; add it to passwords.pepper.previous (or bring back the root key)`,
  })
}

function openList(source: LeakSource, clock: Clock, fetchRange: FetchRange) {
  switch (source.kind) {
    case 'off':
      return null
    case 'file':
      return createLeakedFile({ path: source.path, clock })
    case 'folder':
      return createLeakedFolder({ path: source.path })
    case 'api':
      return createLeakedApi({ url: source.url, fetchRange, clock })
    default:
      return source satisfies never
  }
}

/** A sign-in waits for it: a second, and no more than a range can be long. */
function fetchRangeFor(config: () => GatewayConfig, clock: Clock): FetchRange {
  const outgoing = createOutgoing({ clock, rules: () => config().outgoing })
  return async url => {
    const headers = { 'Add-Padding': 'true', 'User-Agent': 'Sekisho' }
    const answer = await outgoing.send({ method: 'GET', url, headers, wholeMs: 1_000, answerBytesMax: 1024 * 1024 })
    if (answer.kind !== 'answered') throw new LeakListProblem('why' in answer ? answer.why : answer.kind)
    return { status: answer.status, text: answer.body }
  }
}
