import type { KeyObject } from 'node:crypto'
import { type CryptoKey, SignJWT } from 'jose'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import { authenticationContext, authenticationMethods, authenticationTime } from './authentication-methods.ts'
import type { Identity } from './forwarding.ts'

/** The keys that tokens are signed with and verified by; the key ring is one. */
export interface SigningKeys {
  current(): { readonly kid: string; readonly alg: 'ES256' | 'EdDSA'; readonly privateKey: KeyObject | CryptoKey }
  /** Public keys: next, current and previous. */
  published(): readonly { readonly jwk: Readonly<Record<string, string>> }[]
}

/** Signed tokens that tell one upstream who is asking. */
export interface IdentityTokens {
  /** At once while a token of this session and upstream is less than half its life old. Rejects when it cannot be signed: nothing is forwarded unsigned. */
  tokenFor(identity: Identity, audience: string): string | Promise<string>
  /** Drops what was signed for a session. Changes of the identity are noticed without it. */
  forget(sessionId: string): void
}

export interface IdentityTokensOptions {
  readonly issuer: string
  readonly keys: SigningKeys
  readonly clock: Clock
  readonly random: Random
  /** At most `lifetimeSecondsMax`, which is what stands without it. */
  readonly lifetimeSeconds?: number
  /** Tokens kept for reuse; the oldest go first. About 1 KiB each. */
  readonly cachedMax?: number
}

/** Long enough for a request on its way, too short to be worth stealing; verifiers hold us to it. */
const lifetimeSecondsMax = 60

interface Cached {
  readonly identity: Identity
  readonly kid: string
  readonly reusedUntilMs: number
  token: string | Promise<string>
}

export function createIdentityTokens(options: IdentityTokensOptions): IdentityTokens {
  const { clock, keys, cachedMax = 50_000 } = options
  const lifetimeSeconds = Math.min(options.lifetimeSeconds ?? lifetimeSecondsMax, lifetimeSecondsMax)
  const reusedMs = (lifetimeSeconds * 1000) / 2
  // By session first, so that a session can be forgotten; in order of their making, so that the oldest go first.
  const sessions = new Map<string, Map<string, Cached>>()
  return {
    tokenFor(identity, audience) {
      const now = clock.monotonicMs()
      const cached = sessions.get(identity.sessionId)?.get(audience)
      const { kid } = keys.current()
      if (cached !== undefined && cached.reusedUntilMs > now && cached.kid === kid && isSame(cached.identity, identity))
        return cached.token
      const token = sign(identity, audience, { ...options, lifetimeSeconds })
      const fresh: Cached = { identity, kid, reusedUntilMs: now + reusedMs, token }
      const ofSession = sessions.get(identity.sessionId) ?? new Map<string, Cached>()
      sessions.delete(identity.sessionId)
      sessions.set(identity.sessionId, ofSession.set(audience, fresh))
      if (sessions.size > cachedMax) sessions.delete(sessions.keys().next().value ?? '')
      token.then(
        text => {
          fresh.token = text
        },
        () => ofSession.delete(audience), // the next request tries again
      )
      return token
    },
    forget: sessionId => void sessions.delete(sessionId),
  }
}

async function sign(
  identity: Identity,
  audience: string,
  options: IdentityTokensOptions & { readonly lifetimeSeconds: number },
): Promise<string> {
  const { kid, alg, privateKey } = options.keys.current()
  const now = Math.floor(options.clock.now() / 1000)
  const claims = {
    org: identity.organization,
    email: identity.email,
    name: identity.name,
    roles: identity.roles,
    amr: authenticationMethods(identity.proofs),
    acr: authenticationContext(identity.proofs),
    auth_time: authenticationTime(identity.proofs),
    sid: identity.sessionId,
  }
  try {
    return await new SignJWT({ ...claims, roles: [...claims.roles], amr: [...claims.amr] })
      .setProtectedHeader({ alg, kid, typ: 'gateway+jwt' })
      .setIssuer(options.issuer)
      .setAudience(audience)
      .setSubject(identity.subject)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + options.lifetimeSeconds)
      .setJti(options.random.token(16))
      .sign(privateKey)
  } catch (cause) {
    throw new Fault('unavailable', { cause, detail: 'the identity token cannot be signed' })
  }
}

/** By value: the facts may be read anew for each request. */
function isSame(left: Identity, right: Identity): boolean {
  return (
    left === right ||
    (left.subject === right.subject &&
      left.organization === right.organization &&
      left.email === right.email &&
      left.name === right.name &&
      (left.roles === right.roles || left.roles.join() === right.roles.join()) &&
      (left.proofs === right.proofs || areSame(left.proofs, right.proofs)))
  )
}

function areSame(left: Identity['proofs'], right: Identity['proofs']): boolean {
  return (
    left.length === right.length && left.every((proof, i) => proof.kind === right[i]?.kind && proof.at === right[i]?.at)
  )
}
