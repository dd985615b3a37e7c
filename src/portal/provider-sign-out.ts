import type { Clock } from '../lib/clock.ts'
import type { Seal } from '../lib/seal.ts'
import type { Directory } from '../people/directory.ts'
import type { Session } from '../people/session.ts'
import type { OrganizationId, ProofSubject } from '../policy/facts.ts'
import { samlAddresses } from '../sso/addresses.ts'
import { logoutRequest } from '../sso/messages.ts'
import type { OutgoingMessage } from '../sso/outgoing-signature.ts'
import type { PortalConfig } from './config.ts'
import type { SamlRooms } from './saml-rooms.ts'

/**
 * What follows a sign-out here: the provider is told, by the browser (SAML profiles 4.4). The session has ended before anything of this
 * begins. An end that somebody else forces (operator, suspension, "this was not me") tells no provider.
 */
export interface ProviderSignOut extends SignOutTickets {
  /** Our signed request; null when the provider takes none, or is not that one any more. */
  message(signedOut: SignedOut): Promise<OutgoingMessage | null>
}

/** As much as an application's host needs: it leads through the portal. */
export interface SignOutTickets {
  /** Whom the provider is told about; null when no provider vouched. */
  of(session: Pick<Session, 'proofs' | 'organizationId'>): SignedOut | null
  /** An address on the portal that is good for a minute. */
  address(signedOut: SignedOut): string
  /** What the ticket of such an address was made of; null when it is not ours or too old. */
  open(ticket: string): SignedOut | null
}

export interface SignedOut {
  readonly organizationId: OrganizationId
  readonly subject: ProofSubject
}

export type SignOutRooms = Pick<SamlRooms, 'requestSeal'>

export interface SignOutTicketsNeeds extends SignOutRooms {
  readonly config: Pick<PortalConfig, 'portalOrigin'>
  readonly clock: Clock
}

export interface ProviderSignOutNeeds
  extends SignOutTicketsNeeds,
    Pick<SamlRooms, 'providers' | 'ownKeys' | 'logoutIds'> {
  readonly directory: Pick<Directory, 'organization'>
}

export const providerSignOutPath = '/saml/sign-out'

export function createProviderSignOut(needs: ProviderSignOutNeeds): ProviderSignOut {
  return { ...createSignOutTickets(needs), message: signedOut => messageFor(needs, signedOut) }
}

export function createSignOutTickets({ requestSeal: seal, config, clock }: SignOutTicketsNeeds): SignOutTickets {
  return {
    of({ proofs, organizationId }) {
      const proof = proofs.find(({ kind, organization }) => kind === 'saml' && organization === organizationId)
      return organizationId === null || proof?.subject === undefined ? null : { organizationId, subject: proof.subject }
    },
    address({ organizationId, subject }) {
      const kept: Kept = { organizationId, subject, until: clock.now() + ticketMs }
      const query = new URLSearchParams({ ticket: seal.close(JSON.stringify(kept), sealContext) })
      return `${config.portalOrigin}${providerSignOutPath}?${query.toString()}`
    },
    open(ticket) {
      const kept = openKept(seal, ticket)
      return kept === null || clock.now() >= kept.until ? null : kept
    },
  }
}

interface Kept extends SignedOut {
  readonly until: number
}

const sealContext = 'saml-sign-out'
/** Time for one redirect. */
const ticketMs = 60_000

function openKept(seal: Seal, ticket: string): Kept | null {
  try {
    return JSON.parse(seal.open(ticket, sealContext)) as Kept // because nobody else can have sealed it
  } catch {
    return null
  }
}

async function messageFor(
  { providers, directory, ownKeys, logoutIds, config, clock }: ProviderSignOutNeeds,
  { organizationId, subject }: SignedOut,
): Promise<OutgoingMessage | null> {
  const provider = await providers.of(organizationId)
  const organization = await directory.organization(organizationId)
  if (provider === null || organization === null || provider.metadata.entityId !== subject.issuer) return null
  const { logout } = provider.metadata
  const endpoint = logout.find(({ binding }) => binding === provider.settings.requestBinding) ?? logout[0]
  if (endpoint === undefined) return null
  return logoutRequest({
    ...{ id: logoutIds.mint(organizationId), now: clock.now(), key: await ownKeys.current(), relayState: null },
    issuer: samlAddresses(config.portalOrigin, organization.slug).entityId,
    ...{ binding: endpoint.binding, destination: endpoint.location },
    ...{ nameId: subject.nameId, nameIdFormat: subject.nameIdFormat, sessionIndex: subject.sessionIndex },
  })
}
