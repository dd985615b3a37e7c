import { createHmac } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { sameSecret } from '../lib/secret.ts'
import type { OrganizationId } from '../policy/facts.ts'

/**
 * Lets whoever an operator gives it to start a test sign-in, which tells the precise cause of a refusal. Strangers must not have one: the
 * causes would tell them how near a forged message came, and which padding a decryption met. It opens nothing else and stores nothing.
 */
export interface TestTickets {
  mint(organizationId: OrganizationId): string
  isGood(ticket: string, organizationId: OrganizationId): boolean
}

export function createTestTickets({ key, clock }: { readonly key: Buffer; readonly clock: Clock }): TestTickets {
  const macOf = (until: number, organizationId: OrganizationId) =>
    createHmac('sha256', key)
      .update(JSON.stringify([until, organizationId]))
      .digest('base64url')
  return {
    mint(organizationId) {
      const until = clock.now() + ticketMs
      return `${until.toString(36)}.${macOf(until, organizationId)}`
    },
    isGood(ticket, organizationId) {
      const [, text = '', mac = ''] = /^([0-9a-z]{1,11})\.([A-Za-z0-9_-]{43})$/.exec(ticket) ?? []
      const until = Number.parseInt(text, 36)
      return sameSecret(mac, macOf(until, organizationId)) && clock.now() < until
    },
  }
}

/** Time to hand it to the person who looks after the provider. */
const ticketMs = 30 * 60_000
