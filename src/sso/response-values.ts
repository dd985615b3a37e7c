import { parseInstant } from '../lib/instant.ts'
import type { SamlRefusal } from './refusal.ts'
import { refuse, shown } from './refused.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, textOf } from './xml-read.ts'

// Values of a message, each in the one spelling that is accepted.

/** The clock that a message is judged by. */
export interface Now {
  readonly at: number
  /** By so much the provider's clock may differ. */
  readonly skewMs: number
}

/** A moment in UTC with its `Z` (saml-core 1.3.3), in milliseconds since 1970; null when the attribute is absent. */
export function instantOf(element: XmlElement, name: string, cause: SamlRefusal): number | null {
  const text = attributeOf(element, name)
  if (text === null) return null
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/.test(text) ? parseInstant(text) : Number.NaN
  return Number.isNaN(at)
    ? refuse(cause, `${name} of ${element.name} is ${shown(text)}, which is no moment in UTC`)
    : at
}

export function requiredInstant(element: XmlElement, name: string, cause: SamlRefusal): number {
  return instantOf(element, name, cause) ?? refuse(cause, `${element.name} has no ${name}`)
}

/** A name, address or identifier: one line, nothing before or behind it, nothing in it that cannot be seen. */
export function plainTextOf(element: XmlElement, cause: SamlRefusal): string {
  return plainText(textOf(element), element.name, cause)
}

export function plainText(text: string, what: string, cause: SamlRefusal): string {
  if (text === '' || text !== text.trim() || text.length > textMax || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text))
    refuse(cause, `${what} is ${shown(text)}, which is empty, too long, or has invisible characters`)
  return text
}

const textMax = 1_024
