import { createHash, sign as cryptoSign, type KeyObject } from 'node:crypto'
import { SignedXml } from 'xml-crypto'

/** How an element is signed; what is not given is as good providers do it. */
export interface Signing {
  readonly signatureAlgorithm?: string
  readonly digestAlgorithm?: string
  readonly canonicalization?: string
  readonly transforms?: readonly string[]
  /** PrefixList of InclusiveNamespaces in the last transform. */
  readonly inclusive?: readonly string[]
  /** Base64 of a certificate for KeyInfo; null: no KeyInfo. By default the provider's own. */
  readonly keyInfo?: string | null
  readonly signaturePrefix?: string
}

const dsig = 'http://www.w3.org/2000/09/xmldsig#'
export const algorithms = {
  rsaSha1: `${dsig}rsa-sha1`,
  rsaSha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  rsaSha384: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384',
  rsaSha512: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  ecdsaSha256: 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
  ecdsaSha384: 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384',
  sha1: `${dsig}sha1`,
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha384: 'http://www.w3.org/2001/04/xmldsig-more#sha384',
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
  enveloped: `${dsig}enveloped-signature`,
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  inclusive: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
} as const

/** Signs the first element of that local name, with the signature behind its Issuer. */
export function signElement(
  xml: string,
  localName: 'Assertion' | 'Response' | 'LogoutRequest' | 'LogoutResponse',
  signer: { readonly privateKey: KeyObject; readonly certificate: string },
  how: Signing = {},
): string {
  const element = `(//*[local-name(.)='${localName}'])[1]`
  const { keyInfo = signer.certificate } = how
  const signed = new SignedXml({
    privateKey: signer.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ...(keyInfo === null
      ? {}
      : { publicCert: `-----BEGIN CERTIFICATE-----\n${lines(keyInfo)}\n-----END CERTIFICATE-----\n` }),
    signatureAlgorithm: how.signatureAlgorithm ?? defaultAlgorithm(signer.privateKey),
    canonicalizationAlgorithm: how.canonicalization ?? algorithms.exclusive,
  })
  Object.assign(signed.SignatureAlgorithms, ownSignatures)
  Object.assign(signed.HashAlgorithms, { [algorithms.sha384]: Sha384 })
  signed.addReference({
    xpath: element,
    transforms: how.transforms ?? [algorithms.enveloped, algorithms.exclusive],
    digestAlgorithm: how.digestAlgorithm ?? algorithms.sha256,
    ...(how.inclusive === undefined ? {} : { inclusiveNamespacesPrefixList: [...how.inclusive] }),
  })
  const issuer = `${element}/*[local-name(.)='Issuer']`
  const hasIssuer = new RegExp(`:${localName}\\b[^>]*>\\s*<[\\w]+:Issuer`).test(xml)
  signed.computeSignature(xml, {
    prefix: how.signaturePrefix ?? 'ds',
    location: hasIssuer ? { reference: issuer, action: 'after' } : { reference: element, action: 'prepend' },
  })
  return signed.getSignedXml()
}

function defaultAlgorithm(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return algorithms.rsaSha256
  return key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? algorithms.ecdsaSha384 : algorithms.ecdsaSha256
}

function lines(base64: string): string {
  return (base64.match(/.{1,64}/g) ?? []).join('\n')
}

class Sha384 {
  getAlgorithmName = () => algorithms.sha384
  getHash = (xml: string) => createHash('sha384').update(xml, 'utf8').digest('base64')
}

/** The signer knows neither ECDSA nor SHA-384. */
const ownSignatures = Object.fromEntries(
  (
    [
      [algorithms.rsaSha384, 'sha384'],
      [algorithms.ecdsaSha256, 'sha256'],
      [algorithms.ecdsaSha384, 'sha384'],
    ] as const
  ).map(([name, hash]) => [
    name,
    class {
      getAlgorithmName = () => name
      getSignature = (text: string, key: string) =>
        cryptoSign(hash, Buffer.from(text, 'utf8'), { key, dsaEncoding: 'ieee-p1363' }).toString('base64')
      verifySignature = () => false
    },
  ]),
)
