import { isoInstant } from '../lib/instant.ts'
import { type Outgoing, type OutgoingMessage, sendSigned } from './outgoing-signature.ts'
import { element, type Xml } from './xml-writer.ts'

/** What every message of ours says, and how it travels. */
export interface MessageHead extends Pick<Outgoing, 'binding' | 'destination' | 'relayState' | 'key' | 'id'> {
  /** Our entity id for the organization. */
  readonly issuer: string
  readonly now: number
}

export interface AuthnRequest extends MessageHead {
  readonly acsUrl: string
  /** ForceAuthn: the provider has to ask the person anew. */
  readonly forced: boolean
  /** AuthnContext classes of which the provider has to give one; empty: whatever it does. */
  readonly contexts: readonly string[]
}

/** Asks the provider who this is (core 3.4.1). `id` is an NCName: it begins with a letter or an underscore. */
export function authnRequest(asked: AuthnRequest): Promise<OutgoingMessage> {
  const attributes = {
    AssertionConsumerServiceURL: asked.acsUrl,
    ProtocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    ForceAuthn: asked.forced ? 'true' : null,
  }
  return send('AuthnRequest', asked, attributes, [
    element('samlp:NameIDPolicy', { AllowCreate: 'true', Format: emailAddress }),
    asked.contexts.length === 0
      ? null
      : element(
          'samlp:RequestedAuthnContext',
          { Comparison: 'exact' },
          ...asked.contexts.map(context => element('saml:AuthnContextClassRef', { 'xmlns:saml': saml }, context)),
        ),
  ])
}

export interface LogoutRequest extends MessageHead {
  readonly nameId: string
  readonly nameIdFormat: string | null
  readonly sessionIndex: string | null
}

/** Tells the provider that a person has signed out here (core 3.7.1). */
export function logoutRequest(told: LogoutRequest): Promise<OutgoingMessage> {
  return send('LogoutRequest', told, { NotOnOrAfter: isoInstant(told.now + logoutLifetimeMs) }, [
    element('saml:NameID', { 'xmlns:saml': saml, Format: told.nameIdFormat }, told.nameId),
    told.sessionIndex === null ? null : element('samlp:SessionIndex', {}, told.sessionIndex),
  ])
}

export interface LogoutResponse extends MessageHead {
  /** The id of the LogoutRequest that it answers. */
  readonly inResponseTo: string
}

/** Answers a LogoutRequest: done (core 3.7.2). */
export function logoutResponse(answer: LogoutResponse): Promise<OutgoingMessage> {
  return send('LogoutResponse', answer, { InResponseTo: answer.inResponseTo }, [
    element('samlp:Status', {}, element('samlp:StatusCode', { Value: 'urn:oasis:names:tc:SAML:2.0:status:Success' })),
  ])
}

function send(
  name: 'AuthnRequest' | 'LogoutRequest' | 'LogoutResponse',
  head: MessageHead,
  attributes: Readonly<Record<string, string | null>>,
  children: readonly (Xml | null)[],
): Promise<OutgoingMessage> {
  const common = {
    'xmlns:samlp': samlp,
    ID: head.id,
    Version: '2.0',
    IssueInstant: isoInstant(head.now),
    Destination: head.destination,
  }
  const issuer = element('saml:Issuer', { 'xmlns:saml': saml }, head.issuer)
  return sendSigned({
    ...head,
    parameter: name === 'LogoutResponse' ? 'SAMLResponse' : 'SAMLRequest',
    write: signature => element(`samlp:${name}`, { ...common, ...attributes }, issuer, signature, ...children),
  })
}

/** How long the provider may take the request for a fresh one. */
const logoutLifetimeMs = 5 * 60_000

const samlp = 'urn:oasis:names:tc:SAML:2.0:protocol'
const saml = 'urn:oasis:names:tc:SAML:2.0:assertion'
const emailAddress = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
