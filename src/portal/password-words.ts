import type { Account } from '../people/account.ts'
import { activeKinds } from '../people/directory.ts'
import { type PasswordProblem, passwordLengthMin } from '../people/password-rules.ts'
import type { Strength } from '../people/strength.ts'
import type { Words } from './words/en.ts'

/** Fewest characters for this account: less beside a second factor. */
export function lengthMinOf(account: Account): number {
  return activeKinds(account).length > 0 ? passwordLengthMin.withFactor : passwordLengthMin.alone
}

/** The problems of a new password in words, each said once. `advice`: what the estimate has against it. */
export function problemWords(
  words: Words,
  problems: readonly PasswordProblem[],
  lengthMin: number,
  advice?: Strength | null,
): string[] {
  return [...new Set(problems.flatMap(problem => wordsFor(words, problem, { lengthMin, advice: advice ?? null })))]
}

/** Why it would be guessed, and what would help. */
export function adviceWords({ passwordAdvice: said }: Words, { warning, suggestions }: Strength): string[] {
  const why = warning === null ? undefined : said.warnings[warning]
  const help = suggestions.map(code => said.suggestions[code])
  return [why, ...help].filter(text => text !== undefined)
}

interface About {
  readonly lengthMin: number
  readonly advice: Strength | null
}

function wordsFor(words: Words, problem: PasswordProblem, { lengthMin, advice }: About): string | string[] {
  const said = words.passwordProblems
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
    case 'guessable': {
      const { guessable, generally } = words.passwordAdvice
      const told = advice === null ? [] : adviceWords(words, advice)
      return [[guessable, ...(told.length === 0 ? [generally] : told)].join(' ')]
    }
    case 'leaked':
      return said.leaked
    case 'used_before':
      return said.used_before
    default:
      return problem satisfies never
  }
}
