import { createHmac } from 'node:crypto'
import type { OrganizationId } from '../policy/facts.ts'

/** What a request of ours was started for, as the browser's sealed cookie keeps it. */
export interface RequestMarks {
  /** Random, known to the one browser that holds the cookie. */
  readonly nonce: string
  readonly organizationId: OrganizationId
  readonly startedAt: number
  readonly purpose: RequestPurpose
}

export type RequestPurpose = 'sign_in' | 'prove_again' | 'test'

/**
 * IDs of AuthnRequests that nobody has to remember: a MAC over what the browser's cookie holds. So asking stores nothing here, and an answer
 * (its InResponseTo) counts only in the browser that asked, for the organization, the time and the purpose it was asked for.
 */
export interface RequestIds {
  /** An NCName, as xs:ID has to be: it begins with an underscore. */
  idOf(marks: RequestMarks): string
}

export function createRequestIds(key: Buffer): RequestIds {
  return {
    idOf: ({ nonce, organizationId, startedAt, purpose }) =>
      `_${createHmac('sha256', key)
        .update(JSON.stringify([nonce, organizationId, startedAt, purpose]))
        .digest('base64url')}`,
  }
}

/** How long an answer is waited for: time to sign in at the provider, with a second factor and a lost phone. */
export const requestMs = 10 * 60_000
