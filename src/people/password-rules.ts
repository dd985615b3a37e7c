import { Fault } from '../lib/fault.ts'

/** Why a new password is refused; the portal words each of them. */
export const passwordProblems = [
  'too_short',
  'too_long',
  'not_text',
  'contains_words',
  'repeated',
  'sequence',
  'common',
  'used_before',
] as const
export type PasswordProblem = (typeof passwordProblems)[number]

/** Fewest characters of a password: alone, and beside a second factor. */
export const passwordLengthMin = { alone: 15, withFactor: 8 } as const
export const passwordLengthMax = 256

/** Judges a new password. `words`: what it must not be made of (e-mail, name, organization, product). */
export function judgePassword(
  _password: string,
  _about: { readonly hasFactor: boolean; readonly words: readonly string[] },
): PasswordProblem[] {
  throw new Fault('not_implemented')
}
