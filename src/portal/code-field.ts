import type { Fields } from '../http/forms.ts'
import { parseCode } from '../people/code-text.ts'

/** Six digits as people type and paste them: with spaces, or in the wide digits of a Japanese keyboard. Null for anything else. */
export function readCode(form: Fields): string | null {
  const code = (form.get('code') ?? '').slice(0, 32).normalize('NFKC').replace(/[\s-]/g, '')
  return /^[0-9]{6}$/.test(code) ? code : null
}

/** The text of the field when it can be a code of any kind; null for anything else, which costs no try. */
export function readAnyCode(form: Fields): string | null {
  return parseCode(form.get('code') ?? '')?.text ?? null
}

/** What the script has put into the form; null where it has not. */
export function readPasskey(form: Fields): string | null {
  const answer = form.get('credential') ?? ''
  return answer === '' ? null : answer
}

/** A name that a person gives to a phone or a device: one line, up to 60 characters. Null when nothing is left of it. */
export function readLabel(form: Fields): string | null {
  const text = (form.get('label') ?? '').replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  const label = Array.from(text).slice(0, 60).join('').trim()
  return label === '' ? null : label
}
