import type { RawHeaders } from '../lib/request-head.ts'
import type { SigningKeys } from './identity-token.ts'

/** The public keys as backends fetch them. Five minutes of caching are safe: a key is published a rotation before it signs. */
export function jwksAnswer(keys: SigningKeys): { status: number; headers: RawHeaders; body: string } {
  return {
    status: 200,
    headers: [
      'Content-Type',
      'application/jwk-set+json',
      'Cache-Control',
      'public, max-age=300',
      'X-Content-Type-Options',
      'nosniff',
    ],
    body: JSON.stringify({ keys: keys.published().map(({ jwk }) => publicMembers(jwk)) }),
  }
}

/** Only members that are public by definition: a private one cannot get out, whatever the key source hands over. */
function publicMembers(jwk: Readonly<Record<string, string>>): Record<string, string> {
  const members = ['kty', 'crv', 'x', 'y', 'kid', 'alg', 'use']
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => members.includes(name)))
}
