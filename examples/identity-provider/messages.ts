import { createHash, randomUUID, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { element, type Xml } from './xml.ts'

export interface Gateway {
  readonly entityId: string
  readonly acsUrl: string
  readonly sloUrl: string
}

export interface Key {
  /** PKCS #8, PEM; RSA. */
  readonly privateKeyPem: string
  /** X.509, DER in base64. */
  readonly certificate: string
}

/** A person who has said who they are. */
export interface Login {
  readonly email: string
  readonly name: string
  readonly at: number
  readonly index: string
}

interface Speaker {
  readonly origin: string
  readonly gateway: Gateway
  readonly key: Key
  readonly now: () => number
}

/** What the provider says: SAML 2.0, assertions signed with RSA and SHA-256. */
export function createMessages(speaker: Speaker) {
  const { origin, gateway } = speaker
  return {
    metadata: () => describe(speaker),
    /** Tells the gateway who this is, in answer to its request. */
    response(login: Login, requestId: string): { location: string; message: string } {
      const head = { ...headOf(speaker), Destination: gateway.acsUrl, InResponseTo: requestId }
      const message = element(
        'samlp:Response',
        { 'xmlns:samlp': samlp, ...head },
        issuer(origin),
        element('samlp:Status', {}, element('samlp:StatusCode', { Value: success })),
        signed(speaker, login, requestId),
      )
      return { location: gateway.acsUrl, message: Buffer.from(message.text).toString('base64') }
    },
    /** Single logout that began at the gateway: done. */
    logoutResponse(requestId: string, relayState: string | null): string {
      const head = { ...headOf(speaker), Destination: gateway.sloUrl, InResponseTo: requestId }
      const status = element('samlp:Status', {}, element('samlp:StatusCode', { Value: success }))
      const message = element('samlp:LogoutResponse', { 'xmlns:samlp': samlp, ...head }, issuer(origin), status)
      return byRedirect(speaker, 'SAMLResponse', message, relayState)
    },
    /** Single logout that begins here. */
    logoutRequest(login: Login): string {
      const head = { ...headOf(speaker), Destination: gateway.sloUrl }
      const nameId = element('saml:NameID', { 'xmlns:saml': saml, Format: emailFormat }, login.email)
      const index = element('samlp:SessionIndex', {}, login.index)
      const message = element('samlp:LogoutRequest', { 'xmlns:samlp': samlp, ...head }, issuer(origin), nameId, index)
      return byRedirect(speaker, 'SAMLRequest', message, null)
    },
  }
}

/** The assertion with its signature. What is written is canonical already: the digest is of the text before it was signed. */
function signed(speaker: Speaker, login: Login, requestId: string): Xml {
  const id = newId()
  const facts = { ...speaker, login, requestId, id, at: speaker.now() }
  const digest = createHash('sha256').update(assertion(facts, null).text).digest('base64')
  const info = element(
    'ds:SignedInfo',
    { 'xmlns:ds': ds },
    element('ds:CanonicalizationMethod', { Algorithm: exclusive }),
    element('ds:SignatureMethod', { Algorithm: rsaSha256 }),
    element(
      'ds:Reference',
      { URI: `#${id}` },
      element(
        'ds:Transforms',
        {},
        element('ds:Transform', { Algorithm: `${ds}enveloped-signature` }),
        element('ds:Transform', { Algorithm: exclusive }),
      ),
      element('ds:DigestMethod', { Algorithm: 'http://www.w3.org/2001/04/xmlenc#sha256' }),
      element('ds:DigestValue', {}, digest),
    ),
  )
  const value = element('ds:SignatureValue', {}, signText(info.text, speaker.key))
  const signature = element('ds:Signature', { 'xmlns:ds': ds }, info, value)
  return assertion(facts, signature)
}

interface Facts extends Speaker {
  readonly login: Login
  readonly requestId: string
  readonly id: string
  readonly at: number
}

function assertion({ origin, gateway, login, requestId, id, at }: Facts, signature: Xml | null): Xml {
  const soon = instant(at + 5 * 60_000)
  const confirmation = { InResponseTo: requestId, NotOnOrAfter: soon, Recipient: gateway.acsUrl }
  return element(
    'saml:Assertion',
    { 'xmlns:saml': saml, ID: id, IssueInstant: instant(at), Version: '2.0' },
    element('saml:Issuer', {}, `${origin}/metadata`),
    ...(signature === null ? [] : [signature]),
    element(
      'saml:Subject',
      {},
      element('saml:NameID', { Format: emailFormat }, login.email),
      element(
        'saml:SubjectConfirmation',
        { Method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer' },
        element('saml:SubjectConfirmationData', confirmation),
      ),
    ),
    element(
      'saml:Conditions',
      { NotBefore: instant(at), NotOnOrAfter: soon },
      element('saml:AudienceRestriction', {}, element('saml:Audience', {}, gateway.entityId)),
    ),
    element(
      'saml:AuthnStatement',
      { AuthnInstant: instant(login.at), SessionIndex: login.index },
      element('saml:AuthnContext', {}, element('saml:AuthnContextClassRef', {}, unspecified)),
    ),
    element(
      'saml:AttributeStatement',
      {},
      element('saml:Attribute', { Name: 'displayName' }, element('saml:AttributeValue', {}, login.name)),
    ),
  )
}

/** The redirect binding: the signature is over the query as it goes out (SAML bindings 3.4.4.1). */
function byRedirect({ gateway, key }: Speaker, parameter: string, message: Xml, relayState: string | null): string {
  const fields = [
    [parameter, deflateRawSync(message.text).toString('base64')],
    ...(relayState === null ? [] : [['RelayState', relayState]]),
    ['SigAlg', rsaSha256],
  ]
  const query = fields.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&')
  return `${gateway.sloUrl}?${query}&Signature=${encodeURIComponent(signText(query, key))}`
}

function describe({ origin, key }: Speaker): string {
  const certificate = element('ds:X509Certificate', {}, key.certificate)
  const keyInfo = element('ds:KeyInfo', { 'xmlns:ds': ds }, element('ds:X509Data', {}, certificate))
  return element(
    'md:EntityDescriptor',
    { 'xmlns:md': 'urn:oasis:names:tc:SAML:2.0:metadata', entityID: `${origin}/metadata` },
    element(
      'md:IDPSSODescriptor',
      { protocolSupportEnumeration: samlp },
      element('md:KeyDescriptor', { use: 'signing' }, keyInfo),
      element('md:SingleLogoutService', { Binding: `${bindings}HTTP-Redirect`, Location: `${origin}/slo` }),
      element('md:NameIDFormat', {}, emailFormat),
      element('md:SingleSignOnService', { Binding: `${bindings}HTTP-Redirect`, Location: `${origin}/sso` }),
      element('md:SingleSignOnService', { Binding: `${bindings}HTTP-POST`, Location: `${origin}/sso` }),
    ),
  ).text
}

function headOf({ now }: Speaker) {
  return { ID: newId(), IssueInstant: instant(now()), Version: '2.0' }
}

function issuer(origin: string): Xml {
  return element('saml:Issuer', { 'xmlns:saml': saml }, `${origin}/metadata`)
}

/** An XML ID must not begin with a digit. */
function newId(): string {
  return `_${randomUUID()}`
}

function signText(text: string, { privateKeyPem }: Key): string {
  return sign('sha256', Buffer.from(text), privateKeyPem).toString('base64')
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}

const saml = 'urn:oasis:names:tc:SAML:2.0:assertion'
const samlp = 'urn:oasis:names:tc:SAML:2.0:protocol'
const bindings = 'urn:oasis:names:tc:SAML:2.0:bindings:'
const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'
const unspecified = 'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified'
const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
const ds = 'http://www.w3.org/2000/09/xmldsig#'
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
