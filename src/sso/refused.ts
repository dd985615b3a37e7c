import type { SamlRefusal } from './refusal.ts'

/** Thrown where the reading of a message stops: at the first check that it fails. `readResponse` and its like turn it into their outcome. */
export class Refused extends Error {
  readonly kind: SamlRefusal
  /** Plain words for administrators. */
  readonly detail: string

  constructor(kind: SamlRefusal, detail: string) {
    super(`${kind}: ${detail}`)
    this.name = 'Refused'
    this.kind = kind
    this.detail = detail
  }
}

/** @example if (audience !== expected) refuse('audience', `Audience is ${shown(audience)}, expected ${shown(expected)}`) */
export function refuse(kind: SamlRefusal, detail: string): never {
  throw new Refused(kind, detail)
}

/** A value of a stranger as a detail may hold it: short, on one line, without characters that act on terminals. */
export function shown(value: string | null): string {
  if (value === null) return 'absent'
  if (value === '') return 'empty'
  const cut = value.length > shownMax ? `${value.slice(0, shownMax)}…` : value
  return cut.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ')
}

const shownMax = 200
