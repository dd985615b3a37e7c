/** What a guesser would foretell of a password. Each question takes more of it away; the answers count what is left. */
export interface Guess {
  readonly length: number
  /** The longest stretch that repeats a piece before it. */
  repeated(): number
  /** Takes the words away, also in other case, width and leet spelling. */
  leftWithout(words: readonly string[]): number
  /** Takes runs along the alphabet, the digits, a row of the keyboard or of the kana table away, either way. */
  leftWithoutSequences(): number
}

export function createGuess(text: string): Guess {
  const plain = pointsOf(text)
  const leet = plain.map(unleet)
  const foretold = new Set<number>()
  const take = (from: number, length: number): void => {
    for (let i = from; i < from + length; i++) foretold.add(i)
  }
  const left = (): number => plain.length - foretold.size
  return {
    length: plain.length,
    repeated: () => longestRepeat(plain),
    leftWithout(words) {
      for (const word of words.map(pointsOf).filter(isTelling)) {
        takeAll(plain, word, take)
        takeAll(leet, word.map(unleet), take)
      }
      return left()
    },
    leftWithoutSequences() {
      for (let i = 0; i < plain.length; i++) {
        const length = Math.max(runLength(plain, i, 1), runLength(plain, i, -1))
        if (length >= runMin) take(i, length)
      }
      return left()
    },
  }
}

/** Case and width do not make a guess harder. Used for judging alone; what is hashed stays as typed. */
function pointsOf(text: string): readonly string[] {
  return Array.from(text.normalize('NFKC').toLowerCase())
}

function unleet(point: string): string {
  return leet.get(point) ?? point
}

const leet: ReadonlyMap<string, string> = new Map(
  [...'@a4a3e0o$s5s1i!i7t'.matchAll(/(.)(.)/g)].map(([, from = '', to = '']) => [from, to]),
)

/** "Li" or "ed" come by chance; two kanji are a name. */
function isTelling(word: readonly string[]): boolean {
  return word.length >= 3 || (word.length === 2 && word.every(point => point > '\u2e7f'))
}

function takeAll(
  points: readonly string[],
  word: readonly string[],
  take: (from: number, length: number) => void,
): void {
  for (let i = 0; i + word.length <= points.length; i++)
    if (word.every((point, offset) => points[i + offset] === point)) take(i, word.length)
}

function longestRepeat(points: readonly string[]): number {
  let best = 0
  for (let piece = 1; piece <= pieceMax; piece++) {
    let run = 0
    for (let i = piece; i < points.length; i++) {
      run = points[i] === points[i - piece] ? run + 1 : 0
      if (run > best) best = run
    }
  }
  return best
}

/** Longer pieces are words of a phrase, which may well come twice. */
const pieceMax = 8

function runLength(points: readonly string[], start: number, step: 1 | -1): number {
  let length = 1
  while (isNext(points[start + length - 1], points[start + length], step)) length++
  return length
}

const runMin = 4

function isNext(one: string | undefined, other: string | undefined, step: 1 | -1): boolean {
  if (one === undefined || other === undefined) return false
  return rows.some(row => {
    const at = row.indexOf(one)
    return at >= 0 && row[at + step] === other
  })
}

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '1234567890',
  '0123456789',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん',
  'アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン',
  'いろはにほへとちりぬるをわかよたれそつねならむ',
].map(row => Array.from(row))
