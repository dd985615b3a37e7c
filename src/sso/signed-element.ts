// Whether an element is signed, and what exactly was signed. The answer is not yes or no but a document: the bytes whose digest the provider
// has signed, read again. Nobody reads values from anything else, so whatever is wrapped round, put beside or moved cannot be mistaken for them.
// Each step starts from the bytes that the one before has shown to be genuine: the key has signed the bytes of SignedInfo; these, read again,
// name the digest of the content; the content is read again. A mistake in canonical form can refuse a genuine message, and nothing else.
import { createHash, type KeyObject } from 'node:crypto'
import { ns } from './namespaces.ts'
import { refuse } from './refused.ts'
import { readSignature, readSignedInfo } from './signature-shape.ts'
import { isSignedByOne } from './trusted-keys.ts'
import { openXml, readXml, type XmlDocument, type XmlElement } from './xml-document.ts'
import { attributeOf, childOf } from './xml-read.ts'

/** The signed bytes of an element that has a Signature as its child, as a document. Throws `Refused`. */
export function openSigned(document: XmlDocument, element: XmlElement, keys: readonly KeyObject[]): XmlDocument {
  const signature =
    childOf(element, ns.signature, 'Signature') ?? refuse('signature_missing', `${element.name} is not signed`)
  const id = attributeOf(element, 'ID') ?? refuse('wrong_structure', `${element.name} has no ID`)
  const { signedInfo, value } = readSignature(signature)
  const claimed = readSignedInfo(signedInfo, id)
  const signedBytes = document.canonical(signedInfo)
  if (!isSignedByOne(keys, signedBytes, value, claimed.algorithm))
    refuse('signature_wrong', `no configured certificate has signed the ${element.name}`)
  const { digestHash, digest, prefixes } = readSignedInfo(readXml(signedBytes), id)
  const content = document.canonical(element, prefixes, signature)
  if (!createHash(digestHash).update(content).digest().equals(digest))
    refuse('signature_wrong', `the ${element.name} was changed after it was signed`)
  return openAgain(content, element, id)
}

/** The same reader as before, so a difference would be a mistake of ours; it costs nothing to see that there is none. */
function openAgain(content: Buffer, element: XmlElement, id: string): XmlDocument {
  const signed = openXml(content)
  const { root } = signed
  if (root.name === element.name && root.namespace === element.namespace && attributeOf(root, 'ID') === id)
    return signed
  signed[Symbol.dispose]()
  return refuse('signature_placement', 'the signature covers another element')
}
