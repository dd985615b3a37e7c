import { createHash, sign as signBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import type { Binding } from './provider.ts'
import { element, type Xml } from './xml-writer.ts'

/** Our key as it signs: PKCS #8 PEM, and its certificate as base64 DER. RSA. */
export interface SigningKey {
  readonly privateKeyPem: string
  readonly certificate: string
}

/** A message on its way to the provider, by the browser: an address to go to, or a form to post. */
export type OutgoingMessage =
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'post'; readonly location: string; readonly fields: Readonly<Record<string, string>> }

export interface Outgoing {
  readonly binding: Binding
  readonly destination: string
  readonly parameter: 'SAMLRequest' | 'SAMLResponse'
  /** Opaque to the provider, at most 80 bytes (bindings 3.4.3); null sends none. */
  readonly relayState: string | null
  readonly key: SigningKey
  readonly id: string
  /** The whole message with `signature` after its Issuer, or without one. */
  write(signature: Xml | null): Xml
}

/** Signs a message in the way of its binding. RSA is done by the runtime's own threads: 1 ms that no other request waits for. */
export function sendSigned(message: Outgoing): Promise<OutgoingMessage> {
  return message.binding === 'redirect' ? sendByRedirect(message) : sendByPost(message)
}

/** Bindings 3.4.4.1: the signature is over the very bytes of the query that go out, in this order. */
async function sendByRedirect({ destination, parameter, relayState, key, write }: Outgoing): Promise<OutgoingMessage> {
  const fields = [
    [parameter, deflateRawSync(write(null).text).toString('base64')],
    ...(relayState === null ? [] : [['RelayState', relayState]]),
    ['SigAlg', rsaSha256],
  ]
  const query = fields.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&')
  const signature = encodeURIComponent(await signRsa(query, key))
  const joint = destination.includes('?') ? '&' : '?'
  return { kind: 'redirect', url: `${destination}${joint}${query}&Signature=${signature}` }
}

/**
 * An enveloped signature (XML Signature 1.1). What is written is canonical already, so nothing is parsed and nothing transformed: the
 * digest is of the message without its signature, and SignedInfo is signed as it stands.
 */
async function sendByPost({ destination, parameter, relayState, key, id, write }: Outgoing): Promise<OutgoingMessage> {
  const info = signedInfo(id, createHash('sha256').update(write(null).text).digest('base64'))
  const signature = element(
    'ds:Signature',
    { 'xmlns:ds': ds },
    info,
    element('ds:SignatureValue', {}, await signRsa(info.text, key)),
    element('ds:KeyInfo', {}, element('ds:X509Data', {}, element('ds:X509Certificate', {}, key.certificate))),
  )
  const message = Buffer.from(write(signature).text).toString('base64')
  const fields = { [parameter]: message, ...(relayState === null ? {} : { RelayState: relayState }) }
  return { kind: 'post', location: destination, fields }
}

function signedInfo(id: string, digest: string): Xml {
  return element(
    'ds:SignedInfo',
    { 'xmlns:ds': ds },
    element('ds:CanonicalizationMethod', { Algorithm: exclusive }),
    element('ds:SignatureMethod', { Algorithm: rsaSha256 }),
    element(
      'ds:Reference',
      { URI: `#${id}` },
      element(
        'ds:Transforms',
        {},
        element('ds:Transform', { Algorithm: `${ds}enveloped-signature` }),
        element('ds:Transform', { Algorithm: exclusive }),
      ),
      element('ds:DigestMethod', { Algorithm: 'http://www.w3.org/2001/04/xmlenc#sha256' }),
      element('ds:DigestValue', {}, digest),
    ),
  )
}

function signRsa(text: string, key: SigningKey): Promise<string> {
  return new Promise((resolve, reject) => {
    signBytes('sha256', Buffer.from(text), key.privateKeyPem, (error, signature) => {
      if (error === null) resolve(signature.toString('base64'))
      else reject(error)
    })
  })
}

const ds = 'http://www.w3.org/2000/09/xmldsig#'
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
