import type { Proof, ProofKind } from '../policy/facts.ts'

/** `amr` of a proof, in the words of RFC 8176 where it has one. `saml` is not registered there; backends know it from docs/headers.md. */
const methodsOf: Record<ProofKind, readonly string[]> = {
  password: ['pwd'],
  totp: ['otp'],
  backup_code: ['otp'],
  sms_code: ['sms', 'mca'],
  email_code: ['otp', 'mca'],
  // Only user-verified passkeys become proofs: possession of a key, shown by the person.
  passkey: ['hwk', 'user'],
  saml: ['saml'],
}

/** Authentication methods, each once, in the order they were shown; `mfa` when they are of more than one kind. */
export function authenticationMethods(proofs: readonly Proof[]): readonly string[] {
  const methods = new Set(proofs.flatMap(proof => methodsOf[proof.kind]))
  if (isMultiFactor(proofs)) methods.add('mfa')
  return [...methods]
}

/** `acr`: the class the identity provider stated for single sign-on, else the assurance level by the number of factors (NIST SP 800-63B). */
export function authenticationContext(proofs: readonly Proof[]): string {
  const stated = proofs.find(proof => proof.kind === 'saml')?.context
  return stated ?? (isMultiFactor(proofs) ? 'aal2' : 'aal1')
}

/** When the person last proved who they are, in seconds since 1970. */
export function authenticationTime(proofs: readonly Proof[]): number {
  return Math.floor(proofs.reduce((latest, proof) => Math.max(latest, proof.at), 0) / 1000)
}

function isMultiFactor(proofs: readonly Proof[]): boolean {
  if (proofs.some(proof => proof.kind === 'passkey')) return true
  const knows = proofs.some(proof => proof.kind === 'password')
  return (
    knows && proofs.some(proof => proof.kind !== 'password' && proof.kind !== 'saml' && proof.kind !== 'email_code')
  )
}
