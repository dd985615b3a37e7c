import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { Random } from '../lib/random.ts'
import { hashToken } from '../lib/secret.ts'

export interface SessionTokens {
  mint(): { readonly token: string; readonly tokenHash: string }
  /** False for anything that was not minted with this key: a forged token costs no look-up. */
  isOurs(token: string): boolean
}

/** A token is 18 random bytes (144 bits) and 6 bytes of their HMAC, in base64url: 32 characters, without spare bits. */
export function createSessionTokens({ key, random }: { key: Buffer; random: Random }): SessionTokens {
  // A key object: with the bare key each mark would build one, which costs five times the HMAC itself.
  const macKey = createSecretKey(key)
  const mark = (chance: Buffer): Buffer => createHmac('sha256', macKey).update(chance).digest().subarray(0, markBytes)
  return {
    mint() {
      const chance = random.bytes(chanceBytes)
      const token = Buffer.concat([chance, mark(chance)]).toString('base64url')
      return { token, tokenHash: hashToken(token) }
    },
    isOurs(token) {
      if (!tokenShape.test(token)) return false
      const bytes = Buffer.from(token, 'base64url')
      return timingSafeEqual(bytes.subarray(chanceBytes), mark(bytes.subarray(0, chanceBytes)))
    },
  }
}

const chanceBytes = 18
// 48 bits are too few to prove anything, and enough that guessing finds one of 2.8e14: the mark saves look-ups, the 144 bits open.
const markBytes = 6
const tokenShape = /^[A-Za-z0-9_-]{32}$/
