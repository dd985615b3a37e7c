import type { KeyObject } from 'node:crypto'
import { parseInstant } from '../lib/instant.ts'
import type { LogoutQuestion, LogoutReading } from './logout-reading.ts'
import { ns } from './namespaces.ts'
import type { SeenParts } from './reading.ts'
import { Refused, refuse, shown } from './refused.ts'
import { openSigned } from './signed-element.ts'
import { openSignedQuery } from './signed-query.ts'
import { trustedKeys } from './trusted-keys.ts'
import { openXml, readXml, type XmlDocument, type XmlElement } from './xml-document.ts'
import {
  attributeOf,
  childOf,
  childrenOf,
  descendantsOf,
  expectAttributes,
  expectSequence,
  is,
  maybe,
  once,
  textOf,
} from './xml-read.ts'
import { decodeMessage } from './xml-text.ts'

/**
 * Reads and judges a LogoutRequest or a LogoutResponse. Pure. The message itself has to be what is signed: by post its root, by redirect
 * the query. A genuine assertion that is wrapped into a message says nothing about the message (samlify issue 634).
 */
export function readLogout(question: LogoutQuestion): LogoutReading {
  const seen: { parts: SeenParts } = { parts: { issuer: null, nameId: null, offsetMs: null } }
  try {
    const { root, parameter, relayState } = open(question, root => {
      seen.parts = seenIn(root, question.now)
    })
    return { ...judge(question, root, parameter), relayState, seen: seen.parts }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { kind: 'refused', cause: error.kind, detail: error.detail, seen: seen.parts }
  }
}

interface Opened {
  readonly root: XmlElement
  readonly parameter: 'SAMLRequest' | 'SAMLResponse'
  readonly relayState: string | null
}

/** From what was signed, and from nothing else. */
function open({ message, provider }: LogoutQuestion, look: (root: XmlElement) => void): Opened {
  const keys = trustedKeys(provider.certificates)
  if (message.binding === 'redirect') {
    const { xml, ...query } = openSignedQuery(message.query, keys)
    const root = readXml(xml)
    look(root)
    // Bindings 3.4.4.1: taken off before it is sent. One that is there was meant for another way.
    if (signaturesIn(root).length > 0) refuse('signature_placement', 'a signature within a message by redirect')
    return { ...query, root }
  }
  const { parameter, relayState, encoded } = message
  if (encoded.length > encodedMax) refuse('too_large', `the message has ${encoded.length} characters`)
  using document = openXml(decodeMessage(encoded))
  look(document.root)
  return { parameter, relayState, root: openRoot(document, keys) }
}

/** The messages of providers have 2 to 6 KB. */
const encodedMax = 48 * 1024

/** One signature in the whole document, and it is the root's own. */
function openRoot(document: XmlDocument, keys: readonly KeyObject[]): XmlElement {
  const { root } = document
  const [signature, ...more] = signaturesIn(root)
  if (signature === undefined) return refuse('signature_missing', `${shown(root.name)} is not signed`)
  if (more.length > 0 || signature.parent !== root)
    return refuse('signature_placement', 'the one signature has to be that of the message itself')
  using signed = openSigned(document, root, keys)
  return signed.root
}

function signaturesIn(root: XmlElement) {
  return [...descendantsOf(root)].filter(({ element }) => is(element, ns.signature, 'Signature'))
}

type Judged = Pick<Requested, 'kind' | 'id' | 'subject' | 'issuedAt' | 'endsAt'> | Answered
type Requested = Extract<LogoutReading, { kind: 'request' }>
type Answered = Pick<Extract<LogoutReading, { kind: 'response' }>, 'kind' | 'id' | 'inResponseTo' | 'done' | 'endsAt'>

