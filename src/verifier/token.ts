import { parseObject } from './json.ts'

/** RFC 8725 section 3.1: a closed list, never the word of the token alone. Each key is pinned to one of them (keys.ts). */
export type Algorithm = 'ES256' | 'EdDSA'

export type TokenFault =
  | 'token_too_long'
  | 'token_malformed'
  | 'type_wrong'
  | 'algorithm_not_allowed'
  | 'header_not_allowed'

export type Opened =
  | { readonly kind: 'opened'; readonly kid: string; readonly algorithm: Algorithm }
  | { readonly kind: 'refused'; readonly reason: TokenFault }

/** Looks at the shape and the protected header of a compact token. What this lets through is not yet believed. */
export function openToken(token: string): Opened {
  // Before anything else, so that a token of a megabyte costs a comparison. The gateway's own stay below 2 KiB.
  if (token.length > tokenCharactersMax) return refuse('token_too_long')
  if (!compact.test(token) || !token.split('.').every(isCanonical)) return refuse('token_malformed')
  const header = parseBytes(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url'))
  if (header === null) return refuse('token_malformed')
  if (refusedMembers.some(name => Object.hasOwn(header, name))) return refuse('header_not_allowed')
  if (header['typ'] !== 'gateway+jwt') return refuse('type_wrong')
  const { alg: algorithm, kid } = header
  if (algorithm !== 'ES256' && algorithm !== 'EdDSA') return refuse('algorithm_not_allowed')
  if (typeof kid !== 'string' || kid === '') return refuse('token_malformed')
  return { kind: 'opened', kid, algorithm }
}

/** The claims as strict JSON, or null. */
export function parsePayload(signed: Uint8Array) {
  return parseBytes(signed)
}

const tokenCharactersMax = 8 * 1024

const compact = /^[\w-]+\.[\w-]+\.[\w-]+$/

// Each lets a token name its own key, or demands something we do not do (RFC 7515 section 4.1, RFC 7797, RFC 8725 section 3.10).
const refusedMembers = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c']

// Lenient decoders ignore padding, white space and stray low bits, so that one token has many spellings (RFC 4648 section 3.5).
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part
}

function parseBytes(bytes: Uint8Array) {
  try {
    return parseObject(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return null // not UTF-8
  }
}

function refuse(reason: TokenFault): Opened {
  return { kind: 'refused', reason }
}
