import type { KeyObject } from 'node:crypto'
import { decryptAssertion, fail } from './decrypt.ts'
import { ns } from './namespaces.ts'
import type { ResponseQuestion } from './reading.ts'
import { Refused, refuse, shown } from './refused.ts'
import { expectAssertion } from './response-structure.ts'
import { openSigned } from './signed-element.ts'
import { trustedKeys } from './trusted-keys.ts'
import { type NamespaceMap, openXml, type XmlDocument, type XmlElement } from './xml-document.ts'
import { attributeOf, childOf } from './xml-read.ts'

export interface VerifiedResponse {
  /** As it was signed; as it came when only the assertion was signed: then it may speak against the message, and grants nothing. */
  readonly response: XmlElement
  readonly isResponseSigned: boolean
  /** Read from signed bytes. */
  readonly assertion: XmlElement
}

/**
 * Checks every signature there is, decrypts, and asks for those that there have to be. What it opens goes onto `opened`, which the caller owns.
 * Throws `Refused`.
 */
export function verifyResponse(
  document: XmlDocument,
  { provider, us }: Pick<ResponseQuestion, 'provider' | 'us'>,
  opened: DisposableStack,
): VerifiedResponse {
  const { settings } = provider
  const keys = trustedKeys(provider.certificates)
  const signedResponse = openIfSigned(document, document.root, keys)
  if (signedResponse !== null) opened.use(signedResponse)
  if (settings.signed === 'response' && signedResponse === null)
    refuse('signature_missing', 'the Response is not signed')
  const around = signedResponse ?? document
  const encrypted = childOf(around.root, ns.assertion, 'EncryptedAssertion')
  if (encrypted === null && settings.encryption === 'required') refuse('decryption', 'the assertion is not encrypted')
  if (encrypted !== null && settings.encryption === 'refused')
    refuse('decryption', 'encrypted assertions are not accepted')
  const own = { keys: us.decryptionKeys, acceptsCbc: settings.acceptsCbc }
  const held =
    encrypted === null ? heldPlain(around) : heldEncrypted(document, around, decryptAssertion(encrypted, own))
  opened.use(held)
  expectAssertion(held.assertion)
  expectOwnId(held.assertion, around.root)
  const signedAssertion = openIfSigned(held.document, held.assertion, keys)
  if (signedAssertion !== null) opened.use(signedAssertion)
  if (signedAssertion === null && (signedResponse === null || settings.signed === 'assertion'))
    refuse('signature_missing', 'the assertion is not signed')
  return {
    response: around.root,
    isResponseSigned: signedResponse !== null,
    assertion: signedAssertion?.root ?? held.assertion,
  }
}

/** IDs are unique in the whole message, and one that was encrypted is seen only now. */
function expectOwnId(assertion: XmlElement, response: XmlElement): void {
  const id = attributeOf(assertion, 'ID')
  if (id === attributeOf(response, 'ID')) refuse('wrong_structure', `two elements have the ID ${shown(id)}`)
}

function openIfSigned(document: XmlDocument, element: XmlElement, keys: readonly KeyObject[]): XmlDocument | null {
  return childOf(element, ns.signature, 'Signature') === null ? null : openSigned(document, element, keys)
}

interface Held extends Disposable {
  readonly document: XmlDocument
  readonly assertion: XmlElement
}

function heldPlain(document: XmlDocument): Held {
  const assertion = childOf(document.root, ns.assertion, 'Assertion') ?? refuse('wrong_structure', 'no assertion')
  return { document, assertion, [Symbol.dispose]: () => undefined }
}

/**
 * What was encrypted may use namespaces that were declared outside of it. An assertion with a signature of its own takes them from the message
 * as it came (the digest covers what they stand for), one that the Response's signature alone speaks for takes them from what that has signed:
 * declarations that nothing visible uses are not covered by it, and could be anybody's.
 */
function heldEncrypted(document: XmlDocument, around: XmlDocument, plaintext: Buffer): Held {
  const asItCame = openDecrypted(plaintext, contextIn(document))
  if (around === document || childOf(asItCame.assertion, ns.signature, 'Signature') !== null) return asItCame
  asItCame[Symbol.dispose]()
  return openDecrypted(plaintext, contextIn(around))
}

function contextIn(document: XmlDocument): NamespaceMap {
  const encrypted = childOf(document.root, ns.assertion, 'EncryptedAssertion')
  return encrypted === null ? {} : document.namespacesOf(encrypted)
}

/** What decrypts to anything but an element looks like what does not decrypt. */
function openDecrypted(plaintext: Buffer, context: NamespaceMap): Held {
  try {
    const document = openXml(plaintext, context)
    return { document, assertion: document.root, [Symbol.dispose]: () => document[Symbol.dispose]() }
  } catch (error) {
    if (error instanceof Refused) return fail()
    throw error
  }
}
