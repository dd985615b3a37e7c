import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { OrganizationId } from '../policy/facts.ts'
import { newDomain } from './domain-claims.ts'
import type { EmailDomains } from './email-domains.ts'
import type { Organizations } from './organization.ts'
import { auditOf, type Origin } from './origin.ts'

/**
 * Domains that stand in the operator's files: their word verifies them, and what leaves a file leaves the store. What was shown in another
 * way stays.
 */
export interface DeclaredDomains {
  /** Before anything is written. Fault `invalid_input` for a domain that an organization outside of the files has shown to be its own. */
  check(declared: readonly DomainsOf[]): Promise<void>
  /** After the organizations themselves stand: writes only what differs. */
  adopt(declared: readonly DomainsOf[], by: Origin): Promise<void>
}

export interface DomainsOf {
  readonly slug: string
  /** Lower case, in their ASCII form. */
  readonly emailDomains: readonly string[]
}

export interface DeclaredDomainsNeeds {
  readonly domains: EmailDomains
  readonly organizations: Pick<Organizations, 'findBySlug' | 'list'>
  readonly random: Random
  readonly clock: Clock
}

const verifiedBy = 'policies'

export function createDeclaredDomains(needs: DeclaredDomainsNeeds): DeclaredDomains {
  return {
    async check(declared) {
      const slugs = new Map((await needs.organizations.list()).map(({ id, slug }) => [id, slug]))
      for (const { slug, emailDomains } of declared)
        for (const domain of emailDomains) {
          const owner = await needs.domains.ownerOf(domain)
          if (owner === null || slugs.get(owner) === slug || (await givesUp(needs, declared, slugs, owner, domain)))
            continue
          const detail = `the e-mail domain ${domain} of organization ${slug} was verified by ${slugs.get(owner) ?? owner}`
          throw new Fault('invalid_input', { detail })
        }
    },
    async adopt(declared, by) {
      const organizations = await Promise.all(
        declared.map(async one => ({ ...one, id: (await needs.organizations.findBySlug(one.slug))?.id ?? null })),
      )
      // Given up before it is taken: a domain may move from one file to another.
      for (const { id, emailDomains } of organizations) if (id !== null) await giveUp(needs, id, emailDomains, by)
      for (const { id, emailDomains } of organizations)
        if (id !== null) for (const domain of emailDomains) await take(needs, id, domain, by)
    },
  }
}

/** It moves within the files. */
async function givesUp(
  { domains }: DeclaredDomainsNeeds,
  declared: readonly DomainsOf[],
  slugs: ReadonlyMap<OrganizationId, string>,
  owner: OrganizationId,
  domain: string,
): Promise<boolean> {
  const theirs = declared.find(({ slug }) => slug === slugs.get(owner))
  if (theirs === undefined || theirs.emailDomains.includes(domain)) return false
  return (await domains.listOf(owner)).some(each => each.domain === domain && each.verifiedBy === verifiedBy)
}

async function giveUp(
  { domains, clock }: DeclaredDomainsNeeds,
  organizationId: OrganizationId,
  kept: readonly string[],
  by: Origin,
): Promise<void> {
  for (const { domain, verifiedBy: verifier } of await domains.listOf(organizationId)) {
    if (verifier !== verifiedBy || kept.includes(domain)) continue
    const audit = auditOf('email_domain_removed', { accountId: null, organizationId }, by, clock.now(), { domain })
    await domains.remove(domain, organizationId, audit)
  }
}

async function take(
  { domains, random, clock }: DeclaredDomainsNeeds,
  organizationId: OrganizationId,
  domain: string,
  by: Origin,
): Promise<void> {
  if ((await domains.ownerOf(domain)) === organizationId) return
  const at = clock.now()
  const audit = auditOf('email_domain_verified', { accountId: null, organizationId }, by, at, { domain, verifiedBy })
  const claim = { ...newDomain(domain, organizationId, random, at), verifiedAt: at, verifiedBy }
  if ((await domains.claim(claim, audit)) === 'there')
    await domains.verify({ domain, organizationId }, at, verifiedBy, audit)
}
