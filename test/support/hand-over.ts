import type { HandOvers } from '../../src/people/hand-overs.ts'
import type { Origin } from '../../src/people/origin.ts'
import type { PortalHarness } from './portal-harness.ts'
import { accountOf } from './portal-people.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from './portal-visitor.ts'

// Hand-overs as administrators issue them and people use them.

export const support: Origin = { actor: { kind: 'operator', id: 'mika' }, address: null, receipt: null, device: 'CLI' }

/** A code for the account with that address; it throws where none is issued. */
export async function issueFor(
  harness: PortalHarness,
  email: string,
  by: Origin = support,
): Promise<Extract<Awaited<ReturnType<HandOvers['issue']>>, { kind: 'issued' }>> {
  const issued = await harness.handOvers.issue(await accountOf(harness, email), 'The mailbox is lost', by)
  if (issued.kind !== 'issued') throw new Error(`refused: ${issued.why}`)
  return issued
}

/** Shows the code on the page; the answer is the next page, or this one again. */
export async function showCode(visitor: PortalVisitor, origin: string, email: string, code: string): Promise<Reply> {
  return visitor.submit(await visitor.get(`${origin}/reset/hand-over`), { email, code })
}

export function stranger(
  { port }: PortalHarness,
  options: { language?: string; address?: string } = {},
): PortalVisitor {
  return createPortalVisitor({ port, ...options })
}
