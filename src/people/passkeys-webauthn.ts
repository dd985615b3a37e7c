import type { Assertion, Attestation, Transport } from './passkeys-answer.ts'

// The one door to the WebAuthn library. It is loaded at the first answer and not before: it takes half a second and 27 MB, and changes
// the global Reflect.

/** The site that passkeys are made for. */
export interface Site {
  /** `https://auth.example.com`: the only origin whose pages may use them. */
  readonly origin: string
  /** The product's name, as authenticators show it. */
  readonly name: string
}

export interface PublicKey {
  readonly credentialId: string
  /** COSE, in base64url. */
  readonly publicKey: string
  readonly transports: readonly Transport[]
}

/** ES256, EdDSA, RS256 (IANA COSE): what all authenticators of today have one of. Stated, so that the library does not look for newer ones. */
export const algorithms = [-7, -8, -257]

/** The relying party's id: the portal's host itself, so that no page of a sister host can ask for our passkeys. */
export function siteId({ origin }: Site): string {
  return new URL(origin).hostname
}

/** Null when the signature, the origin, the site or the user's verification is not as it must be. */
export async function checkAssertion(
  site: Site,
  assertion: Assertion,
  challenge: string,
  key: PublicKey,
): Promise<{ readonly counter: number } | null> {
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const { credentialId: id, clientData, authenticatorData, signature } = assertion
  const checked = await refused(() =>
    verifyAuthenticationResponse({
      response: {
        ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
        response: { clientDataJSON: clientData, authenticatorData, signature },
      },
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: siteId(site),
      requireUserVerification: true,
      // The counter is judged by the store's compare-and-set: a number that was read a moment ago proves nothing.
      credential: { id, publicKey: bytesOf(key.publicKey), counter: 0 },
    }),
  )
  return checked?.verified === true ? { counter: checked.authenticationInfo.newCounter } : null
}

export async function checkAttestation(
  site: Site,
  attestation: Attestation,
  challenge: string,
): Promise<(PublicKey & { readonly counter: number }) | null> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const { credentialId: id, clientData, attestationObject } = attestation
  if (!(await isPlain(attestationObject))) return null
  const checked = await refused(() =>
    verifyRegistrationResponse({
      response: {
        ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
        response: { clientDataJSON: clientData, attestationObject },
      },
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: siteId(site),
      requireUserVerification: true,
      supportedAlgorithmIDs: [...algorithms],
    }),
  )
  if (checked?.verified !== true) return null
  const { credential } = checked.registrationInfo
  // The id that counts is the one that the authenticator's own data states.
  if (credential.id !== id) return null
  const publicKey = Buffer.from(credential.publicKey).toString('base64url')
  return { credentialId: id, publicKey, counter: credential.counter, transports: attestation.transports }
}

/**
 * No certificates: we ask for none, and to check those that somebody sends all the same, the library would fetch the revocation list
 * from whatever address the certificate names. What is left is no statement, or one signed by the new key itself.
 */
async function isPlain(attestationObject: string): Promise<boolean> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
  const decoded = await refused(() => decodeAttestationObject(bytesOf(attestationObject)))
  if (decoded === null) return false
  const format: unknown = decoded.get('fmt')
  const statement: unknown = decoded.get('attStmt')
  if (!(statement instanceof Map)) return false
  return format === 'none' ? statement.size === 0 : format === 'packed' && !statement.has('x5c')
}

/** The library tells every refusal by throwing, so what it throws is an answer and no fault. */
async function refused<Checked>(check: () => Checked | Promise<Checked>): Promise<Checked | null> {
  try {
    return await check()
  } catch {
    return null
  }
}

function bytesOf(encoded: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(encoded, 'base64url'))
}
