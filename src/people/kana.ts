/** A romanized Japanese word in hiragana; null when it is none. Guessers have lists of words in both spellings, and so must the estimate. */
export function hiraganaOf(romaji: string): string | null {
  let kana = ''
  for (let at = 0; at < romaji.length; ) {
    const [length, sign] = nextSign(romaji, at)
    if (length === 0) return null
    kana += sign
    at += length
  }
  return kana
}

/** The two scripts lie side by side in Unicode, 96 apart. */
export function katakanaOf(hiragana: string): string {
  return hiragana.replaceAll(/[\u3041-\u3096]/g, sign => String.fromCodePoint((sign.codePointAt(0) ?? 0) + 96))
}

function nextSign(text: string, at: number): readonly [length: number, sign: string] {
  for (const length of [3, 2, 1]) {
    const sign = signs.get(text.slice(at, at + length))
    if (sign !== undefined && at + length <= text.length) return [length, sign]
  }
  // A doubled consonant is a small tsu; n before a consonant or at the end is a sign of its own.
  if (text[at] === text[at + 1] && !'aiueon'.includes(text[at] ?? '')) return [1, 'っ']
  return text[at] === 'n' ? [1, 'ん'] : [0, '']
}

const rows = {
  '': 'あいうえお',
  k: 'かきくけこ',
  g: 'がぎぐげご',
  s: 'さしすせそ',
  z: 'ざじずぜぞ',
  t: 'たちつてと',
  d: 'だぢづでど',
  n: 'なにぬねの',
  h: 'はひふへほ',
  b: 'ばびぶべぼ',
  p: 'ぱぴぷぺぽ',
  m: 'まみむめも',
  y: 'や ゆ よ',
  r: 'らりるれろ',
  w: 'わ   を',
}

const irregular =
  'shi:し chi:ち tsu:つ fu:ふ ji:じ sha:しゃ shu:しゅ sho:しょ cha:ちゃ chu:ちゅ cho:ちょ ja:じゃ ju:じゅ jo:じょ'

const signs: ReadonlyMap<string, string> = new Map([...regular(), ...contracted(), ...irregular.split(' ').map(pairOf)])

function regular(): [string, string][] {
  return Object.entries(rows).flatMap(([consonant, row]) =>
    Array.from(row).flatMap((sign, i): [string, string][] => (sign === ' ' ? [] : [[consonant + 'aiueo'[i], sign]])),
  )
}

/** kya, ryo and so on: the sign of the row's i, and a small ya, yu or yo. */
function contracted(): [string, string][] {
  return Object.entries(rows).flatMap(([consonant, row]) =>
    consonant === '' || 'yw'.includes(consonant)
      ? []
      : Array.from('auo').map((vowel, i): [string, string] => [`${consonant}y${vowel}`, `${row[1]}${'ゃゅょ'[i]}`]),
  )
}

function pairOf(pair: string): [string, string] {
  const [romaji = '', kana = ''] = pair.split(':')
  return [romaji, kana]
}
