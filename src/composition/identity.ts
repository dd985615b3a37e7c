import type { Decision } from '../policy/verdict.ts'
import type { Identity } from '../proxy/forwarding.ts'

/** Who is asking, from the facts of an allowed walk; null when the walk asked for nobody. */
export function identityOf({ learned }: Decision): Identity | null {
  const { session, account, organization } = learned
  if (session == null || account == null) return null
  return {
    subject: account.id,
    sessionId: session.rootId,
    accountId: account.id,
    organizationId: account.organizationId,
    organization: organization?.slug ?? null,
    email: account.email,
    name: account.name,
    roles: account.roles,
    proofs: session.proofs,
  }
}
