import { ns } from './namespaces.ts'
import { refuse, shown } from './refused.ts'
import type { XmlElement } from './xml-document.ts'
import {
  attributeOf,
  childOf,
  childrenOf,
  descendantsOf,
  elementsOf,
  expectAttributes,
  expectSequence,
  is,
  maybe,
  once,
  type Placed,
} from './xml-read.ts'

/** That the document is a Response and nothing more, with one assertion in the one place for it. Throws `Refused`. */
export function expectResponse(root: XmlElement): void {
  if (!is(root, ns.protocol, 'Response'))
    refuse('wrong_structure', `the message is a ${shown(root.name)}, not a Response`)
  expectAttributes(root, ['ID', 'Version', 'IssueInstant', 'InResponseTo', 'Destination', 'Consent'])
  expectIdAndVersion(root)
  const all = descendantsOf(root)
  expectUniqueIds(all)
  expectSuccess(root)
  const assertions = elementsOf(root).filter(isAssertion)
  if (assertions.length !== 1)
    refuse('wrong_structure', `the Response holds ${assertions.length} assertions, expected one`)
  expectOneAssertion(all)
  expectPlacedSignatures(all)
  expectSequence(root, [
    maybe(ns.assertion, 'Issuer'),
    maybe(ns.signature, 'Signature'),
    maybe(ns.protocol, 'Extensions'),
    once(ns.protocol, 'Status'),
    once(ns.assertion, assertions[0]?.name ?? 'Assertion'),
  ])
}

/** That an element is an assertion and nothing more; of a decrypted one as of a plain one. Throws `Refused`. */
export function expectAssertion(root: XmlElement): void {
  if (!is(root, ns.assertion, 'Assertion')) refuse('wrong_structure', `a ${shown(root.name)} instead of an Assertion`)
  expectAttributes(root, ['ID', 'Version', 'IssueInstant'])
  expectIdAndVersion(root)
  const all = descendantsOf(root)
  expectUniqueIds(all)
  expectOneAssertion(all)
  expectPlacedSignatures(all)
  expectSequence(root, [
    once(ns.assertion, 'Issuer'),
    maybe(ns.signature, 'Signature'),
    maybe(ns.assertion, 'Subject'),
    maybe(ns.assertion, 'Conditions'),
    maybe(ns.assertion, 'Advice'),
    ...elementsOf(root)
      .filter(isStatement)
      .map(statement => once(ns.assertion, statement.name)),
  ])
}

/** Success at the top, and nothing within it (core 3.2.2.2): a status that says two things says neither. */
export function expectSuccess(response: XmlElement): void {
  const status = childOf(response, ns.protocol, 'Status') ?? refuse('wrong_structure', 'the Response has no Status')
  const code = childOf(status, ns.protocol, 'StatusCode') ?? refuse('wrong_structure', 'the Status has no StatusCode')
  const [inner] = childrenOf(code, ns.protocol, 'StatusCode')
  const value = attributeOf(code, 'Value')
  if (value === success && elementsOf(code).length === 0) {
    expectSequence(status, [
      once(ns.protocol, 'StatusCode'),
      maybe(ns.protocol, 'StatusMessage'),
      maybe(ns.protocol, 'StatusDetail'),
    ])
    return
  }
  const message = childrenOf(status, ns.protocol, 'StatusMessage')[0]
    ?.children.filter(one => typeof one === 'string')
    .join('')
  const said = [value, inner === undefined ? null : attributeOf(inner, 'Value'), message ?? null].filter(
    one => one !== null,
  )
  refuse('status', `the provider answers ${said.map(shown).join(', ')}`)
}

function expectIdAndVersion(element: XmlElement): void {
  const id = attributeOf(element, 'ID')
  if (id === null || !/^[\w.-]{1,256}$/.test(id)) refuse('wrong_structure', `the ID of ${element.name} is ${shown(id)}`)
  const version = attributeOf(element, 'Version')
  if (version !== '2.0') refuse('wrong_structure', `Version is ${shown(version)}, expected 2.0`)
}

/** By every name that any standard of the field gives an ID: a reference must not be able to mean two elements. */
function expectUniqueIds(all: readonly Placed[]): void {
  const ids = new Set<string>()
  for (const { element } of all)
    for (const { name, value } of element.attributes) {
      if (name.toLowerCase() !== 'id') continue
      if (ids.has(value)) refuse('wrong_structure', `two elements have the ID ${shown(value)}`)
      ids.add(value)
    }
}

/** Whatever the namespace: what another reader could take for an assertion or a message stands nowhere but in its place. */
function expectOneAssertion(all: readonly Placed[]): void {
  const found = all.filter(({ element }) => ['Assertion', 'EncryptedAssertion'].includes(element.name))
  if (found.length !== 1) refuse('wrong_structure', `${found.length} assertions in the message, expected one`)
  if (all.some(({ element, parent }) => parent !== null && element.name === 'Response'))
    refuse('wrong_structure', 'a message within the message')
}

/** A signature is a child of what it signs, and there is one of it. */
function expectPlacedSignatures(all: readonly Placed[]): void {
  const root = all[0]?.element
  const owners = new Set<XmlElement>()
  for (const { element, parent } of all) {
    if (element.name !== 'Signature') continue
    const isPlaced =
      parent !== null &&
      (parent === root || (is(parent, ns.assertion, 'Assertion') && root?.children.includes(parent) === true))
    if (!isPlaced || element.namespace !== ns.signature) refuse('signature_placement', 'a signature where none belongs')
    if (owners.has(parent)) refuse('signature_placement', `${parent.name} has two signatures`)
    owners.add(parent)
  }
}

function isAssertion(element: XmlElement): boolean {
  return is(element, ns.assertion, 'Assertion') || is(element, ns.assertion, 'EncryptedAssertion')
}

function isStatement(element: XmlElement): boolean {
  return is(element, ns.assertion, 'AuthnStatement') || is(element, ns.assertion, 'AttributeStatement')
}

const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'
