import { ns } from './namespaces.ts'
import { refuse, shown } from './refused.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, childOf, elementsOf, expectAttributes, expectSequence, maybe, once, textOf } from './xml-read.ts'
import { decodeBase64 } from './xml-text.ts'

/** What a SignedInfo says, after everything about it was found to be allowed. */
export interface SignedInfo {
  readonly algorithm: SignatureAlgorithm
  readonly digestHash: Hash
  readonly digest: Buffer
  /** PrefixList of the exclusive canonical form. */
  readonly prefixes: readonly string[]
}

export type Hash = 'sha256' | 'sha384' | 'sha512'
export interface SignatureAlgorithm {
  readonly key: 'rsa' | 'ec'
  readonly hash: Hash
}

/** SHA-1 is broken (collisions since 2017), HMAC makes a public certificate a secret key, DSA is nobody's any more. */
export const signatureAlgorithms: Readonly<Record<string, SignatureAlgorithm>> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': { key: 'rsa', hash: 'sha256' },
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384': { key: 'rsa', hash: 'sha384' },
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': { key: 'rsa', hash: 'sha512' },
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256': { key: 'ec', hash: 'sha256' },
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384': { key: 'ec', hash: 'sha384' },
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512': { key: 'ec', hash: 'sha512' },
}

const digestAlgorithms: Readonly<Record<string, Hash>> = {
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#sha384': 'sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
}

const enveloped = `${ns.signature}enveloped-signature`

/** The parts of a Signature: SignedInfo, SignatureValue and a KeyInfo that nobody reads (the keys are those of the metadata). No Object. */
export function readSignature(signature: XmlElement): { readonly signedInfo: XmlElement; readonly value: Buffer } {
  expectAttributes(signature, ['Id'])
  expectSequence(signature, [one('SignedInfo'), one('SignatureValue'), maybe(ns.signature, 'KeyInfo')])
  const [signedInfo, value] = elementsOf(signature)
  if (signedInfo === undefined || value === undefined) return refuse('wrong_structure', 'a Signature without its parts')
  return { signedInfo, value: base64Of(value) }
}

/** One Reference to the element with that ID, canonical form and transforms as saml-core 5.4 allows them, and known algorithms. */
export function readSignedInfo(signedInfo: XmlElement, id: string): SignedInfo {
  if (signedInfo.name !== 'SignedInfo' || signedInfo.namespace !== ns.signature)
    refuse('wrong_structure', 'no SignedInfo')
  expectAttributes(signedInfo, ['Id'])
  expectSequence(signedInfo, [one('CanonicalizationMethod'), one('SignatureMethod'), one('Reference')])
  const [canonicalization, method, reference] = elementsOf(signedInfo)
  if (canonicalization === undefined || method === undefined || reference === undefined)
    return refuse('wrong_structure', 'a SignedInfo without its parts')
  expectAlgorithm(canonicalization, ns.exclusive)
  expectEmpty(canonicalization)
  expectEmpty(method)
  return { algorithm: known(signatureAlgorithms, method), ...readReference(reference, id) }
}

function readReference(reference: XmlElement, id: string): Omit<SignedInfo, 'algorithm'> {
  expectAttributes(reference, ['Id', 'URI'])
  const uri = attributeOf(reference, 'URI')
  if (uri !== `#${id}`)
    refuse('signature_placement', `the signature refers to ${shown(uri)}, not to its own element #${shown(id)}`)
  expectSequence(reference, [one('Transforms'), one('DigestMethod'), one('DigestValue')])
  const [transforms, method, value] = elementsOf(reference)
  if (transforms === undefined || method === undefined || value === undefined)
    return refuse('wrong_structure', 'a Reference without its parts')
  expectEmpty(method)
  return { prefixes: readTransforms(transforms), digestHash: known(digestAlgorithms, method), digest: base64Of(value) }
}

/** Exactly enveloped-signature, then exclusive canonical form: no XPath, no XSLT, nothing that could leave parts out. */
function readTransforms(transforms: XmlElement): readonly string[] {
  expectAttributes(transforms, [])
  const [first, second, third] = elementsOf(transforms)
  if (first === undefined || second === undefined || third !== undefined)
    return refuse('algorithm', 'the transforms are not enveloped-signature and exclusive canonical form')
  for (const each of [first, second])
    if (each.name !== 'Transform' || each.namespace !== ns.signature) refuse('wrong_structure', 'no Transform')
  expectAlgorithm(first, enveloped)
  // Signers made with xml-crypto repeat the list of the second transform here, where it says nothing.
  if (elementsOf(first).some(child => child.name !== 'InclusiveNamespaces')) expectEmpty(first)
  expectAlgorithm(second, ns.exclusive)
  const list = childOf(second, ns.exclusive, 'InclusiveNamespaces')
  if (elementsOf(second).length > (list === null ? 0 : 1)) refuse('algorithm', 'a transform with parameters')
  const prefixes = (list === null ? '' : (attributeOf(list, 'PrefixList') ?? ''))
    .split(/\s+/)
    .filter(prefix => prefix !== '')
  return prefixes.length <= prefixesMax ? prefixes : refuse('too_large', 'too many prefixes')
}

function expectAlgorithm(element: XmlElement, expected: string): void {
  expectAttributes(element, ['Algorithm'])
  const algorithm = attributeOf(element, 'Algorithm')
  if (algorithm !== expected) refuse('algorithm', `${element.name} is ${shown(algorithm)}, expected ${expected}`)
}

function known<Value>(algorithms: Readonly<Record<string, Value>>, element: XmlElement): Value {
  expectAttributes(element, ['Algorithm'])
  const name = attributeOf(element, 'Algorithm')
  const found = name !== null && Object.hasOwn(algorithms, name) ? algorithms[name] : undefined
  return found ?? refuse('algorithm', `${element.name} is ${shown(name)}, which is not accepted`)
}

/** No parameters: HMACOutputLength cut signatures to nothing (CVE-2009-0217). */
function expectEmpty(element: XmlElement): void {
  if (elementsOf(element).length > 0) refuse('algorithm', `${element.name} has parameters`)
}

function base64Of(element: XmlElement): Buffer {
  expectAttributes(element, ['Id'])
  const bytes = decodeBase64(textOf(element).replaceAll(/[ \t\r\n]/g, ''))
  return bytes ?? refuse('unreadable', `${element.name} is not base64`)
}

const one = (name: string) => once(ns.signature, name)
const prefixesMax = 16
