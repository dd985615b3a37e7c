// Reads and judges a SAML Response: whom does the provider of this organization speak of, is it meant for us, for this browser, and for now.
// It owns the order of the checks, and that there is one way through them. Pure: it looks nothing up, keeps nothing and knows no clock; whether the
// message was used before, and what the person may do, is decided by those who ask.
// Start reading at `judge`: form, signatures, what the Response says, what the assertion says. Values come from signed bytes alone.
import { judgeAuthentication } from './assertion-authentication.ts'
import { judgeConditions } from './assertion-conditions.ts'
import { judgeConfirmations } from './assertion-confirmation.ts'
import { readPerson } from './assertion-person.ts'
import { ns } from './namespaces.ts'
import { skewMsMax } from './provider.ts'
import type { AcceptedAssertion, ResponseQuestion, ResponseReading, SeenParts } from './reading.ts'
import { Refused, refuse } from './refused.ts'
import { ageMaxMs, expectIssuer, expectRecent, judgeResponse } from './response-rules.ts'
import { seenNothing, seenParts } from './response-seen.ts'
import { expectResponse } from './response-structure.ts'
import type { Now } from './response-values.ts'
import { type VerifiedResponse, verifyResponse } from './response-verified.ts'
import { openXml, type XmlDocument } from './xml-document.ts'
import { attributeOf, childOf } from './xml-read.ts'
import { decodeMessage } from './xml-text.ts'

/** Every refusal has its cause and a detail for administrators; browsers are told neither. */
export function readResponse(question: ResponseQuestion): ResponseReading {
  let seen: SeenParts = seenNothing
  try {
    using opened = new DisposableStack()
    const document = opened.use(openXml(decodeMessage(question.message)))
    seen = seenParts(document.root, question.now)
    const assertion = judge(document, question, opened)
    return { kind: 'accepted', assertion, seen: seenIn(assertion, question.now) }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', cause: error.kind, detail: error.detail, seen }
    throw error
  }
}

/** From signed bytes like everything else: a Response around a signed assertion may name any moment, and the clock is measured by it. */
function seenIn({ issuer, nameId, issuedAt }: AcceptedAssertion, now: number): SeenParts {
  return { issuer, nameId: nameId.slice(0, 200), offsetMs: issuedAt - now }
}

function judge(document: XmlDocument, question: ResponseQuestion, opened: DisposableStack): AcceptedAssertion {
  const now = { at: question.now, skewMs: Math.min(Math.max(question.provider.settings.skewMs, 0), skewMsMax) }
  expectResponse(document.root)
  const verified = verifyResponse(document, question, opened)
  judgeResponse(verified, question, now)
  return judgeAssertion(verified, question, now)
}

function judgeAssertion(
  { response, assertion }: VerifiedResponse,
  question: ResponseQuestion,
  now: Now,
): AcceptedAssertion {
  const { provider, us } = question
  expectIssuer(required(childOf(assertion, ns.assertion, 'Issuer')), provider.entityId)
  const issuedAt = expectRecent(assertion, now)
  const conditionsEnd = judgeConditions(assertion, us.entityId, now)
  const subject = childOf(assertion, ns.assertion, 'Subject') ?? refuse('name_id', 'the assertion has no Subject')
  const asked = { ...question, acsUrl: us.acsUrl, answers: attributeOf(response, 'InResponseTo') }
  const { request, until } = judgeConfirmations(subject, asked, now)
  const authentication = judgeAuthentication(assertion, { request, contexts: provider.settings.contexts }, now)
  return {
    id: required(attributeOf(assertion, 'ID')),
    issuer: provider.entityId,
    requestId: request?.id ?? null,
    ...readPerson(assertion, subject, provider.settings),
    ...authentication,
    issuedAt,
    endsAt: Math.min(conditionsEnd, until, issuedAt + ageMaxMs) + now.skewMs,
  }
}

function required<Value>(value: Value | null): Value {
  return value ?? refuse('wrong_structure', 'a part that every assertion has')
}
