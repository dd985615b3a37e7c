import type { OwnKey } from '../../src/sso/own-key.ts'
import { defaultSettings, type Provider, type ProviderMetadata } from '../../src/sso/provider.ts'
import type { SeenMessage } from '../../src/sso/seen-message.ts'
import type { DurablePorts } from './ports.ts'
import { anOrganization, aTrail, dayMs, now, unique } from './samples.ts'

// One of each thing of single sign-on, complete and unlike any other.

export function aMetadata(about: Partial<ProviderMetadata> = {}): ProviderMetadata {
  return {
    entityId: 'https://idp.example.test/metadata',
    signOn: [{ binding: 'redirect', location: 'https://idp.example.test/sso' }],
    logout: [{ binding: 'post', location: 'https://idp.example.test/slo', responseLocation: null }],
    certificates: [unique('certificate')],
    wantsSignedRequests: true,
    validUntil: null,
    readAt: now,
    digest: unique('digest'),
    ...about,
  }
}

export function aProvider(organizationId: Provider['organizationId'], about: Partial<Provider> = {}): Provider {
  return {
    organizationId,
    metadata: aMetadata(),
    staged: null,
    source: { kind: 'file', name: 'idp.xml' },
    settings: defaultSettings,
    createdAt: now,
    version: 1,
    ...about,
  }
}

/** A provider of an organization of its own, as it stands in the store. */
export async function storedOrganizationId(store: DurablePorts): Promise<Provider['organizationId']> {
  const organization = anOrganization()
  await store.organizations.create(organization, aTrail('organization_created'))
  return organization.id
}

export function anOwnKey(state: OwnKey['state'], about: Partial<OwnKey> = {}): OwnKey {
  return {
    id: unique('sso-key'),
    state,
    certificate: 'MIIC',
    sealedPrivateKey: 'sealed',
    createdAt: now,
    endsAt: now + 3_650 * dayMs,
    ...about,
  }
}

export function aSeenMessage(
  organizationId: SeenMessage['organizationId'],
  about: Partial<SeenMessage> = {},
): SeenMessage {
  return {
    organizationId,
    at: now,
    purpose: 'sign_in',
    outcome: 'accepted',
    detail: 'signed in',
    subject: 'm•••@corp.test',
    issuer: 'https://idp.example.test/metadata',
    offsetMs: -250,
    receipt: unique('receipt'),
    times: 1,
    since: now,
    ...about,
  }
}
