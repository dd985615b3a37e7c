import { constants, createHash, createHmac, createSign, sign } from 'node:crypto'
import { after, type Case, evilAssertion, row, swap, unsigned } from './case.ts'
import { makeKeyPair } from './certificates.ts'
import { renderResponse } from './message.ts'
import {
  certificateOf,
  enveloped,
  exclusive,
  messageOf,
  rsaSha256,
  type Signing,
  sha256,
  signAssertion,
  signatureNamespace,
  transformOf,
} from './signing.ts'
import type { Party, World } from './world.ts'

// Signatures that do not say what they seem to say: other keys, other algorithms, other references, other canonical forms.

const more = 'http://www.w3.org/2001/04/xmldsig-more#'
const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1'

export function signatureCases(): readonly Case[] {
  return [
    ...bothWays('S19', 'signed by E with the certificate of E', world => ({ by: world.e })),
    ...bothWays('S20', 'signed by E with the certificate of A', world => ({
      by: world.e,
      keyInfo: certificateOf(world.a.certificate),
    })),
    ...bothWays('S32 rsa-sha1', 'RSA-SHA1', world => ({
      algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
      value: signedInfo => createSign('sha1').update(signedInfo).sign(world.a.key, 'base64'),
    })),
    ...bothWays('S32 digest', 'a SHA-1 digest under an RSA-SHA256 signature', () => ({
      digestAlgorithm: sha1,
      digest: canonical => createHash('sha1').update(canonical).digest('base64'),
    })),
    ...keys(),
    ...algorithms(),
    ...spellings(),
  ]
}

function keys(): readonly Case[] {
  return [
    ...bothWays('K1', 'signed by the provider of another organization', world => ({ by: world.c })),
    ...bothWays('K2', 'no KeyInfo, signed by E', world => ({ by: world.e, keyInfo: null })),
    ...bothWays('K3', 'KeyInfo with the key of E as RSAKeyValue', world => ({
      by: world.e,
      keyInfo: keyValueOf(world.e),
    })),
    ...bothWays('K4', 'KeyInfo: A first, then E who signed', world => ({
      by: world.e,
      keyInfo: certificateOf(world.a.certificate) + certificateOf(world.e.certificate),
    })),
    ...bothWays('K5', 'KeyInfo by RetrievalMethod from an address', world => ({
      by: world.e,
      keyInfo: `<ds:RetrievalMethod URI="${world.canaryUrl}"></ds:RetrievalMethod>`,
    })),
    ...bothWays('K6', 'KeyInfo names the file that holds the key', world => ({
      by: world.e,
      keyInfo: '<ds:KeyName>/etc/passwd</ds:KeyName>',
    })),
    row(
      'K7',
      'a key of 512 bits, although it is the configured one',
      unsigned,
      world => messageOf(world, {}, 'assertion', { by: weak(512) }),
      {
        question: world => ({ provider: providerOf(world, weak(512).certificate) }),
      },
    ),
    row(
      'K8',
      'a key of 1024 bits, although it is the configured one',
      unsigned,
      world => messageOf(world, {}, 'assertion', { by: weak(1024) }),
      {
        question: world => ({ provider: providerOf(world, weak(1024).certificate) }),
      },
    ),
    row(
      'K9',
      'the configured key is of an elliptic curve, the algorithm says RSA',
      unsigned,
      world => messageOf(world, {}, 'assertion', { by: curve() }),
      {
        question: world => ({ provider: providerOf(world, curve().certificate) }),
      },
    ),
    row(
      'K10',
      'a configured certificate that is none',
      unsigned,
      world => messageOf(world, {}, 'assertion', { by: world.e }),
      {
        question: world => ({ provider: providerOf(world, 'AAAA') }),
      },
    ),
    row('K11', 'no configured certificate at all', unsigned, world => messageOf(world), {
      question: world => ({ provider: { ...providerOf(world, ''), certificates: [] } }),
    }),
  ]
}

