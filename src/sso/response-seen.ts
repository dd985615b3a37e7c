import { parseInstant } from '../lib/instant.ts'
import { ns } from './namespaces.ts'
import type { SeenParts } from './reading.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, is } from './xml-read.ts'

export const seenNothing: SeenParts = { issuer: null, nameId: null, offsetMs: null }

/** What the message claims, genuine or not, for the list that administrators see. Nothing is decided by it, so nothing here refuses. */
export function seenParts(root: XmlElement, now: number): SeenParts {
  const assertion = find(root, 'Assertion')
  const subject = assertion === undefined ? undefined : find(assertion, 'Subject')
  const issuer = find(root, 'Issuer') ?? (assertion === undefined ? undefined : find(assertion, 'Issuer'))
  const issuedAt = parseInstant(attributeOf(root, 'IssueInstant') ?? '')
  return {
    issuer: textOf(issuer),
    nameId: textOf(subject === undefined ? undefined : find(subject, 'NameID')),
    offsetMs: Number.isNaN(issuedAt) ? null : issuedAt - now,
  }
}

function find(parent: XmlElement, name: string): XmlElement | undefined {
  return parent.children.filter(child => typeof child !== 'string').find(child => is(child, ns.assertion, name))
}

function textOf(element: XmlElement | undefined): string | null {
  const text = element?.children.filter(child => typeof child === 'string').join('')
  return text === undefined || text === '' ? null : text.slice(0, textMax)
}

const textMax = 200
