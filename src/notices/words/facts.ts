import { formatInstant } from '../../lib/instant.ts'
import type { Notice } from '../notice.ts'

/**
 * A fact as text; a notice without it was written wrongly and must not go out half empty. Names and reasons come from outside: they stay on
 * their line, so that nobody writes paragraphs of ours, and turn no text around them.
 */
export function text(notice: Notice, name: string): string {
  const value = notice.facts[name]
  if (value === undefined) throw new Error(`notice ${notice.kind} lacks its fact ${name}`)
  return String(value).toWellFormed().replaceAll(lineBreaks, ' ').replaceAll(turning, '')
}

const lineBreaks = /[\p{Cc}\p{Zl}\p{Zp}]+/gu
/** Marks that set the direction of what follows them (Unicode TR 9). */
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** A moment in words; without a known zone of the person, UTC is said. */
export function moment(notice: Notice, name: string): string {
  const value = notice.facts[name]
  if (typeof value !== 'number') throw new Error(`notice ${notice.kind} lacks its time ${name}`)
  return formatInstant(value, notice.language)
}
