/** What a country is called in a language: `JP` is Japan and 日本. The code itself for one that nobody knows. */
export function countryName(code: string, language: string): string {
  return namesOf(language).of(code) ?? code
}

// Building one costs a hundred times more than using it. Bounded: languages come from a closed list.
const names = new Map<string, Intl.DisplayNames>()

function namesOf(language: string): Intl.DisplayNames {
  const known = names.get(language)
  if (known !== undefined) return known
  const made = new Intl.DisplayNames(language, { type: 'region' })
  if (names.size >= 16) names.clear()
  names.set(language, made)
  return made
}
