import type { World } from './world.ts'

// Messages as text that is its own exclusive canonical form (attributes sorted, no empty-element tags, each namespace declared where it is
// first used): what is written is what is signed, and every byte can be chosen.

export const samlNamespace = 'urn:oasis:names:tc:SAML:2.0:assertion'
const protocolNamespace = 'urn:oasis:names:tc:SAML:2.0:protocol'
export const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
export const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'
export const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
const passwordContext = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'

export type Attributes = Readonly<Record<string, string | null>>

/** A message in parts: attributes by name (null leaves one out), everything else as XML text. */
export interface Sketch {
  readonly response: Attributes
  readonly responseIssuer: string
  readonly extensions: string
  readonly status: string
  readonly beforeAssertion: string
  readonly afterAssertion: string
  readonly assertion: Attributes
  readonly assertionIssuer: string
  readonly subject: string
  readonly conditions: string
  readonly advice: string
  readonly statements: string
}

export type Changes = Partial<Omit<Sketch, 'response' | 'assertion'>> & {
  readonly response?: Attributes
  readonly assertion?: Attributes
}

/** What A says about mallory when nobody has touched it. */
export function sketchOf(world: World, changes: Changes = {}): Sketch {
  const { response, assertion, ...others } = changes
  return {
    response: {
      Destination: world.us.acsUrl,
      ID: `_response-${world.mark}`,
      InResponseTo: world.requestId,
      IssueInstant: iso(world.now),
      Version: '2.0',
      ...response,
    },
    responseIssuer: issuerOf(world.a.entityId, true),
    extensions: '',
    status: statusOf(success),
    beforeAssertion: '',
    afterAssertion: '',
    assertion: { ID: `_assertion-${world.mark}`, IssueInstant: iso(world.now), Version: '2.0', ...assertion },
    assertionIssuer: issuerOf(world.a.entityId),
    subject: subjectOf(nameIdOf(world.mallory), confirmationOf(world)),
    conditions: conditionsOf(world),
    advice: '',
    statements: authnStatementOf(world),
    ...others,
  }
}

export function renderAssertion(sketch: Sketch, signature = ''): string {
  const { assertion, assertionIssuer, subject, conditions, advice, statements } = sketch
  const contents = assertionIssuer + signature + subject + conditions + advice + statements
  return `<saml:Assertion xmlns:saml="${samlNamespace}"${attributesText(assertion)}>${contents}</saml:Assertion>`
}

export function renderResponse(sketch: Sketch, assertion: string, signature = ''): string {
  const { response, responseIssuer, extensions, status, beforeAssertion, afterAssertion } = sketch
  const contents = responseIssuer + signature + extensions + status + beforeAssertion + assertion + afterAssertion
  return `<samlp:Response xmlns:samlp="${protocolNamespace}"${attributesText(response)}>${contents}</samlp:Response>`
}

export function issuerOf(entityId: string, declares = false): string {
  return `<saml:Issuer${declares ? ` xmlns:saml="${samlNamespace}"` : ''}>${escapeText(entityId)}</saml:Issuer>`
}

export function statusOf(code: string, nested = ''): string {
  const inner = nested === '' ? '' : `<samlp:StatusCode Value="${nested}"></samlp:StatusCode>`
  return `<samlp:Status><samlp:StatusCode Value="${code}">${inner}</samlp:StatusCode></samlp:Status>`
}

export function subjectOf(nameId: string, ...confirmations: readonly string[]): string {
  return `<saml:Subject>${nameId}${confirmations.join('')}</saml:Subject>`
}

/** `content` is XML text already. */
export function nameIdOf(content: string, attributes: Attributes = { Format: emailFormat }): string {
  return `<saml:NameID${attributesText(attributes)}>${content}</saml:NameID>`
}

export function confirmationOf(world: World, data: Attributes = {}, method: string = bearer): string {
  const attributes = {
    InResponseTo: world.requestId,
    NotOnOrAfter: iso(world.now + 300_000),
    Recipient: world.us.acsUrl,
    ...data,
  }
  const inside = `<saml:SubjectConfirmationData${attributesText(attributes)}></saml:SubjectConfirmationData>`
  return `<saml:SubjectConfirmation Method="${method}">${inside}</saml:SubjectConfirmation>`
}

export function conditionsOf(
  world: World,
  attributes: Attributes = {},
  inside = audienceOf(world.us.entityId),
): string {
  const all = { NotBefore: iso(world.now - 60_000), NotOnOrAfter: iso(world.now + 300_000), ...attributes }
  return `<saml:Conditions${attributesText(all)}>${inside}</saml:Conditions>`
}

export function audienceOf(...entityIds: readonly string[]): string {
  const each = entityIds.map(id => `<saml:Audience>${escapeText(id)}</saml:Audience>`).join('')
  return `<saml:AudienceRestriction>${each}</saml:AudienceRestriction>`
}

export function authnStatementOf(world: World, attributes: Attributes = {}, context: string = passwordContext): string {
  const all = { AuthnInstant: iso(world.now - 5_000), SessionIndex: `_session-${world.mark}`, ...attributes }
  const reference = `<saml:AuthnContextClassRef>${context}</saml:AuthnContextClassRef>`
  return `<saml:AuthnStatement${attributesText(all)}><saml:AuthnContext>${reference}</saml:AuthnContext></saml:AuthnStatement>`
}

export function attributeStatementOf(values: Readonly<Record<string, readonly string[]>>): string {
  const attributes = Object.entries(values).map(([name, each]) => {
    const inside = each.map(value => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')
    return `<saml:Attribute Name="${name}">${inside}</saml:Attribute>`
  })
  return `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement>`
}

function attributesText(attributes: Attributes): string {
  return Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === null ? '' : ` ${name}="${value}"`))
    .join('')
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

export function iso(time: number): string {
  return new Date(time).toISOString()
}
