import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { isoInstant } from '../../src/lib/instant.ts'
import { defaultSettings } from '../../src/sso/provider.ts'
import type { ResponseQuestion } from '../../src/sso/reading.ts'
import { type Encryption, encryptAssertion } from './saml-encryption.ts'
import { type Signing, signElement } from './saml-signing.ts'
import { selfSigned } from './self-signed.ts'

// Messages as identity providers write them, for tests: genuine ones, and each with one thing changed before or after it is signed.

export interface TestProvider {
  readonly entityId: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** DER in base64, as in metadata and in `ResponseQuestion`. */
  readonly certificate: string
  /** PKCS #8, PEM. */
  readonly privatePem: string
}

/** @example const a = makeProvider('https://idp.corp.test') */
export function makeProvider(entityId = 'https://idp.corp.test/metadata', kind: KeyKind = 'rsa-2048'): TestProvider {
  const keys = kinds[kind]()
  return {
    entityId,
    ...keys,
    certificate: selfSigned(entityId.slice(0, 60), keys),
    privatePem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

export type KeyKind = keyof typeof kinds
const kinds = {
  'rsa-1024': () => generateKeyPairSync('rsa', { modulusLength: 1024 }),
  'rsa-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'p-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'p-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
}

/** Everything a message is made of. What is not given is genuine; null leaves a part out. */
export interface MessageParts {
  readonly now?: number
  readonly sp?: { readonly entityId: string; readonly acsUrl: string }
  readonly id?: string
  readonly assertionId?: string
  readonly version?: string
  /** Both InResponseTo; null: nobody asked. */
  readonly inResponseTo?: string | null
  readonly responseInResponseTo?: string | null
  readonly destination?: string | null
  readonly issueInstant?: string
  readonly issuer?: string
  readonly responseIssuer?: string | null
  /** The whole Status element, with the prefix `samlp`. */
  readonly status?: string
  readonly nameId?: string
  readonly nameIdFormat?: string | null
  /** The whole Subject element. */
  readonly subject?: string | null
  /** All SubjectConfirmation elements. */
  readonly confirmation?: string
  readonly method?: string
  readonly recipient?: string | null
  readonly confirmUntil?: string | null
  readonly confirmFrom?: string | null
  /** The whole Conditions element. */
  readonly conditions?: string | null
  readonly notBefore?: string | null
  readonly notOnOrAfter?: string | null
  readonly audience?: string
  /** More elements within Conditions. */
  readonly moreConditions?: string
  /** All AuthnStatement elements. */
  readonly authnStatement?: string | null
  readonly authnInstant?: string
  readonly sessionIndex?: string | null
  readonly sessionUntil?: string | null
  readonly context?: string | null
  readonly attributes?: Readonly<Record<string, readonly string[]>>
  /** More elements at the end of the assertion, of the response. */
  readonly moreInAssertion?: string
  readonly moreInResponse?: string
  readonly prefixes?: { readonly samlp: string; readonly saml: string }
  readonly pretty?: boolean
}

export interface MessageSigning extends Signing {
  readonly sign?: 'assertion' | 'response' | 'both' | 'none'
  readonly encrypt?: Encryption
  /** What is done to the text before anything is signed, and to the assertion's text before it is encrypted. */
  readonly before?: (xml: string) => string
  readonly beforeEncryption?: (xml: string) => string
}

/** The request that genuine messages answer, who they are for, and when they are written. */
export const fixture = {
  now: 1_800_000_000_000,
  requestId: '_request-0123456789abcdef',
  sp: { entityId: 'https://gw.test/sp', acsUrl: 'https://gw.test/auth/saml/acs' },
  nameId: 'mallory@corp.test',
}

/**
 * A Response as XML text, signed by the provider.
 * @example const message = encode(signedResponse(makeProvider(), { nameId: 'mallory@corp.test', sign: 'response' }))
 */
export function signedResponse(provider: TestProvider, parts: MessageParts & MessageSigning = {}): string {
  const { sign = 'assertion', encrypt, before = same, beforeEncryption = same } = parts
  let xml = before(responseXml({ issuer: provider.entityId, ...parts }))
  if (sign === 'assertion' || sign === 'both') xml = signElement(xml, 'Assertion', provider, parts)
  if (encrypt !== undefined) xml = encryptAssertion(beforeEncryption(xml), encrypt)
  if (sign === 'response' || sign === 'both') xml = signElement(xml, 'Response', provider, parts)
  return xml
}

/** As the form field `SAMLResponse` holds it. */
export function encode(xml: string): string {
  return Buffer.from(xml, 'utf8').toString('base64')
}

/** The question that a genuine message is asked with. */
export function questionOf(
  message: string,
  provider: TestProvider,
  more: Partial<ResponseQuestion> & { readonly settings?: Partial<ResponseQuestion['provider']['settings']> } = {},
): ResponseQuestion {
  const { settings, ...rest } = more
  return {
    message,
    provider: {
      entityId: provider.entityId,
      certificates: [provider.certificate],
      settings: { ...defaultSettings, ...settings },
    },
    us: { ...fixture.sp, decryptionKeys: [] },
    requests: [{ id: fixture.requestId, startedAt: fixture.now - 30_000, forced: false, contexts: [] }],
    unsolicited: false,
    now: fixture.now,
    ...rest,
  }
}

export function pemOf(certificate: string): string {
  return new X509Certificate(Buffer.from(certificate, 'base64')).toString()
}

/** The unsigned Response. */
export function responseXml(parts: MessageParts = {}): string {
  const { samlp, saml } = parts.prefixes ?? { samlp: 'samlp', saml: 'saml' }
  const {
    now = fixture.now,
    inResponseTo = fixture.requestId,
    sp = fixture.sp,
    issuer = 'https://idp.corp.test',
  } = parts
  const responseIssuer = parts.responseIssuer === undefined ? issuer : parts.responseIssuer
  const opening = start('samlp:Response', {
    'xmlns:samlp': 'urn:oasis:names:tc:SAML:2.0:protocol',
    'xmlns:saml': 'urn:oasis:names:tc:SAML:2.0:assertion',
    ID: parts.id ?? '_response-1',
    InResponseTo: parts.responseInResponseTo === undefined ? inResponseTo : parts.responseInResponseTo,
    Version: parts.version ?? '2.0',
    IssueInstant: parts.issueInstant ?? isoInstant(now),
    Destination: parts.destination === undefined ? sp.acsUrl : parts.destination,
  })
  const xml = [
    opening,
    responseIssuer === null ? '' : `<saml:Issuer>${responseIssuer}</saml:Issuer>`,
    parts.status ?? success,
    assertionXml({ ...parts, now, sp, inResponseTo, issuer }),
    `${parts.moreInResponse ?? ''}</samlp:Response>`,
  ].join('')
  const named = xml.replaceAll(/(<\/?|xmlns:)(samlp|saml)\b(?=[:=])/g, (_, before: string, prefix: string) =>
    prefix === 'samlp' ? before + samlp : before + saml,
  )
  return parts.pretty === true ? `${named.replaceAll('><', '>\n  <')}\n` : named
}

const success = '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'

type Complete = MessageParts & Required<Pick<MessageParts, 'now' | 'sp' | 'inResponseTo' | 'issuer'>>

function assertionXml(parts: Complete): string {
  const opening = start('saml:Assertion', {
    'xmlns:saml': 'urn:oasis:names:tc:SAML:2.0:assertion',
    ID: parts.assertionId ?? '_assertion-1',
    Version: parts.version ?? '2.0',
    IssueInstant: parts.issueInstant ?? isoInstant(parts.now),
  })
  return [
    `${opening}<saml:Issuer>${parts.issuer}</saml:Issuer>`,
    parts.subject === undefined ? subjectXml(parts) : (parts.subject ?? ''),
    parts.conditions === undefined ? conditionsXml(parts) : (parts.conditions ?? ''),
    parts.authnStatement === undefined ? statementXml(parts) : (parts.authnStatement ?? ''),
    attributesXml(parts.attributes ?? {}),
    `${parts.moreInAssertion ?? ''}</saml:Assertion>`,
  ].join('')
}

function subjectXml(parts: Complete): string {
  const format = parts.nameIdFormat === undefined ? emailFormat : parts.nameIdFormat
  const name = `${start('saml:NameID', { Format: format })}${parts.nameId ?? fixture.nameId}</saml:NameID>`
  return `<saml:Subject>${name}${parts.confirmation ?? confirmationXml(parts)}</saml:Subject>`
}

export const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'

function confirmationXml(parts: Complete): string {
  const known = start('saml:SubjectConfirmationData', {
    InResponseTo: parts.inResponseTo,
    Recipient: parts.recipient === undefined ? parts.sp.acsUrl : parts.recipient,
    NotBefore: parts.confirmFrom ?? null,
    NotOnOrAfter: parts.confirmUntil === undefined ? isoInstant(parts.now + 300_000) : parts.confirmUntil,
  })
  const method = parts.method ?? 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
  return `<saml:SubjectConfirmation Method="${method}">${known}</saml:SubjectConfirmationData></saml:SubjectConfirmation>`
}

function conditionsXml(parts: Complete): string {
  const opening = start('saml:Conditions', {
    NotBefore: parts.notBefore === undefined ? isoInstant(parts.now - 5_000) : parts.notBefore,
    NotOnOrAfter: parts.notOnOrAfter === undefined ? isoInstant(parts.now + 300_000) : parts.notOnOrAfter,
  })
  const audience = `<saml:Audience>${parts.audience ?? parts.sp.entityId}</saml:Audience>`
  return `${opening}<saml:AudienceRestriction>${audience}</saml:AudienceRestriction>${parts.moreConditions ?? ''}</saml:Conditions>`
}

function statementXml(parts: Complete): string {
  const opening = start('saml:AuthnStatement', {
    AuthnInstant: parts.authnInstant ?? isoInstant(parts.now - 1_000),
    SessionIndex: parts.sessionIndex === undefined ? '_session-1' : parts.sessionIndex,
    SessionNotOnOrAfter: parts.sessionUntil === undefined ? isoInstant(parts.now + 8 * 3_600_000) : parts.sessionUntil,
  })
  const context = parts.context === undefined ? passwordContext : parts.context
  const known = context === null ? '' : `<saml:AuthnContextClassRef>${context}</saml:AuthnContextClassRef>`
  return `${opening}<saml:AuthnContext>${known}</saml:AuthnContext></saml:AuthnStatement>`
}

export const passwordContext = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'

function attributesXml(attributes: Readonly<Record<string, readonly string[]>>): string {
  const all = Object.entries(attributes).map(([name, values]) => {
    const shown = values.map(
      value =>
        `<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:anyType">${value}</saml:AttributeValue>`,
    )
    return `<saml:Attribute Name="${name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">${shown.join('')}</saml:Attribute>`
  })
  return all.length === 0 ? '' : `<saml:AttributeStatement>${all.join('')}</saml:AttributeStatement>`
}

function start(name: string, attributes: Readonly<Record<string, string | null>>): string {
  const all = Object.entries(attributes).filter(([, value]) => value !== null)
  return `<${name}${all.map(([key, value]) => ` ${key}="${value}"`).join('')}>`
}

function same(xml: string): string {
  return xml
}
