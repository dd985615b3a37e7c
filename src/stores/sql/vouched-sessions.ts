import type { Change } from '../../people/changes.ts'
import type { Proof } from '../../policy/facts.ts'
import type { Ended } from './endings.ts'
import type { Tx } from './ground.ts'
import { storedJson } from './values.ts'

// Sessions that live by the word of an organization's identity provider.

/** Ends those of its people that `isMeant` picks by their address, with their children and with attempts that hold such a word. */
export async function endVouched(
  tx: Tx,
  organizationId: string,
  isMeant: (emailKey: string) => boolean = () => true,
): Promise<Ended> {
  const rows = await tx
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .select(['sessions.id', 'sessions.proofs', 'accounts.email_key'])
    .where('accounts.organization_id', '=', organizationId)
    .whereRef('sessions.id', '=', 'sessions.root_id')
    .execute()
  const attempts = await tx
    .selectFrom('attempts')
    .innerJoin('accounts', 'accounts.id', 'attempts.account_id')
    .select(['attempts.id', 'attempts.proofs', 'accounts.email_key'])
    .where('accounts.organization_id', '=', organizationId)
    .execute()
  const ends = ({ proofs, email_key }: { proofs: string; email_key: string }) =>
    isMeant(email_key) && isVouchedFor(storedJson<readonly Proof[]>(proofs), organizationId)
  for (const chunk of chunksOf(attempts.filter(ends).map(({ id }) => id)))
    await tx.deleteFrom('attempts').where('id', 'in', chunk).execute()
  const roots = rows.filter(ends).map(({ id }) => id)
  return { roots: roots.length, changes: await endRoots(tx, roots) }
}

export function isVouchedFor(proofs: readonly Proof[], organizationId: string): boolean {
  return proofs.some(proof => proof.kind === 'saml' && proof.organization === organizationId)
}

export async function endRoots(tx: Tx, roots: readonly string[]): Promise<readonly Change[]> {
  const changes: Change[] = []
  for (const chunk of chunksOf(roots)) {
    // Children first and by themselves: a cascade would end them as well, but would not say which.
    const children = await tx
      .deleteFrom('sessions')
      .where('root_id', 'in', chunk)
      .whereRef('id', '<>', 'root_id')
      .returning('id')
      .execute()
    await tx.deleteFrom('sessions').where('id', 'in', chunk).execute()
    changes.push(...[...chunk, ...children.map(child => child.id)].map((id): Change => ({ kind: 'session', id })))
  }
  return changes
}

/** Below the number of values that one statement may hold. */
const chunkSize = 500

export function* chunksOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let i = 0; i < ids.length; i += chunkSize) yield ids.slice(i, i + chunkSize)
}
