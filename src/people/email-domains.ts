import type { AuditEntry } from '../journal/audit.ts'
import type { OrganizationId } from '../policy/facts.ts'

/**
 * A domain of e-mail addresses that an organization says is its own. It counts only once that was shown: by a DNS record that holds
 * `token`, by the operator, or by the operator's files. Lower case, in its ASCII form.
 */
export interface EmailDomain {
  readonly domain: string
  readonly organizationId: OrganizationId
  readonly verifiedAt: number | null
  /** `dns`, `policies`, or the operator's name. */
  readonly verifiedBy: string | null
  /** What the DNS record has to hold. */
  readonly token: string
  readonly addedAt: number
}

export interface EmailDomains {
  /** The one organization that has shown that the domain is its own. */
  ownerOf(domain: string): Promise<OrganizationId | null>
  listOf(organizationId: OrganizationId): Promise<readonly EmailDomain[]>
  /** Claims a domain, verified at once where `verifiedAt` is set. `taken`: another organization has shown that it is theirs. `there`: claimed before. */
  claim(domain: EmailDomain, audit: AuditEntry): Promise<'claimed' | 'there' | 'taken'>
  /** `taken` as above; `unknown`: nobody has claimed it for that organization. */
  verify(
    domain: Pick<EmailDomain, 'domain' | 'organizationId'>,
    at: number,
    by: string,
    audit: AuditEntry,
  ): Promise<'verified' | 'taken' | 'unknown'>
  /** Also ends the sessions of the organization's people of that domain for which its provider vouched; `sessions` of the row says how many. */
  remove(domain: string, organizationId: OrganizationId, audit: AuditEntry): Promise<boolean>
}
