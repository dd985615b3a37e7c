/** A code as a person typed it: the digits of an app, a text message or a mail, or one of the backup codes. */
export type CodeText =
  | { readonly kind: 'digits'; readonly text: string }
  | { readonly kind: 'backup'; readonly text: string }

/** Crockford's base 32: no I, L, O and U, so that nothing on paper is read as something else. */
export const backupAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 60 bits; `parseCode` expects as many. */
export const backupLength = 12

/** What people put between groups, whatever keyboard they have: spaces, all dashes, the minus sign and the Japanese long vowel. */
const between = /[\s\p{Pd}\u2212\u30fc_.·]/gu

/** Accepts wide digits and letters of a Japanese keyboard, groups and any case. Null for what can be no code at all. */
export function parseCode(input: string): CodeText | null {
  const plain = input.slice(0, 64).normalize('NFKC').replace(between, '').toUpperCase()
  if (/^[0-9]{6}$/.test(plain)) return { kind: 'digits', text: plain }
  const read = plain.replaceAll('O', '0').replace(/[IL]/g, '1')
  return /^[0-9A-HJKMNP-TV-Z]{12}$/.test(read) ? { kind: 'backup', text: read } : null
}
