import { generateURI, ScureBase32Plugin, verifySync } from 'otplib'
import type { Random } from '../lib/random.ts'

/** What a person types or scans into an authenticator app. */
export interface TotpSecret {
  /** Base32. */
  readonly secret: string
  /** otpauth: address, for the QR code. */
  readonly uri: string
}

/** 160 bits, as RFC 4226 §4 recommends. */
export function newTotpSecret(random: Random): string {
  return new ScureBase32Plugin().encode(random.bytes(20))
}

export function totpSecret(secret: string, email: string, issuerName: string): TotpSecret {
  return { secret, uri: generateURI({ issuer: issuerName, label: email, secret }) }
}

/**
 * The time step that the code belongs to, or null for a wrong one. The present step and the one before count (RFC 6238 §5.2: one
 * step for the way); a step from the future never does.
 */
export function totpStep(secret: string, code: string, now: number): number | null {
  // Digits may come spaced, and full-width from a Japanese keyboard. The library throws for whatever else is no code.
  const token = code.slice(0, 32).normalize('NFKC').replace(/[\s-]/g, '')
  if (!/^[0-9]{6}$/.test(token)) return null
  const checked = verifySync({ secret, token, epoch: Math.floor(now / 1000), epochTolerance: [30, 0] })
  return checked.valid && 'timeStep' in checked ? checked.timeStep : null
}
