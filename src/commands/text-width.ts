/** Columns that a terminal gives a text: two for each wide letter (Unicode TR 11), as names and places in Japanese have them. */
export function widthOf(text: string): number {
  return Array.from(text).length + (text.match(wide)?.length ?? 0)
}

/** Like `padEnd`, by columns. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)))
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu
