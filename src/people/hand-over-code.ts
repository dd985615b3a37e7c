import { createHmac } from 'node:crypto'
import type { Random } from '../lib/random.ts'
import { sameSecret } from '../lib/secret.ts'
import type { AccountId } from '../policy/facts.ts'
import type { EmailKey } from './account.ts'
import { backupAlphabet } from './code-text.ts'

/** A hand-over code as text: read out on the phone, written on paper, typed on a phone's keyboard. */
export interface HandOverText {
  /** Without its groups. */
  readonly plain: string
}

/** 85 bits: nobody finds one by trying, whatever the budgets are. */
const randomLetters = 17
/**
 * Says that the code was made here for this name. Whoever makes codes up is told "wrong" without the account being looked at: garbage neither
 * uses up the tries of the real code nor costs a look-up.
 */
const checkLetters = 3
const groupLength = 5
const whole = new RegExp(`^[${backupAlphabet}]{${randomLetters + checkLetters}}$`)

export function makeHandOverText(random: Random, key: Buffer, name: EmailKey): HandOverText {
  const body = [...random.bytes(randomLetters)].map(byte => backupAlphabet[byte & 31]).join('')
  return { plain: body + checkOf(key, name, body) }
}

/** `7K3QF-2M9XR-HT4WC-8ZV6N` */
export function showHandOverText({ plain }: HandOverText): string {
  return (plain.match(new RegExp(`.{${groupLength}}`, 'g')) ?? []).join('-')
}

/** Takes wide letters, any case and whatever stands between the groups. Null for what was never issued for this name. */
export function parseHandOverText(input: string, key: Buffer, name: EmailKey): HandOverText | null {
  const plain = input
    .slice(0, 128)
    .normalize('NFKC')
    .replaceAll(/[^\p{L}\p{N}]|\u30fc/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  if (!whole.test(plain)) return null
  const check = checkOf(key, name, plain.slice(0, randomLetters))
  return sameSecret(plain.slice(randomLetters), check) ? { plain } : null
}

/** What is stored: a copy of the store tells nobody a code. */
export function hashHandOver({ plain }: HandOverText, key: Buffer, accountId: AccountId): string {
  return createHmac('sha256', key).update(`hand-over ${accountId} ${plain}`).digest('base64url')
}

function checkOf(key: Buffer, name: EmailKey, body: string): string {
  const digest = createHmac('sha256', key).update(`hand-over check ${name} ${body}`).digest()
  return [...digest.subarray(0, checkLetters)].map(byte => backupAlphabet[byte & 31]).join('')
}
