// The verifier that a backend behind the gateway runs: it says who is asking, from the signed identity token and nothing else.
// It owns the rules of docs/headers.md and a bounded cache of the gateway's public keys. It never reads a cookie, never
// believes a plain X-Auth-* field, never throws over what a client sent, and imports nothing of the house: an application may
// take this folder with it. The order is fixed, cheap checks first: one header value (header.ts), its shape (token.ts), the
// key that the issuer publishes (keys.ts), the signature (here, by jose), then what it claims (claims.ts).
import { type CryptoKey, compactVerify } from 'jose'
import { type Claimed, judgeClaims } from './claims.ts'
import { readToken, type TokenSource } from './header.ts'
import { createKeys, type KeySource } from './keys.ts'
import { systemTime, type Time } from './time.ts'
import { type Algorithm, openToken, parsePayload, type TokenFault } from './token.ts'

export interface Verifier {
  /** Says who is asking. Takes the token itself, or the headers of a request: Node's `rawHeaders` are the strictest. */
  verify(source: TokenSource): Promise<Verification>
}

export type Verification = Claimed | { readonly kind: 'refused'; readonly reason: Refusal }

/** Why a token was refused. All mean 401 towards the client; `keys_unavailable` means 503: nobody could know. */
export type Refusal =
  | TokenFault
  | Extract<Claimed, { kind: 'refused' }>['reason']
  | 'token_missing'
  | 'token_repeated'
  | 'key_unknown'
  | 'keys_unavailable'
  | 'signature_wrong'

export type VerifierOptions = KeySource & {
  /** `iss` of the gateway, exactly as its configuration states it. */
  readonly issuer: string
  /** The name of this backend: a token made for another one is refused. */
  readonly audience: string
  /** How far the two clocks may be apart. */
  readonly clockToleranceSeconds?: number
  /** The field the token travels in; in `authorization` it follows the word Bearer. */
  readonly header?: string
  readonly clock?: Time
}

/**
 * Makes the verifier of one backend. Make it once: it holds the keys.
 * @example
 * const verifier = createVerifier({ issuer: 'https://auth.example.com', audience: 'chat', jwksUrl: 'https://auth.example.com/jwks.json' })
 * const verified = await verifier.verify(request.rawHeaders)
 * if (verified.kind === 'refused') return answer(401)
 * greet(verified.identity.name)
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const clock = options.clock ?? systemTime
  const header = (options.header ?? 'x-auth-token').toLowerCase()
  const toleranceSeconds = options.clockToleranceSeconds ?? 5
  const keys = createKeys(options, clock)
  return {
    async verify(source) {
      const read = readToken(source, header)
      if (read.kind === 'refused') return read
      const opened = openToken(read.token)
      if (opened.kind === 'refused') return opened
      const search = await keys.find(opened.kid, opened.algorithm)
      if (search.kind === 'unknown') return refuse('key_unknown')
      if (search.kind === 'unavailable') return refuse('keys_unavailable')
      const signed = await readSigned(read.token, search.key, opened.algorithm)
      if (signed === null) return refuse('signature_wrong')
      const claims = parsePayload(signed)
      if (claims === null) return refuse('token_malformed')
      return judgeClaims(claims, { ...options, toleranceSeconds }, clock.now() / 1000)
    },
  }
}

/** The bytes that were signed, or null. Nothing of the payload is read before. */
async function readSigned(token: string, key: CryptoKey, algorithm: Algorithm): Promise<Uint8Array | null> {
  try {
    return (await compactVerify(token, key, { algorithms: [algorithm] })).payload
  } catch {
    return null // jose throws for whatever does not verify; every cause reads the same
  }
}

function refuse(reason: Refusal): Verification {
  return { kind: 'refused', reason }
}
