/** How soon a guesser would come to a password. Reckoned in a thread of its own: a hostile one costs half a second of computing. */
export interface Strength {
  /** 0 to 4: under 10^3, 10^6, 10^8, 10^10 guesses, and more. */
  readonly score: number
  /** What is guessable about it, and what would help, as codes of the estimate (portal/words/password-advice). */
  readonly warning: string | null
  readonly suggestions: readonly string[]
}
