import { describe, expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import { hashToken } from '../../src/lib/secret.ts'
import { createSessionTokens } from '../../src/people/session-tokens.ts'

const random = secureRandom
const tokens = createSessionTokens({ key: Buffer.alloc(32, 1), random })

describe('a token that we minted', () => {
  test('is known as ours, and the store gets its hash alone', () => {
    const { token, tokenHash } = tokens.mint()
    expect(tokens.isOurs(token)).toBe(true)
    expect(tokenHash).toBe(hashToken(token))
    expect(tokenHash).not.toContain(token)
  })

  test('holds 144 bits of chance: none comes twice', () => {
    const minted = new Set(Array.from({ length: 1000 }, () => tokens.mint().token.slice(0, 24)))
    expect(minted.size).toBe(1000)
  })
})

describe('a forged token', () => {
  test('one changed character, wherever it stands, is seen', () => {
    const { token } = tokens.mint()
    for (let i = 0; i < token.length; i++) {
      const forged = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1)
      expect(tokens.isOurs(forged)).toBe(false)
    }
  })

  test('a token made with another key is not ours', () => {
    const other = createSessionTokens({ key: Buffer.alloc(32, 2), random })
    expect(tokens.isOurs(other.mint().token)).toBe(false)
  })

  test.each([
    ['nothing', ''],
    ['too short', 'abc'],
    ['too long', 'A'.repeat(33)],
    ['a megabyte', 'A'.repeat(1_000_000)],
    ['other letters', '!'.repeat(32)],
    ['a line end behind', `${tokens.mint().token}\n`],
    ['padding behind', `${tokens.mint().token}=`],
    ['the other base64', tokens.mint().token.replace(/^./, '+')],
  ])('%s is not ours', (_what, token) => {
    expect(tokens.isOurs(token)).toBe(false)
  })
})
