import type { OperatorSso } from '../operator/rooms.ts'
import type { Rooms } from './rooms.ts'
import { testTickets } from './saml.ts'

/** Single sign-on for the operators' API. */
export function operatorSso({ sso, store, keys, clock }: Rooms, portalOrigin: () => string): OperatorSso {
  const { providers, seenMessages } = store
  const { providers: service, ownKeys } = sso
  return { providers, seenMessages, service, ownKeys, testTickets: testTickets(keys.attempts, clock), portalOrigin }
}
