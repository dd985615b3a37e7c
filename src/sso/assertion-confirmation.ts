import { ns } from './namespaces.ts'
import type { OpenRequest, ResponseQuestion } from './reading.ts'
import { Refused, refuse, shown } from './refused.ts'
import { instantOf, type Now, requiredInstant } from './response-values.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, childOf, childrenOf, elementsOf, expectAttributes } from './xml-read.ts'

export interface Confirmed {
  /** The request that is answered; null when nobody asked. */
  readonly request: OpenRequest | null
  readonly until: number
}

export interface Asked extends Pick<ResponseQuestion, 'requests' | 'unsolicited'> {
  readonly acsUrl: string
  /** InResponseTo of the Response. */
  readonly answers: string | null
}

/** At least one bearer confirmation that holds for us (profiles 4.1.4.3); others may be for others. Throws `Refused`. */
export function judgeConfirmations(subject: XmlElement, asked: Asked, now: Now): Confirmed {
  const bearers = childrenOf(subject, ns.assertion, 'SubjectConfirmation').filter(
    confirmation => attributeOf(confirmation, 'Method') === bearer,
  )
  let first: Refused | null = null
  for (const confirmation of bearers) {
    const judged = judge(() => judgeOne(confirmation, asked, now))
    if (!(judged instanceof Refused)) return judged
    first ??= judged
  }
  throw first ?? new Refused('recipient', 'the assertion has no bearer confirmation')
}

function judge(one: () => Confirmed): Confirmed | Refused {
  try {
    return one()
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
}

function judgeOne(confirmation: XmlElement, asked: Asked, now: Now): Confirmed {
  const held = elementsOf(confirmation)
  const known = childOf(confirmation, ns.assertion, 'SubjectConfirmationData')
  if (known === null || held.length !== 1)
    return refuse('recipient', 'a bearer confirmation is for another subject, or says nothing')
  expectAttributes(known, ['Recipient', 'NotBefore', 'NotOnOrAfter', 'InResponseTo', 'Address'])
  const recipient = attributeOf(known, 'Recipient')
  if (recipient !== asked.acsUrl)
    refuse('recipient', `Recipient is ${shown(recipient)}, expected ${shown(asked.acsUrl)}`)
  const request = requestOf(attributeOf(known, 'InResponseTo'), asked)
  // Profiles 4.1.4.2: it must not be there.
  if (instantOf(known, 'NotBefore', 'recipient') !== null) refuse('recipient', 'a bearer confirmation has NotBefore')
  const until = requiredInstant(known, 'NotOnOrAfter', 'recipient')
  if (now.at - now.skewMs >= until) refuse('expired', `the confirmation ended at ${attributeOf(known, 'NotOnOrAfter')}`)
  return { request, until }
}

/** Response and confirmation name the same request, and this browser has sent it; or neither names one, and that is allowed. */
function requestOf(confirmed: string | null, asked: Asked): OpenRequest | null {
  if (confirmed !== asked.answers)
    refuse(
      'request_unknown',
      `InResponseTo is ${shown(asked.answers)} in the Response, ${shown(confirmed)} in its assertion`,
    )
  if (confirmed === null)
    return asked.unsolicited
      ? null
      : refuse('request_unknown', 'nobody asked for this message, and such are not accepted')
  const request = asked.requests.find(one => one.id === confirmed)
  return request ?? refuse('request_unknown', `this browser has no open request ${shown(confirmed)}`)
}

const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
