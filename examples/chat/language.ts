export type Language = 'en' | 'ja'

/** The best of ours that the browser asks for (RFC 9110 section 12.5.4); English when it asks for neither. */
export function chooseLanguage(header = ''): Language {
  const wishes = header
    .slice(0, 500)
    .split(',')
    .map(readWish)
    .filter(wish => wish.weight > 0)
  wishes.sort((a, b) => b.weight - a.weight)
  for (const { tag } of wishes) {
    if (tag === 'ja' || tag.startsWith('ja-')) return 'ja'
    if (tag === 'en' || tag.startsWith('en-')) return 'en'
  }
  return 'en'
}

function readWish(text: string): { tag: string; weight: number } {
  const [tag = '', ...parameters] = text.split(';').map(part => part.trim().toLowerCase())
  const quality = parameters.find(parameter => parameter.startsWith('q='))
  const weight = quality === undefined ? 1 : Number(quality.slice(2))
  return { tag, weight: Number.isFinite(weight) ? weight : 0 }
}
