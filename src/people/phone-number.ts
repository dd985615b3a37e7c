import type { Brand } from '../lib/brand.ts'

/** A phone number as the whole world writes it (ITU-T E.164): + and up to 15 digits. */
export type PhoneNumber = Brand<string, 'PhoneNumber'>

export interface PhoneRules {
  /** Of numbers that are written without a country, such as `+81`; null: each is written whole. */
  readonly defaultCountry: string | null
  /** Calling codes that messages are sent to. */
  readonly countries: readonly string[]
}

export type PhoneParse =
  | { readonly kind: 'number'; readonly number: PhoneNumber }
  | { readonly kind: 'unreadable' }
  /** A number, but not of a phone that we send messages to. */
  | { readonly kind: 'not_served' }

/** Reads a number as people write it: wide digits, spaces, dashes and brackets. Strict about all else: a wrong digit is a stranger's phone. */
export function parsePhone(text: string, { defaultCountry, countries }: PhoneRules): PhoneParse {
  const plain = text
    .slice(0, 64)
    .normalize('NFKC')
    .replace(/^(\s*\+[^(]*)\(0\)/u, '$1') // +81 (0)90-...: the 0 is for callers inside the country
    .replace(/[\s().\p{Pd}\u2212\u30fc]/gu, '')
  const whole = plain.startsWith('+') ? plain : wholeOf(plain, defaultCountry)
  if (whole === null || !/^\+[1-9][0-9]{7,14}$/.test(whole)) return { kind: 'unreadable' }
  const served = countries.some(country => whole.startsWith(country)) && isMobile(whole)
  // because only here a text becomes one
  return served ? { kind: 'number', number: whole as PhoneNumber } : { kind: 'not_served' }
}

function wholeOf(plain: string, country: string | null): string | null {
  if (country === null || !/^[0-9]{6,14}$/.test(plain)) return null
  if (country === '+1') return `+1${plain}` // North America has no trunk prefix
  return plain.startsWith('0') && !plain.startsWith('00') ? `${country}${plain.slice(1)}` : null
}

/**
 * Where the numbering plan tells phones that receive messages from all others. Far places, satellites and premium services are what
 * text messages are pumped to for money (GSMA: artificially inflated traffic); they are refused whatever is configured.
 */
function isMobile(number: string): boolean {
  if (globalServices.test(number)) return false
  if (number.startsWith('+81')) return /^\+81[6-9]0[0-9]{8}$/.test(number)
  if (number.startsWith('+44')) return /^\+447[1-57-9][0-9]{8}$/.test(number)
  if (number.startsWith('+1')) return /^\+1[2-9][0-9]{2}[2-9][0-9]{6}$/.test(number) && !farAmerica.test(number)
  return true
}

/** ITU-T E.164 list of assigned codes: freephone, satellites, networks without a country, premium. */
const globalServices = /^\+(?:800|808|870|878|881|882|883|888|979)/
/** NANPA: premium 900, and the area codes of countries that share +1 and not its prices. */
const farAmerica = /^\+1(?:900|242|246|264|268|284|345|441|473|649|658|664|721|758|767|784|809|829|849|868|869|876)/

/** As it may be shown to whoever has the password: the country, and enough of the end to know one's own. */
export function maskPhone(number: PhoneNumber, countries: readonly string[]): string {
  const country = countries.find(code => number.startsWith(code)) ?? ''
  return `${country}\u00a0••••${number.slice(-2)}`.trim()
}
