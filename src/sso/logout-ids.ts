import { createHmac } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { sameSecret } from '../lib/secret.ts'
import type { OrganizationId } from '../policy/facts.ts'

/**
 * IDs of the logout requests that we send. Nobody has to remember them: each says when it was made, and a MAC binds it to that and to the
 * organization. No cookie is needed either: an answer to one changes nothing, it only says what the page says.
 */
export interface LogoutIds {
  /** An NCName, as xs:ID has to be. */
  mint(organizationId: OrganizationId): string
  isOurs(id: string, organizationId: OrganizationId): boolean
}

export interface LogoutIdsNeeds {
  readonly key: Buffer
  readonly random: Random
  readonly clock: Pick<Clock, 'now'>
}

export function createLogoutIds({ key, random, clock }: LogoutIdsNeeds): LogoutIds {
  const macOf = (organizationId: OrganizationId, madeAt: string, nonce: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([organizationId, madeAt, nonce]))
      .digest('base64url')
  return {
    mint(organizationId) {
      const madeAt = String(clock.now())
      const nonce = random.token(12)
      return `_${madeAt}.${nonce}.${macOf(organizationId, madeAt, nonce)}`
    },
    isOurs(id, organizationId) {
      const [, madeAt, nonce, mac] = /^_([0-9]{1,16})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})$/.exec(id) ?? []
      if (madeAt === undefined || nonce === undefined || mac === undefined) return false
      const age = clock.now() - Number(madeAt)
      return age >= 0 && age < answerMs && sameSecret(mac, macOf(organizationId, madeAt, nonce))
    },
  }
}

/** How long an answer is waited for: the provider may ask other applications first. */
const answerMs = 10 * 60_000
