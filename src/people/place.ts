import { type Address, budgetKey, parseAddress } from '../lib/address.ts'
import type { Language } from '../notices/notice.ts'

/** Where an address is, as far as the operator's files know. A hint for people, never a control. */
export interface Place {
  /** ISO 3166-1, such as `JP`. */
  readonly country: { readonly code: string; readonly names: Names } | null
  readonly city: Names | null
  /** The autonomous system that announces the address. */
  readonly network: { readonly number: number; readonly name: string } | null
}

export type Names = Readonly<Record<Language, string>>

/** What two sign-ins are compared by; written into the audit row. `network` is the system, or the prefix where no file knows it. */
export interface PlaceKeys {
  readonly country: string | null
  readonly city: string | null
  readonly network: string | null
}

export const nowhere: Place = { country: null, city: null, network: null }

/** Such as "Osaka, Japan" and 「日本 大阪市」; empty where nothing is known. */
export function placeText({ country, city }: Place, language: Language): string {
  const names = [city?.[language], country?.names[language]].filter(name => name !== undefined && name !== '')
  return language === 'ja' ? names.reverse().join(' ') : names.join(', ')
}

export function placeKeys({ country, city, network }: Place, address: string): PlaceKeys {
  const code = country?.code ?? null
  return {
    country: code,
    city: city === null ? null : `${code ?? '-'} ${city.en}`,
    network: network === null ? prefixOf(address) : `AS${network.number}`,
  }
}

/** Providers hand their customers new addresses within a /16 and a /32 (RFC 6177 §2: a provider's usual share). */
function prefixOf(address: string): string | null {
  const parsed = parseAddress(address)
  if (parsed === null) return null
  return parsed.family === 4 ? `${parsed.text.split('.').slice(0, 2).join('.')}.0.0/16` : sixPrefix(parsed)
}

function sixPrefix(address: Address): string {
  return budgetKey({ ...address, words: [address.words[0], 0, 0, 0] }).replace('/64', '/32')
}
