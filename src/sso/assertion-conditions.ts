import { ns } from './namespaces.ts'
import { refuse, shown } from './refused.ts'
import { instantOf, type Now } from './response-values.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, childOf, childrenOf, elementsOf, expectAttributes, textOf } from './xml-read.ts'

/** Conditions of saml-core 2.5: every one has to hold, one that nobody knows never does. Answers until when they hold. Throws `Refused`. */
export function judgeConditions(assertion: XmlElement, entityId: string, now: Now): number {
  const conditions =
    childOf(assertion, ns.assertion, 'Conditions') ?? refuse('conditions', 'the assertion has no Conditions')
  expectAttributes(conditions, ['NotBefore', 'NotOnOrAfter'])
  for (const condition of elementsOf(conditions))
    if (condition.namespace !== ns.assertion || !known.includes(condition.name))
      refuse('conditions', `an unknown condition: ${shown(condition.name)}`)
  expectAudience(conditions, entityId)
  return expectTimes(conditions, now)
}

/** Every restriction names us (2.5.1.4: they are joined by "and", the audiences of one by "or"); without one it could be for anybody. */
function expectAudience(conditions: XmlElement, entityId: string): void {
  const restrictions = childrenOf(conditions, ns.assertion, 'AudienceRestriction')
  if (restrictions.length === 0) refuse('audience', 'the assertion names no audience')
  for (const restriction of restrictions) {
    const audiences = childrenOf(restriction, ns.assertion, 'Audience').map(textOf)
    if (!audiences.includes(entityId))
      refuse('audience', `Audience is ${shown(audiences.join(' '))}, expected ${shown(entityId)}`)
  }
}

function expectTimes(conditions: XmlElement, now: Now): number {
  const notBefore = instantOf(conditions, 'NotBefore', 'conditions')
  const notOnOrAfter = instantOf(conditions, 'NotOnOrAfter', 'conditions')
  if (notBefore !== null && now.at + now.skewMs < notBefore)
    refuse('not_yet_valid', `Conditions hold from ${attributeOf(conditions, 'NotBefore')} on`)
  if (notOnOrAfter !== null && now.at - now.skewMs >= notOnOrAfter)
    refuse('expired', `Conditions held until ${attributeOf(conditions, 'NotOnOrAfter')}`)
  // 2.5.1.2 has the one earlier than the other. With both within the skew, a span that never was would hold.
  if (notBefore !== null && notOnOrAfter !== null && notBefore >= notOnOrAfter)
    refuse('conditions', 'Conditions end before they begin')
  return notOnOrAfter ?? Number.POSITIVE_INFINITY
}

/** OneTimeUse: every assertion is used once here. ProxyRestriction: we pass none on. */
const known = ['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']
