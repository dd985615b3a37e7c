import * as argon2 from '@node-rs/argon2'
import { Fault } from '../lib/fault.ts'
import { isTooLong } from './password-rules.ts'
import { type Pepper, readStoredHash, type StoredHash, writeStoredHash } from './pepper.ts'
import { createTurns, type Turn } from './turns.ts'

export interface Passwords {
  /** Hashes a password that judgePassword has let through. Fault `busy` when too many wait. */
  hash(password: string, turn?: Turn): Promise<string>
  /** Null does the same work against a dummy and answers false. Fault `busy` when too many wait. */
  verify(hash: string | null, password: string, turn?: Turn): Promise<boolean>
  /** Made with another key, without one, or at another cost than hashes are made now: to be made anew when the password is at hand. */
  isOutdated(hash: string): boolean
  /** A slow hash of a code that is no password (people/backup-codes.ts), in the same queue: 32 bytes, always at the standard cost. */
  derive(code: string, salt: Buffer, turn?: Turn): Promise<Buffer>
}

export interface PasswordsOptions {
  /** How many hashes are computed at the same time. */
  readonly cores: number
  readonly cost?: HashCost
  /** Absent: hashes are made without a key. */
  readonly pepper?: Pepper
  /** A hash stands under a key that is not there: nobody can sign in with it until the key is back. */
  readonly onMissingKey?: (keyId: string) => void
}

export interface HashCost {
  readonly memoryKib: number
  readonly passes: number
}

/** OWASP password storage, argon2id, first choice of memory: 19 MiB, two passes, one lane; about 26 ms of one core. */
export const standardCost: HashCost = { memoryKib: 19_456, passes: 2 }

/** `options` are read at each use: a reload may bring another key or cost. */
export function createPasswords(options: PasswordsOptions): Passwords {
  const inTurn = createTurns({ places: options.cores, waitingMax, waitingMaxPerKey })
  return {
    async hash(password, turn = nobodys) {
      const text = password.normalize('NFC')
      if (isTooLong(text)) throw new Fault('invalid_input', { detail: 'a password that was not judged' })
      return inTurn(turn, () => hashNow(options, text))
    },
    async verify(hash, password, turn = nobodys) {
      const text = password.normalize('NFC')
      // Nobody has such a password, and everybody is told so equally fast.
      if (isTooLong(text)) return false
      const matches = await inTurn(turn, () => verifyNow(options, hash, text))
      return matches && hash !== null
    },
    isOutdated: hash => isOutdated(options, readStoredHash(hash)),
    derive: (code, salt, turn = nobodys) =>
      inTurn(turn, () => {
        const { memoryKib: memoryCost, passes: timeCost } = standardCost
        return argon2.hashRaw(code, { memoryCost, timeCost, parallelism, outputLen, salt })
      }),
  }
}

async function hashNow({ cost = standardCost, pepper }: PasswordsOptions, text: string): Promise<string> {
  const { memoryKib: memoryCost, passes: timeCost } = cost
  const shape = { memoryCost, timeCost, parallelism, outputLen }
  if (pepper === undefined) return argon2.hash(text, shape)
  const { id, key } = pepper.current
  return writeStoredHash(id, await argon2.hash(text, { ...shape, secret: key }))
}

async function verifyNow(options: PasswordsOptions, hash: string | null, text: string): Promise<boolean> {
  const { pepper, onMissingKey } = options
  const stored = hash === null ? null : readStoredHash(hash)
  const secret = stored === null ? pepper?.current.key : secretOf(pepper, stored)
  if (stored !== null && secret !== 'missing')
    return argon2.verify(stored.phc, text, secret === undefined ? {} : { secret })
  if (stored?.keyId != null) onMissingKey?.(stored.keyId)
  // The same work at the cost of new hashes and with a key, for a name without a password and for one whose key is missing.
  await argon2.verify(dummyOf(options), text, pepper === undefined ? {} : { secret: pepper.current.key })
  return false
}

/** Undefined: this hash was made without a key. */
function secretOf(pepper: Pepper | undefined, { keyId }: StoredHash): Buffer | undefined | 'missing' {
  if (keyId === null) return undefined
  return pepper?.find(keyId)?.key ?? 'missing'
}

function isOutdated({ cost = standardCost, pepper }: PasswordsOptions, { keyId, phc }: StoredHash): boolean {
  const made = argon2.parseOptions(phc)
  const isSameCost = made.memoryCost === cost.memoryKib && made.timeCost === cost.passes
  return keyId !== (pepper?.current.id ?? null) || !isSameCost || made.parallelism !== parallelism
}

const parallelism = 1
const outputLen = 32

/** A hash that no password has, at the same cost, so that a name without a password costs the same. */
function dummyOf({ cost = standardCost }: PasswordsOptions): string {
  const nothing = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  return `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=${parallelism}$NbL55RbckRQRfs3K+k5OfA$${nothing}`
}

/** Each waits 26 ms for every `cores` before it: at two cores the last of 256 waits about three seconds. More would answer nobody in time. */
const waitingMax = 256
/** How many one key may have wait: what lies before others is one each, whatever their number (turns.ts). */
const waitingMaxPerKey = 64

/** For work that nobody waits for by name: seeds, the CLI. */
const nobodys: Turn = { lane: 'account', key: '' }
