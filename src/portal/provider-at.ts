import type { Organization, Organizations } from '../people/organization.ts'
import type { Provider } from '../sso/provider.ts'
import type { SamlRooms } from './saml-rooms.ts'

/** The organization of a `/saml/<slug>/...` address, with its identity provider. */
export interface ProviderAt {
  readonly organization: Organization
  readonly provider: Provider
}

export interface ProviderAtNeeds extends Pick<SamlRooms, 'providers'> {
  readonly organizations: Pick<Organizations, 'findBySlug'>
}

/** Null where there is no such organization, or it has no provider. */
export async function findProviderAt(
  { organizations, providers }: ProviderAtNeeds,
  slug: string,
): Promise<ProviderAt | null> {
  const organization = await organizations.findBySlug(slug)
  const provider = organization === null ? null : await providers.of(organization.id)
  return organization === null || provider === null ? null : { organization, provider }
}
