import { domainToASCII, domainToUnicode } from 'node:url'
import type { EmailKey } from './account.ts'

/** An address as its owner wrote it, and the key by which it is found and compared. */
export interface Email {
  readonly email: string
  readonly key: EmailKey
}

/**
 * Reads one e-mail address; null for everything else (lists, display names, other types), with no hint why.
 * No folding beyond A-Z and IDNA: `ı` upper-cases to I (CVE-2019-19844), the Kelvin sign lower-cases to k, providers fold as they like.
 */
export function parseEmail(text: unknown): Email | null {
  if (typeof text !== 'string' || text.length > textLengthMax) return null
  const email = trimOuter(text)
  const parts = email.split('@')
  const [local, domain] = parts
  // Exactly one @: readers disagree about which of several is the separator (oauth2-proxy GHSA-c5c4-8r6x-56w3).
  if (parts.length !== 2 || local === undefined || domain === undefined) return null
  if (local.length > 64 || !dotAtom.test(local)) return null
  const ascii = asciiDomain(lowerAscii(domain))
  if (ascii === null) return null
  const key = `${lowerAscii(local)}@${ascii}`
  // RFC 5321 §4.5.3.1.3 as corrected by erratum 1690: 254 bytes; local part and A-labels are ASCII.
  if (key.length > 254) return null
  // A cast, because only this function makes keys: the spelling above is what every comparison and the unique index rely on.
  return { email, key: key as EmailKey }
}

/** The ASCII form of a domain that is written in any case, with or without the dot of the root; null for single labels and for what is none. */
export function parseDomain(text: string): string | null {
  if (text.length > textLengthMax) return null
  const domain = asciiDomain(trimOuter(text).toLowerCase().replace(/\.$/, ''))
  return domain !== null && domain.length <= 253 ? domain : null
}

/** Well above 254 bytes of any spelling; keeps the regular expressions below off long texts. */
const textLengthMax = 512

// RFC 5322 §3.2.3: dot-atom. Quoted local parts are refused: mailers have sent them to other domains (nodemailer CVE-2025-13033).
const dotAtom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/

function trimOuter(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '')
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}

/** A-labels of a domain that is written the one right way, as U-labels or as A-labels; null for others. */
function asciiDomain(domain: string): string | null {
  const ascii = domainToASCII(domain)
  if (ascii === '') return null
  const unicode = domainToUnicode(ascii)
  // IDNA 2008 maps nothing (RFC 5891 §5.3): full-width letters, soft hyphens, ideographic stops and decomposed marks are other
  // spellings of a domain, not the domain. Whatever the conversion would have changed is refused.
  if (domain !== ascii && domain !== unicode) return null
  if (domainToASCII(unicode) !== ascii) return null
  const asciiLabels = ascii.split('.')
  const labels = unicode.split('.')
  if (asciiLabels.length < 2 || !asciiLabels.every(isHostLabel)) return null
  const top = asciiLabels.at(-1) ?? ''
  if (/^[0-9]+$/.test(top)) return null
  return labels.every((label, i) => (label === asciiLabels[i] ? !label.startsWith('xn--') : isReadable(label, top)))
    ? ascii
    : null
}

/** RFC 1123 §2.1, and no hyphens in places three and four but in an A-label (RFC 5891 §4.2.3.1). */
function isHostLabel(label: string): boolean {
  return (
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label) && (label.slice(2, 4) !== '--' || label.startsWith('xn--'))
  )
}

/**
 * A label that is not ASCII: it must not mix scripts that look alike (UTS 39 §5.2, "highly restrictive"): Latin goes with Japanese, Chinese or Korean,
 * else a label has one script. Nor may it be made of look-alikes only, under a Latin top level (`аррӏе.com`).
 */
function isReadable(label: string, top: string): boolean {
  if (!companies.some(company => company.test(label))) return false
  if (/\p{Script=Latin}\p{M}|[ɐ-ʯ]/u.test(label)) return false
  // `gıthub.com` passes for github.com; where ı is a letter of the language, it is one.
  if (label.includes('ı') && !['tr', 'az'].includes(top)) return false
  return top.startsWith('xn--') || !lookAlikes.test(label)
}

const companies = [
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{N}\p{M}ー々〆〇・-]+$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Bopomofo}\p{N}\p{M}-]+$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Hangul}\p{N}\p{M}-]+$/u,
  ...['Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Thai', 'Devanagari', 'Armenian', 'Georgian', 'Bengali', 'Tamil'].map(
    script => new RegExp(`^[\\p{Script=${script}}\\p{N}\\p{M}-]+$`, 'u'),
  ),
]

// The Cyrillic and Greek letters that Chromium's spoof checker takes for Latin ones.
const lookAlikes = /^[асԁеһіјӏорԛѕԝхуъЬҽпгѵѡαικνορτυω0-9-]+$/u
