import { createHmac } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { sameSecret } from '../lib/secret.ts'

/** What an authenticator is asked for, and by whom: an answer counts for exactly this. */
export interface Ceremony {
  readonly purpose: 'sign_in' | 'second_factor' | 'prove_again' | 'enrol' | 'enrol_first'
  /** Of the browser: the value of its cookie. */
  readonly binding: string
  /** The attempt or session that it is for; empty where there is none yet. */
  readonly subject: string
}

/**
 * Challenges that nobody has to remember: random bytes, their end, and a MAC over both and the ceremony. So asking for one stores nothing,
 * and one that was made for another browser, purpose, attempt or session is none (WebAuthn §13.4.3 asks for 16 random bytes).
 */
export interface Challenges {
  mint(ceremony: Ceremony): string
  /** Null unless it was minted for this very ceremony and is not too old. Whether it was used before, `spentOnce` knows. */
  read(challenge: string, ceremony: Ceremony): LiveChallenge | null
}

export interface LiveChallenge {
  /** Under which it is spent. */
  readonly key: string
  readonly until: number
}

const randomBytes = 16
const timeBytes = 6
const macBytes = 32
/** Time to find the phone, and to fail once with the finger. */
export const challengeMs = 5 * 60_000

export function createChallenges({ key, random, clock }: ChallengesNeeds): Challenges {
  const macOf = (head: Buffer, { purpose, binding, subject }: Ceremony): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([purpose, binding, subject]))
      .update(head)
      .digest()
  return {
    mint(ceremony) {
      const head = Buffer.alloc(randomBytes + timeBytes)
      random.bytes(randomBytes).copy(head)
      head.writeUIntBE(clock.now() + challengeMs, randomBytes, timeBytes)
      return Buffer.concat([head, macOf(head, ceremony)]).toString('base64url')
    },
    read(challenge, ceremony) {
      const bytes = Buffer.from(challenge, 'base64url')
      if (bytes.length !== randomBytes + timeBytes + macBytes) return null
      const head = bytes.subarray(0, randomBytes + timeBytes)
      const mac = bytes.subarray(randomBytes + timeBytes).toString('base64url')
      if (!sameSecret(mac, macOf(head, ceremony).toString('base64url'))) return null
      const until = head.readUIntBE(randomBytes, timeBytes)
      // The key is made from the bytes and not from the text: two spellings of one challenge are one.
      return clock.now() < until ? { key: `passkey ${head.toString('base64url')}`, until } : null
    },
  }
}

export interface ChallengesNeeds {
  readonly key: Buffer
  readonly random: Random
  readonly clock: Clock
}