function algorithms(): readonly Case[] {
  const hmac = (name: string, hash: string, secret: (world: World) => string | Buffer) =>
    bothWays(`A1 ${name}`, `HMAC with ${name} as key`, world => ({
      algorithm: `${hash === 'sha1' ? signatureNamespace : more}hmac-${hash}`,
      value: signedInfo => createHmac(hash, secret(world)).update(signedInfo).digest('base64'),
      by: world.e,
    }))
  return [
    ...hmac('the certificate (base64)', 'sha256', world => world.a.certificate),
    ...hmac('the certificate (PEM)', 'sha256', world => pem(world.a.certificate)),
    ...hmac('the certificate (DER)', 'sha1', world => Buffer.from(world.a.certificate, 'base64')),
    ...hmac('the public key', 'sha1', world => world.a.publicKey.export({ type: 'spki', format: 'pem' })),
    ...hmac('nothing', 'sha256', () => ''),
    ...bothWays('A2', 'algorithm none', () => ({ algorithm: 'none', value: () => '' })),
    ...bothWays('A3', 'algorithm of the empty name', () => ({ algorithm: '' })),
    ...bothWays('A4', 'an algorithm named as a member of every object', () => ({ algorithm: 'constructor' })),
    ...bothWays('A5', 'an algorithm named __proto__', () => ({ algorithm: '__proto__' })),
    ...bothWays('A6', 'RSA-MD5', world => ({
      algorithm: `${more}rsa-md5`,
      value: text => createSign('md5').update(text).sign(world.a.key, 'base64'),
    })),
    ...bothWays(
      'A7',
      'RSA-PSS, signed by A',
      world => ({
        algorithm: 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
        value: text =>
          sign('sha256', Buffer.from(text), {
            key: world.a.key,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: 32,
          }).toString('base64'),
      }),
      'harmless',
    ),
    ...bothWays('A8', 'the right algorithm with a space behind its name', () => ({ algorithm: `${rsaSha256} ` })),
    ...bothWays('A9', 'the digest algorithm is unknown', () => ({ digestAlgorithm: 'urn:x', digest: () => '' })),
    ...bothWays('A10', 'the digest algorithm is a signature algorithm', () => ({ digestAlgorithm: rsaSha256 })),
    row('A11', 'an HMAC cut to no bits', unsigned, world => {
      const signing: Signing = { by: world.e, algorithm: `${more}hmac-sha256`, value: () => '' }
      return after(
        messageOf(world, {}, 'assertion', signing),
        'ds:SignatureMethod',
        '<ds:HMACOutputLength>0</ds:HMACOutputLength>',
      )
    }),
    row('A12', 'the signature method is spoken of twice', unsigned, world => {
      const { sketch, whole } = signAssertion(world, {}, { by: world.e })
      const second = `<ds:SignatureMethod Algorithm="${more}hmac-sha256"></ds:SignatureMethod>`
      return renderResponse(sketch, swap(whole, '<ds:SignatureMethod', `${second}<ds:SignatureMethod`))
    }),
  ]
}

