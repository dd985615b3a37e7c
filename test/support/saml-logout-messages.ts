import { constants, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { isoInstant } from '../../src/lib/instant.ts'
import type { LogoutQuestion } from '../../src/sso/logout-reading.ts'
import { emailFormat, fixture, type TestProvider } from './saml-messages.ts'
import { algorithms, type Signing, signElement } from './saml-signing.ts'

// Messages of single logout as identity providers write them, for tests: genuine ones, and each with one thing changed.

export const logoutUrl = 'https://gw.test/auth/saml/slo'

/** What is not given is genuine; null leaves a part out. */
export interface LogoutParts {
  readonly now?: number
  readonly id?: string
  readonly version?: string
  readonly issuer?: string | null
  readonly destination?: string | null
  readonly issueInstant?: string | null
  readonly notOnOrAfter?: string | null
  readonly nameId?: string
  readonly nameIdFormat?: string | null
  /** The whole NameID element, or what stands in its place. */
  readonly name?: string
  readonly sessionIndexes?: readonly string[]
  readonly inResponseTo?: string | null
  readonly status?: string
  /** More elements in front of the NameID or Status. */
  readonly more?: string
}

export function logoutRequestXml(parts: LogoutParts = {}): string {
  const {
    now = fixture.now,
    nameId = fixture.nameId,
    nameIdFormat = emailFormat,
    sessionIndexes = ['_session-1'],
  } = parts
  const format = nameIdFormat === null ? '' : ` Format="${nameIdFormat}"`
  const name = parts.name ?? `<saml:NameID${format}>${nameId}</saml:NameID>`
  const indexes = sessionIndexes.map(index => `<samlp:SessionIndex>${index}</samlp:SessionIndex>`).join('')
  const until = parts.notOnOrAfter === undefined ? isoInstant(now + 300_000) : parts.notOnOrAfter
  return message('LogoutRequest', parts, { NotOnOrAfter: until }, `${parts.more ?? ''}${name}${indexes}`)
}

export function logoutResponseXml(parts: LogoutParts = {}): string {
  const { inResponseTo = '_ours', status = 'urn:oasis:names:tc:SAML:2.0:status:Success' } = parts
  const done = `<samlp:Status><samlp:StatusCode Value="${status}"/></samlp:Status>`
  return message('LogoutResponse', parts, { InResponseTo: inResponseTo }, `${parts.more ?? ''}${done}`)
}

function message(
  name: string,
  { now = fixture.now, issuer = 'https://idp.corp.test/metadata', ...parts }: LogoutParts,
  more: Readonly<Record<string, string | null>>,
  content: string,
): string {
  const attributes = {
    'xmlns:samlp': 'urn:oasis:names:tc:SAML:2.0:protocol',
    'xmlns:saml': 'urn:oasis:names:tc:SAML:2.0:assertion',
    ID: parts.id ?? '_logout-1',
    Version: parts.version ?? '2.0',
    IssueInstant: parts.issueInstant === undefined ? isoInstant(now) : parts.issueInstant,
    Destination: parts.destination === undefined ? logoutUrl : parts.destination,
    ...more,
  }
  const written = Object.entries(attributes).map(([key, value]) => (value === null ? '' : ` ${key}="${value}"`))
  const from = issuer === null ? '' : `<saml:Issuer>${issuer}</saml:Issuer>`
  return `<samlp:${name}${written.join('')}>${from}${content}</samlp:${name}>`
}

/** Signed as a message by post is: its root. */
export function signLogout(xml: string, provider: TestProvider, how: Signing = {}): string {
  return signElement(xml, xml.includes(':LogoutRequest') ? 'LogoutRequest' : 'LogoutResponse', provider, how)
}

export interface QuerySigning {
  readonly relayState?: string | null
  readonly algorithm?: string
  /** The bytes in place of the deflated message. */
  readonly deflated?: Buffer
  readonly encode?: (value: string) => string
}

/** Signed as a message by redirect is: the query. */
export function signLogoutQuery(xml: string, provider: TestProvider, how: QuerySigning = {}): string {
  const { relayState = null, algorithm = algorithms.rsaSha256, encode = encodeURIComponent } = how
  const parameter = xml.includes(':LogoutResponse') ? 'SAMLResponse' : 'SAMLRequest'
  const signed = [
    `${parameter}=${encode((how.deflated ?? deflateRawSync(xml)).toString('base64'))}`,
    ...(relayState === null ? [] : [`RelayState=${encode(relayState)}`]),
    `SigAlg=${encode(algorithm)}`,
  ].join('&')
  return `${signed}&Signature=${encode(signBytes(signed, provider, algorithm))}`
}

function signBytes(text: string, { privateKey }: TestProvider, algorithm: string): string {
  const hash = /sha(1|256|384|512)$/.exec(algorithm)?.[0] ?? 'sha256'
  const key =
    privateKey.asymmetricKeyType === 'ec'
      ? { key: privateKey, dsaEncoding: 'ieee-p1363' as const }
      : { key: privateKey, padding: constants.RSA_PKCS1_PADDING }
  return sign(hash, Buffer.from(text), key).toString('base64')
}

/** The question that a genuine message is asked with. `message`: a query (by redirect), or XML (by post). */
export function logoutQuestionOf(
  message: string,
  provider: TestProvider,
  more: Partial<LogoutQuestion> = {},
): LogoutQuestion {
  const parameter = message.includes(':LogoutResponse') ? 'SAMLResponse' : 'SAMLRequest'
  return {
    message: message.trimStart().startsWith('<')
      ? { binding: 'post', parameter, encoded: Buffer.from(message).toString('base64'), relayState: null }
      : { binding: 'redirect', query: message },
    provider: { entityId: provider.entityId, certificates: [provider.certificate], skewMs: 120_000 },
    logoutUrl,
    now: fixture.now,
    ...more,
  }
}
