import { formatInstant } from '../../lib/instant.ts'
import type { Notice } from '../notice.ts'

/** A fact as text; a notice without it was written wrongly and must not go out half empty. */
export function text(notice: Notice, name: string): string {
  const value = notice.facts[name]
  if (value === undefined) throw new Error(`notice ${notice.kind} lacks its fact ${name}`)
  return String(value)
}

/** A moment in words; without a known zone of the person, UTC is said. */
export function moment(notice: Notice, name: string): string {
  const value = notice.facts[name]
  if (typeof value !== 'number') throw new Error(`notice ${notice.kind} lacks its time ${name}`)
  return formatInstant(value, notice.language)
}
