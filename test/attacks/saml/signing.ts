import { createHash, sign } from 'node:crypto'
import { type Changes, renderAssertion, renderResponse, type Sketch, sketchOf } from './message.ts'
import type { Party, World } from './world.ts'

export const signatureNamespace = 'http://www.w3.org/2000/09/xmldsig#'
export const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
export const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
export const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'

/** How a signature deviates from an enveloped RSA-SHA256 one with exclusive canonicalization. */
export interface Signing {
  readonly by?: Party
  readonly algorithm?: string
  readonly canonicalization?: string
  readonly digestAlgorithm?: string
  readonly digest?: (canonical: string) => string
  /** XML of the Transform elements. */
  readonly transforms?: string
  readonly uri?: string | null
  /** What the Reference counts as its bytes, when it is not the element as it stands. */
  readonly canonical?: (content: string) => string
  /** The list of references, given the one that would be there. */
  readonly references?: (reference: string) => string
  /** The value over the canonical SignedInfo. */
  readonly value?: (signedInfo: string) => string
  /** XML inside of KeyInfo; null leaves KeyInfo out. */
  readonly keyInfo?: string | null
  /** XML after KeyInfo. */
  readonly objects?: string
}

export function transformOf(algorithm: string, inside = ''): string {
  return `<ds:Transform Algorithm="${algorithm}">${inside}</ds:Transform>`
}

/** The Signature element over `content`, which is the canonical form of the element with this id. */
export function signatureOf(world: World, id: string, content: string, signing: Signing = {}): string {
  const by = signing.by ?? world.a
  const canonical = signing.canonical?.(content) ?? content
  const digest = signing.digest?.(canonical) ?? createHash('sha256').update(canonical).digest('base64')
  const uri = signing.uri === undefined ? ` URI="#${id}"` : signing.uri === null ? '' : ` URI="${signing.uri}"`
  const reference =
    `<ds:Reference${uri}><ds:Transforms>${signing.transforms ?? transformOf(enveloped) + transformOf(exclusive)}</ds:Transforms>` +
    `<ds:DigestMethod Algorithm="${signing.digestAlgorithm ?? sha256}"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference>`
  const inside =
    `<ds:CanonicalizationMethod Algorithm="${signing.canonicalization ?? exclusive}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${signing.algorithm ?? rsaSha256}"></ds:SignatureMethod>${signing.references?.(reference) ?? reference}`
  // Exclusive canonicalization declares the prefix on the element that it starts from.
  const signedInfo = `<ds:SignedInfo xmlns:ds="${signatureNamespace}">${inside}</ds:SignedInfo>`
  const value = signing.value?.(signedInfo) ?? sign('sha256', Buffer.from(signedInfo), by.key).toString('base64')
  const keyInfo = signing.keyInfo === undefined ? certificateOf(by.certificate) : signing.keyInfo
  return (
    `<ds:Signature xmlns:ds="${signatureNamespace}"><ds:SignedInfo>${inside}</ds:SignedInfo><ds:SignatureValue>${value}</ds:SignatureValue>` +
    `${keyInfo === null ? '' : `<ds:KeyInfo>${keyInfo}</ds:KeyInfo>`}${signing.objects ?? ''}</ds:Signature>`
  )
}

export function certificateOf(certificate: string): string {
  return `<ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data>`
}

/** An assertion in its three states: as signed, the signature alone, and without it. */
export interface SignedAssertion {
  readonly sketch: Sketch
  readonly id: string
  readonly whole: string
  readonly signature: string
  readonly bare: string
}

export function signAssertion(world: World, changes: Changes = {}, signing: Signing = {}): SignedAssertion {
  const sketch = sketchOf(world, changes)
  const id = sketch.assertion['ID'] ?? ''
  const bare = renderAssertion(sketch)
  const signature = signatureOf(world, id, bare, signing)
  return { sketch, id, bare, signature, whole: renderAssertion(sketch, signature) }
}

/** The Response around this assertion, signed. */
export function signResponse(world: World, sketch: Sketch, assertion: string, signing: Signing = {}): string {
  const signature = signatureOf(world, sketch.response['ID'] ?? '', renderResponse(sketch, assertion), signing)
  return renderResponse(sketch, assertion, signature)
}

export type Signed = 'assertion' | 'response' | 'both' | 'nothing'

/** A whole message of A (or of whoever signs). */
export function messageOf(
  world: World,
  changes: Changes = {},
  signed: Signed = 'assertion',
  signing: Signing = {},
): string {
  const assertion = signAssertion(world, changes, signing)
  const { sketch } = assertion
  switch (signed) {
    case 'assertion':
      return renderResponse(sketch, assertion.whole)
    case 'response':
      return signResponse(world, sketch, assertion.bare, signing)
    case 'both':
      return signResponse(world, sketch, assertion.whole, signing)
    case 'nothing':
      return renderResponse(sketch, assertion.bare)
  }
}