function judge(question: LogoutQuestion, root: XmlElement, parameter: Opened['parameter']): Judged {
  const name = parameter === 'SAMLRequest' ? 'LogoutRequest' : 'LogoutResponse'
  if (!is(root, ns.protocol, name)) refuse('wrong_structure', `the message is no ${name} but ${shown(root.name)}`)
  expectAttributes(root, [
    ...commonAttributes,
    ...(parameter === 'SAMLRequest' ? ['NotOnOrAfter', 'Reason'] : ['InResponseTo']),
  ])
  expectSequence(root, [...beginning, ...(parameter === 'SAMLRequest' ? requested : [once(ns.protocol, 'Status')])])
  if (attributeOf(root, 'Version') !== '2.0') refuse('wrong_structure', 'the version is not 2.0')
  const id = idOf(root, 'ID')
  expectSame('issuer', 'Issuer', issuerOf(root), question.provider.entityId)
  expectSame('destination', 'Destination', attributeOf(root, 'Destination'), question.logoutUrl)
  const { issuedAt, endsAt } = timesOf(question, root)
  if (parameter === 'SAMLRequest') return { kind: 'request', id, issuedAt, endsAt, subject: subjectOf(root) }
  return { kind: 'response', id, endsAt, inResponseTo: idOf(root, 'InResponseTo'), done: isDone(root) }
}

const commonAttributes = ['ID', 'Version', 'IssueInstant', 'Destination', 'Consent']
const beginning = [once(ns.assertion, 'Issuer'), maybe(ns.protocol, 'Extensions')]
const requested = [once(ns.assertion, 'NameID'), { namespace: ns.protocol, name: 'SessionIndex', least: 0, most: 64 }]

function idOf(root: XmlElement, name: string): string {
  const id = attributeOf(root, name)
  return id !== null && /^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/.test(id)
    ? id
    : refuse('wrong_structure', `${name} is ${shown(id)}, which is no ID`)
}

function issuerOf(root: XmlElement): string | null {
  const issuer = childOf(root, ns.assertion, 'Issuer')
  return issuer === null ? null : textOf(issuer)
}

function expectSame(cause: 'issuer' | 'destination', name: string, found: string | null, expected: string): void {
  if (found !== expected) refuse(cause, `${name} is ${shown(found)}, expected ${shown(expected)}`)
}

/** When it was written, and until when it could be accepted: so long it has to be remembered as used. */
function timesOf({ now, provider: { skewMs } }: LogoutQuestion, root: XmlElement) {
  const issuedAt = instantOf(root, 'IssueInstant') ?? refuse('wrong_structure', 'IssueInstant is missing')
  if (issuedAt > now + skewMs) refuse('not_yet_valid', `issued ${issuedAt - now} ms from now`)
  const until = Math.min(issuedAt + lifetimeMs, instantOf(root, 'NotOnOrAfter') ?? Number.POSITIVE_INFINITY)
  if (now >= until + skewMs) refuse('expired', `it ended ${now - until} ms ago`)
  return { issuedAt, endsAt: until + skewMs }
}

/** A redirect or a form that posts itself is there at once; what is older lay somewhere. */
const lifetimeMs = 5 * 60_000

function instantOf(root: XmlElement, name: string): number | null {
  const text = attributeOf(root, name)
  if (text === null) return null
  const at = parseInstant(text)
  return Number.isNaN(at) ? refuse('wrong_structure', `${name} is ${shown(text)}, which is no moment`) : at
}

function subjectOf(root: XmlElement): Requested['subject'] {
  const name = childOf(root, ns.assertion, 'NameID')
  const nameId = name === null ? '' : textOf(name)
  if (name === null || nameId.trim() === '') return refuse('name_id', 'the NameID is empty')
  const sessionIndexes = childrenOf(root, ns.protocol, 'SessionIndex').map(textOf)
  return { nameId, nameIdFormat: attributeOf(name, 'Format'), sessionIndexes }
}

function isDone(root: XmlElement): boolean {
  const status = childOf(root, ns.protocol, 'Status')
  const code = status === null ? null : childOf(status, ns.protocol, 'StatusCode')
  return code !== null && attributeOf(code, 'Value') === 'urn:oasis:names:tc:SAML:2.0:status:Success'
}

/** Nothing that is believed: for the list of last messages. */
function seenIn(root: XmlElement, now: number): SeenParts {
  const textIn = (name: string) => {
    const found = root.children.find(child => typeof child !== 'string' && is(child, ns.assertion, name))
    const texts = found === undefined || typeof found === 'string' ? [] : found.children
    return texts.length === 1 && typeof texts[0] === 'string' ? texts[0] : null
  }
  const issuedAt = parseInstant(attributeOf(root, 'IssueInstant') ?? '')
  return {
    issuer: textIn('Issuer'),
    nameId: textIn('NameID'),
    offsetMs: Number.isNaN(issuedAt) ? null : issuedAt - now,
  }
}
