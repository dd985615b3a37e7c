import { ns } from './namespaces.ts'
import type { ResponseQuestion } from './reading.ts'
import { refuse, shown } from './refused.ts'
import { expectSuccess } from './response-structure.ts'
import { type Now, plainTextOf, requiredInstant } from './response-values.ts'
import type { VerifiedResponse } from './response-verified.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, childOf } from './xml-read.ts'

/** What the Response itself says: unsigned, it can only speak against the message. Throws `Refused`. */
export function judgeResponse(
  { response, isResponseSigned }: VerifiedResponse,
  question: ResponseQuestion,
  now: Now,
): void {
  expectSuccess(response)
  const issuer = childOf(response, ns.assertion, 'Issuer')
  if (issuer !== null) expectIssuer(issuer, question.provider.entityId)
  expectDestination(attributeOf(response, 'Destination'), isResponseSigned, question.us.acsUrl)
  expectRecent(response, now)
}

/** Exactly the provider of this organization: two organizations' providers may both be genuine, and only one may speak here. */
export function expectIssuer(issuer: XmlElement, entityId: string): void {
  const format = attributeOf(issuer, 'Format')
  if (format !== null && format !== entityFormat) refuse('issuer', `the Format of Issuer is ${shown(format)}`)
  const name = plainTextOf(issuer, 'issuer')
  if (name !== entityId) refuse('issuer', `Issuer is ${shown(name)}, expected ${shown(entityId)}`)
}

/** Written at most a day ago and not in the future: what has to be remembered against replay can be forgotten some day. */
export function expectRecent(element: XmlElement, now: Now): number {
  const issuedAt = requiredInstant(element, 'IssueInstant', 'wrong_structure')
  const offset = `IssueInstant of ${element.name} is ${attributeOf(element, 'IssueInstant')}`
  if (issuedAt > now.at + now.skewMs) refuse('not_yet_valid', `${offset}, which is in the future`)
  if (issuedAt + ageMaxMs <= now.at - now.skewMs) refuse('expired', `${offset}, which is longer ago than a day`)
  return issuedAt
}

/** Bindings 3.5.5.2: a signed message names where it is to be posted, so that it cannot be posted elsewhere. */
function expectDestination(destination: string | null, isRequired: boolean, acsUrl: string): void {
  if (destination === null && !isRequired) return
  if (destination !== acsUrl) refuse('destination', `Destination is ${shown(destination)}, expected ${shown(acsUrl)}`)
}

const entityFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity'
export const ageMaxMs = 86_400_000