function spellings(): readonly Case[] {
  const around = (
    id: string,
    about: string,
    change: (xml: string, world: World) => string,
    outcome: Case['outcome'] = 'refused',
  ) =>
    row(id, about, [...unsigned, 'forbidden_markup', 'unreadable'], world => change(messageOf(world), world), {
      outcome,
    })
  return [
    around('V1', 'a comment in DigestValue', xml => after(xml, 'ds:DigestValue', '<!--x-->')),
    around('V2', 'a second text in DigestValue, behind a comment', xml => after(xml, 'ds:DigestValue', 'AAAA<!--x-->')),
    around('V3', 'an element in DigestValue', xml => after(xml, 'ds:DigestValue', '<x></x>')),
    around('V4', 'white space in DigestValue', xml => after(xml, 'ds:DigestValue', '\n ')),
    around('V5', 'an empty SignatureValue', xml => xml.replace(/<ds:SignatureValue>[^<]*/, '<ds:SignatureValue>')),
    around('V6', 'SignatureValue of zeros', xml =>
      xml.replace(/(<ds:SignatureValue>)[^<]*/, `$1${Buffer.alloc(256).toString('base64')}`),
    ),
    around('V7', 'SignatureValue left out', xml => xml.replace(/<ds:SignatureValue>[^<]*<\/ds:SignatureValue>/, '')),
    around(
      'V8',
      'line breaks in SignatureValue',
      xml => xml.replace(/(<ds:SignatureValue>)([^<]{64})/, '$1$2\n'),
      'harmless',
    ),
    around('V9', 'DigestValue twice: an own one first', (xml, world) =>
      swap(
        xml,
        '<ds:DigestValue>',
        `<ds:DigestValue>${digestOf(evilAssertion(world))}</ds:DigestValue><ds:DigestValue>`,
      ),
    ),
    around('V10', 'the prefix ds means something else on the Signature', xml =>
      swap(xml, `xmlns:ds="${signatureNamespace}"`, 'xmlns:ds="urn:x"'),
    ),
    around('V11', 'a namespace that the prefix list names is redefined outside', (_, world) => {
      const list = `<ec:InclusiveNamespaces xmlns:ec="${exclusive}" PrefixList="samlp #default xs"></ec:InclusiveNamespaces>`
      const changed = messageOf(world, {}, 'assertion', {
        transforms: transformOf(enveloped) + transformOf(exclusive, list),
      })
      return swap(changed, '<samlp:Response', '<samlp:Response xmlns="urn:x" xmlns:xs="urn:y"')
    }),
    around('V12', 'the prefix saml is redefined within the subject', (xml, world) =>
      swap(xml, '<saml:NameID', `<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion"`).replace(
        world.mallory,
        world.victim,
      ),
    ),
    around('V13', 'a second Transforms in the Reference', xml =>
      swap(xml, '<ds:DigestMethod', `<ds:Transforms>${transformOf(exclusive)}</ds:Transforms><ds:DigestMethod`),
    ),
    around('V14', 'the digest algorithm is spoken of twice', xml =>
      swap(xml, '<ds:DigestMethod', `<ds:DigestMethod Algorithm="${sha256}"></ds:DigestMethod><ds:DigestMethod`),
    ),
    around(
      'V15',
      'KeyInfo before SignedInfo',
      xml => {
        const keyInfo = partOf(xml, 'ds:KeyInfo')
        return swap(swap(xml, keyInfo, ''), '<ds:SignedInfo>', `${keyInfo}<ds:SignedInfo>`)
      },
      'harmless',
    ),
  ]
}

/** A message that is signed in this way, for each element that can be. */
export function bothWays(
  id: string,
  about: string,
  signing: (world: World) => Signing,
  outcome: Case['outcome'] = 'refused',
): readonly Case[] {
  return (['assertion', 'response'] as const).map(signed =>
    row(`${id} (${signed})`, about, unsigned, world => messageOf(world, {}, signed, signing(world)), { outcome }),
  )
}

export function partOf(xml: string, name: string): string {
  const from = xml.indexOf(`<${name}`)
  const until = xml.indexOf(`</${name}>`, from) + name.length + 3
  if (from === -1) throw new Error(`there is no ${name}`)
  return xml.slice(from, until)
}

function providerOf(world: World, certificate: string) {
  const settings = {
    signed: 'either',
    encryption: 'accepted',
    acceptsCbc: false,
    skewMs: 120_000,
    emailAttribute: null,
    contexts: [],
  } as const
  return { entityId: world.a.entityId, certificates: [certificate], settings }
}

const oddParties = new Map<string, Party>()

function weak(bits: number): Party {
  return odd(`rsa-${bits}`, () => makeKeyPair({ name: 'weak', bits }))
}

function curve(): Party {
  return odd('curve', () => makeKeyPair({ name: 'curve', curve: 'P-256' }))
}

function odd(name: string, make: () => ReturnType<typeof makeKeyPair>): Party {
  const found = oddParties.get(name) ?? { entityId: 'https://idp-a.test/metadata', ...make() }
  oddParties.set(name, found)
  return found
}

function keyValueOf(party: Party): string {
  const { n = '', e = '' } = party.publicKey.export({ format: 'jwk' })
  const text = (value: string) => Buffer.from(value, 'base64url').toString('base64')
  return `<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>${text(n)}</ds:Modulus><ds:Exponent>${text(e)}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>`
}

function pem(certificate: string): string {
  return `-----BEGIN CERTIFICATE-----\n${certificate.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
