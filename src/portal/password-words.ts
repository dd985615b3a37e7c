import { type PasswordProblem, passwordLengthMin } from '../people/password-rules.ts'
import type { Words } from './words/en.ts'

/** Fewest characters for this account: less beside a second factor. */
export function lengthMinOf({ factors }: { factors: readonly { setAsideAt: number | null }[] }): number {
  return factors.some(factor => factor.setAsideAt === null) ? passwordLengthMin.withFactor : passwordLengthMin.alone
}

/** The problems of a new password in words, each said once. */
export function problemWords(words: Words, problems: readonly PasswordProblem[], lengthMin: number): string[] {
  return [...new Set(problems.map(problem => wordsFor(words, problem, lengthMin)))]
}

function wordsFor({ passwordProblems: said }: Words, problem: PasswordProblem, lengthMin: number): string {
  switch (problem) {
    case 'too_short':
      return said.too_short(lengthMin)
    case 'too_long':
      return said.too_long
    case 'not_text':
      return said.not_text
    case 'contains_words':
      return said.personal
    case 'repeated':
    case 'sequence':
    case 'common':
      return said.obvious
    case 'used_before':
      return said.used_before
    case 'guessable':
      return said.obvious
    case 'leaked':
      return said.leaked
    default:
      return problem satisfies never
  }
}
