import type { Json } from './json.ts'

/** Who is asking, as the gateway vouches for it. */
export interface Identity {
  /** Stable for the life of the account; the one to store. E-mail addresses and names change. */
  readonly subject: string
  readonly organization: string | null
  readonly email: string
  readonly name: string
  readonly roles: readonly string[]
  /** How the person signed in (`amr`, RFC 8176): pwd, otp, hwk, saml, ..., and mfa for more than one factor. */
  readonly methods: readonly string[]
  /** When the person last proved who they are; milliseconds since 1970. */
  readonly authenticatedAt: number
  readonly sessionId: string
  /** The one name of this token (`jti`). Tokens have no other: never key anything by their text. */
  readonly tokenId: string
}

export type Claimed =
  | { readonly kind: 'verified'; readonly identity: Identity }
  | { readonly kind: 'refused'; readonly reason: ClaimFault }

type ClaimFault =
  | 'issuer_wrong'
  | 'audience_wrong'
  | 'expired'
  | 'not_yet_valid'
  | 'lifetime_too_long'
  | 'claims_malformed'

export interface Expected {
  readonly issuer: string
  readonly audience: string
  readonly toleranceSeconds: number
}

/** Judges the claims of a token whose signature holds. */
export function judgeClaims(claims: Json, expected: Expected, nowSeconds: number): Claimed {
  const { iss, aud } = claims
  if (iss !== expected.issuer) return refuse('issuer_wrong')
  // One name, not a list: a token that is good for two backends lets the first of them act at the second.
  if (aud !== expected.audience) return refuse('audience_wrong')
  const fault = judgeTimes(claims, expected.toleranceSeconds, nowSeconds)
  if (fault !== null) return refuse(fault)
  const identity = readIdentity(claims)
  return identity === null ? refuse('claims_malformed') : { kind: 'verified', identity }
}

// The gateway gives 60 s at most. Twice that is refused also when signed: a stolen token must not be good for a day.
const lifetimeSecondsMax = 120

function judgeTimes(claims: Json, toleranceSeconds: number, nowSeconds: number): ClaimFault | null {
  const { exp, nbf, iat } = claims
  if (!isTime(exp) || !isTime(nbf) || !isTime(iat)) return 'claims_malformed'
  if (exp - iat > lifetimeSecondsMax) return 'lifetime_too_long'
  if (nowSeconds - toleranceSeconds >= exp) return 'expired'
  if (nowSeconds + toleranceSeconds < Math.max(nbf, iat)) return 'not_yet_valid'
  return null
}

function readIdentity(claims: Json): Identity | null {
  const { sub, org = null, email, name, roles, amr, auth_time: authTime, sid, jti } = claims
  if (!isText(sub) || !isText(sid) || !isText(jti)) return null
  if (typeof email !== 'string' || typeof name !== 'string' || !(org === null || isText(org))) return null
  if (!isTexts(roles) || !isTexts(amr) || !isTime(authTime)) return null
  return {
    subject: sub,
    organization: org,
    email,
    name,
    roles,
    methods: amr,
    authenticatedAt: authTime * 1000,
    sessionId: sid,
    tokenId: jti,
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText)
}

function refuse(reason: ClaimFault): Claimed {
  return { kind: 'refused', reason }
}
