import { createGuess } from './guess.ts'

/** Why a new password is refused; the portal words each of them. */
const passwordProblems = [
  'too_short',
  'too_long',
  'not_text',
  'contains_words',
  'repeated',
  'sequence',
  'common',
  'used_before',
  'guessable',
  'leaked',
] as const
export type PasswordProblem = (typeof passwordProblems)[number]

/** Fewest characters of a password (SP 800-63B-4): alone, and beside a second factor. */
export const passwordLengthMin = { alone: 15, withFactor: 8 } as const
const passwordLengthMax = 256
const passwordBytesMax = 1024

/**
 * Judges a new password as typed, after NFC, in code points. No composition rules. What is easily guessed about it (words of the
 * person, repetitions, sequences, common passwords) is taken out; at least half of the demanded length must be left.
 */
export function judgePassword(
  password: string,
  about: { readonly hasFactor: boolean; readonly words: readonly string[] },
): PasswordProblem[] {
  const text = password.normalize('NFC')
  // A lone surrogate is no text: hashing would turn all of them into the same replacement character.
  if (!text.isWellFormed()) return ['not_text']
  if (isTooLong(text)) return ['too_long']
  const lengthMin = about.hasFactor ? passwordLengthMin.withFactor : passwordLengthMin.alone
  if (lengthOf(text) < lengthMin) return ['too_short']
  return guessable(text, about.words, Math.ceil(lengthMin / 2))
}

/** Longer ones are refused before anything is computed with them. `text` is in NFC. */
export function isTooLong(text: string): boolean {
  // A code point has one or two units: the cheap comparison spares counting what is far too long.
  if (text.length > passwordLengthMax * 2) return true
  return lengthOf(text) > passwordLengthMax || Buffer.byteLength(text, 'utf8') > passwordBytesMax
}

function guessable(text: string, words: readonly string[], leftMin: number): PasswordProblem[] {
  const guess = createGuess(text)
  if (guess.repeated() > guess.length - leftMin) return ['repeated']
  if (guess.leftWithout(words) < leftMin) return ['contains_words']
  if (guess.leftWithout(commonPasswords) < leftMin) return ['common']
  return guess.leftWithoutSequences() < leftMin ? ['sequence'] : []
}

function lengthOf(text: string): number {
  return Array.from(text).length
}

/** The cores of the passwords that lead every leaked list, English and Japanese; most others fall to length and sequences. */
const commonPasswords = [
  'password',
  'passwort',
  'passcode',
  'letmein',
  'welcome',
  'iloveyou',
  'trustno',
  'monkey',
  'dragon',
  'sunshine',
  'princess',
  'football',
  'baseball',
  'superman',
  'changeme',
  'secret',
  'default',
  'master',
  'admin',
  'login',
  'himitsu',
  'pasuwaado',
  'sakura',
  'doraemon',
  'パスワード',
  'ひみつ',
  '秘密',
  '暗証番号',
  'correcthorsebatterystaple',
]
