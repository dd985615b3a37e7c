import { parseEmail } from '../../../src/people/email.ts'
import type { AcceptedAssertion, ResponseReading } from '../../../src/sso/reading.ts'
import type { Case } from './case.ts'
import type { World } from './world.ts'

/** What is wrong with this reading, in words; null when nothing is. */
export function judge(one: Pick<Case, 'outcome' | 'causes'>, reading: ResponseReading, world: World): string | null {
  if (reading.kind === 'refused') {
    if (one.outcome === 'mallory') return `refused: ${reading.cause}, ${reading.detail}`
    if (one.causes.length === 0 || one.causes.includes(reading.cause)) return null
    return `refused for ${reading.cause} (${reading.detail}), not for ${one.causes.join(', ')}`
  }
  const { assertion } = reading
  switch (one.outcome) {
    case 'refused':
      return `accepted as ${assertion.email}`
    case 'not victim':
      return isVictim(assertion, world) ? `accepted as the victim, spelled ${JSON.stringify(assertion.email)}` : null
    case 'mallory':
    case 'harmless':
      return strayOf(assertion, world)
  }
}

function isVictim({ email }: AcceptedAssertion, world: World): boolean {
  return keyOf(email) === keyOf(world.victim)
}

/** Anything in what was accepted that the genuine message does not say. */
function strayOf(assertion: AcceptedAssertion, world: World): string | null {
  if (keyOf(assertion.email) !== keyOf(world.mallory)) return `accepted as ${JSON.stringify(assertion.email)}`
  if (assertion.issuer !== world.a.entityId) return `issuer ${assertion.issuer}`
  if (assertion.requestId !== world.requestId && assertion.requestId !== null) return `request ${assertion.requestId}`
  return null
}

function keyOf(email: string): string {
  const parsed = parseEmail(email)
  return parsed === null ? `unreadable: ${email}` : parsed.key
}
