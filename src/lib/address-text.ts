/** Four 32-bit words, most significant first: an address as a number. */
export type Words = readonly [number, number, number, number]

// Reads only what node:net has found valid; the checks are made in address.ts, before.

const dot = 0x2e
const colon = 0x3a

/** Reads the dotted form that begins at `from`. */
export function readIPv4(text: string, from: number): number {
  let word = 0
  let part = 0
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code !== dot) part = part * 10 + (code - 0x30)
    else {
      word = word * 256 + part
      part = 0
    }
  }
  return word * 256 + part
}

/** One pass over a text that the runtime found valid: groups are filled from the left, and moved to the right when a `::` was met. */
export function readIPv6(text: string): Words {
  const groups = [0, 0, 0, 0, 0, 0, 0, 0]
  let count = 0
  let gap = -1
  for (let i = 0; i < text.length; ) {
    if (text.charCodeAt(i) === colon) {
      if (text.charCodeAt(i + 1) === colon) gap = count
      i += gap === count ? 2 : 1
      continue
    }
    const end = endOfGroup(text, i)
    // The tail may be written as IPv4 (RFC 4291 §2.2.3): it fills two groups.
    if (text.charCodeAt(end) === dot) {
      const word = readIPv4(text, i)
      groups[count++] = word >>> 16
      groups[count++] = word & 0xffff
      break
    }
    groups[count++] = Number.parseInt(text.slice(i, end), 16)
    i = end
  }
  if (gap >= 0) groups.copyWithin(8 - count + gap, gap, count).fill(0, gap, 8 - count + gap)
  const word = (i: number) => (((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0)) >>> 0
  return [word(0), word(2), word(4), word(6)]
}

function endOfGroup(text: string, from: number): number {
  let end = from
  while (end < text.length && text.charCodeAt(end) !== colon && text.charCodeAt(end) !== dot) end++
  return end
}

/** RFC 5952 §4: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) written `::`. */
export function formatIPv6(words: Words): string {
  const group = (i: number) => ((words[i >> 1] ?? 0) >>> (i % 2 === 0 ? 16 : 0)) & 0xffff
  let gap = -1
  let gapLength = 1
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (i + length < 8 && group(i + length) === 0) length++
    if (length > gapLength) {
      gap = i
      gapLength = length
    }
    i += length
  }
  let text = ''
  for (let i = 0; i < 8; i++) {
    if (i === gap) {
      text += '::'
      i += gapLength - 1
    } else text += (text === '' || text.endsWith(':') ? '' : ':') + group(i).toString(16)
  }
  return text
}
