import type { Clock } from '../lib/clock.ts'
import type { EmailKey } from '../people/account.ts'
import type { Directory } from '../people/directory.ts'
import type { EmailDomains } from '../people/email-domains.ts'
import type { Organization, Organizations } from '../people/organization.ts'
import { rulesAt } from '../people/organization-rules.ts'

/** Whose single sign-on somebody is led to. No account is looked up: every name of a domain is led the same way, whether anybody has it or not. */
export interface Discovery {
  /** The organization that has shown that the domain of the address is its own, while it signs in through its provider. */
  ofEmail(key: EmailKey): Promise<Organization | null>
  /** By the organization's own sign-in address. */
  ofSlug(slug: string): Promise<Organization | null>
}

export interface DiscoveryNeeds {
  readonly emailDomains: Pick<EmailDomains, 'ownerOf'>
  readonly directory: Pick<Directory, 'organization'>
  readonly organizations: Pick<Organizations, 'findBySlug'>
  readonly clock: Clock
}

export function createDiscovery({ emailDomains, directory, organizations, clock }: DiscoveryNeeds): Discovery {
  const whileRequired = (organization: Organization | null) =>
    organization !== null && rulesAt(organization, clock.now()).sso.required ? organization : null
  return {
    async ofEmail(key) {
      const owner = await emailDomains.ownerOf(key.slice(key.lastIndexOf('@') + 1))
      return owner === null ? null : whileRequired(await directory.organization(owner))
    },
    ofSlug: async slug => whileRequired(await organizations.findBySlug(slug)),
  }
}
