import type { IncomingMessage } from 'node:http'
import type { Identity } from '../../src/verifier/claims.ts'
import type { Verification } from '../../src/verifier/verify.ts'

/** Asks the token of a request who sent it. */
export type Identify = (request: IncomingMessage) => Promise<Verification>

/** What others see of a person. */
export interface Person {
  readonly id: string
  readonly name: string
}

export function personOf(identity: Identity): Person {
  return { id: identity.subject, name: identity.name.trim() === '' ? identity.email : identity.name }
}

/** People without an organization share one space; its name is spelt as no organization is. */
export function spaceNameOf(identity: Identity): string {
  return identity.organization ?? ''
}

export function isAdministrator(identity: Identity): boolean {
  return identity.roles.includes('administrator')
}
