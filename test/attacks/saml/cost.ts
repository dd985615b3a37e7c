import { deflateRawSync } from 'node:zlib'
import type { SamlRefusal } from '../../../src/sso/refusal.ts'
import { after, type Case, into, row, swap, unsigned } from './case.ts'
import { encryptedAssertionOf } from './encrypting.ts'
import {
  attributeStatementOf,
  authnStatementOf,
  confirmationOf,
  nameIdOf,
  renderResponse,
  sketchOf,
  subjectOf,
} from './message.ts'
import { certificateOf, messageOf, signAssertion, transformOf } from './signing.ts'
import type { World } from './world.ts'

// Messages that want time or memory. Whoever sends them has a browser and nothing else, so most are not signed at all.

const any: readonly SamlRefusal[] = [
  ...unsigned,
  'unreadable',
  'forbidden_markup',
  'too_large',
  'name_id',
  'email_domain',
  'decryption',
]

export function costCases(): readonly Case[] {
  return [
    costly('P1', 'ten thousand nested elements', xml => into(xml, 'samlp:Status', nested(10_000))),
    costly('P2', 'ten thousand nested elements under the Assertion', xml =>
      into(xml, 'saml:Assertion', nested(10_000)),
    ),
    costly('P3', 'a hundred thousand attributes', xml =>
      swap(xml, '<samlp:Status>', `<samlp:Status${numbered(100_000, i => ` a${i}=""`)}>`),
    ),
    costly('P4', 'five thousand attributes', xml =>
      swap(xml, '<samlp:Status>', `<samlp:Status${numbered(5_000, i => ` a${i}=""`)}>`),
    ),
    costly('P5', 'fifty thousand namespaces', xml =>
      swap(xml, '<samlp:Status>', `<samlp:Status${numbered(50_000, i => ` xmlns:a${i}="u"`)}>`),
    ),
    costly('P6', 'two thousand namespaces around the Assertion', xml =>
      swap(xml, '<samlp:Response', `<samlp:Response${numbered(2_000, i => ` xmlns:a${i}="u"`)}`),
    ),
    costly('P7', 'a namespace on each of five hundred nested elements', xml =>
      into(
        xml,
        'samlp:Status',
        nested(500, i => ` xmlns:a${i}="u"`),
      ),
    ),
    costly('P8', 'a name of a megabyte', (xml, w) => swap(xml, w.mallory, `${'m'.repeat(2 ** 20)}@corp.test`)),
    costly('P9', 'an attribute of a megabyte', xml => swap(xml, ' Version="2.0"', ` Version="${'2'.repeat(2 ** 20)}"`)),
    costly('P10', 'a thousand transforms', xml =>
      into(xml, 'ds:Transforms', transformOf('http://www.w3.org/2001/10/xml-exc-c14n#').repeat(1_000)),
    ),
    costly('P11', 'five thousand certificates in KeyInfo', (xml, w) =>
      into(xml, 'ds:KeyInfo', certificateOf(w.e.certificate).repeat(60) + certificateOf('AAAA').repeat(5_000)),
    ),
    costly('P12', 'a thousand References', xml =>
      into(xml, 'ds:SignedInfo', '<ds:Reference URI="#x"></ds:Reference>'.repeat(1_000)),
    ),
    costly('P13', 'a thousand Signatures', xml =>
      swap(
        xml,
        '<saml:Subject>',
        `${'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"></ds:Signature>'.repeat(1_000)}<saml:Subject>`,
      ),
    ),
    costly('P14', 'a thousand Assertions', xml =>
      into(
        xml,
        'samlp:Response',
        '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"></saml:Assertion>'.repeat(1_000),
      ),
    ),
    costly('P15', 'a hundred thousand empty elements', xml => into(xml, 'samlp:Status', '<x></x>'.repeat(100_000))),
    costly('P16', 'a hundred thousand character references', (xml, w) =>
      swap(xml, w.mallory, '&#109;'.repeat(100_000)),
    ),
    costly('P17', 'a digest of a megabyte', xml => after(xml, 'ds:DigestValue', 'A'.repeat(2 ** 20))),
    costly('P18', 'a signature of a megabyte', xml => after(xml, 'ds:SignatureValue', 'A'.repeat(2 ** 20))),
    costly('P19', 'an element name of a megabyte', xml => into(xml, 'samlp:Status', `<${'x'.repeat(2 ** 20)}/>`)),
    costly('P20', 'an InResponseTo of a megabyte', xml =>
      xml.replace(/ InResponseTo="[^"]*"/, ` InResponseTo="${'_'.repeat(2 ** 20)}"`),
    ),
    costly('P21', 'a date of many digits', xml =>
      xml.replace(/NotOnOrAfter="[^"]*"/, `NotOnOrAfter="2099-01-01T00:00:00.${'9'.repeat(200_000)}Z"`),
    ),
    costly('P22', 'a prefix list of a hundred thousand names', xml =>
      after(
        xml,
        'ds:Transform',
        `<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="${numbered(20_000, i => `a${i} `)}"></ec:InclusiveNamespaces>`,
      ),
    ),
    costly('P23', 'five hundred thousand line ends', xml => into(xml, 'samlp:Response', '\r\n'.repeat(250_000))),
    row('P24', 'a form field of eight megabytes', any, () => ({ form: 'A'.repeat(2 ** 23) })),
    row('P25', 'a form field of white space and padding', any, () => ({ form: ' ='.repeat(2 ** 20) })),
    row('P26', 'encrypted: ten thousand nested elements', any, w =>
      hidden(w, into(signAssertion(w).whole, 'saml:Assertion', nested(10_000))),
    ),
    row('P27', 'encrypted: a hundred thousand attributes', any, w =>
      hidden(w, swap(signAssertion(w).whole, '<saml:Subject>', `<saml:Subject${numbered(50_000, i => ` a${i}=""`)}>`)),
    ),
    row('P28', 'a deflated message of sixteen megabytes of elements', any, () => ({
      form: deflateRawSync(Buffer.from('<x/>'.repeat(2 ** 22))).toString('base64'),
    })),
    row('P29', 'five hundred SubjectConfirmations, signed by A', [...any, 'recipient'], w =>
      messageOf(w, {
        subject: subjectOf(nameIdOf(w.mallory), confirmationOf(w, { Recipient: 'https://other.test/' }).repeat(500)),
      }),
    ),
    row(
      'P30',
      'ten thousand values of an attribute, signed by A',
      any,
      w =>
        messageOf(w, {
          statements:
            authnStatementOf(w) + attributeStatementOf({ groups: Array.from({ length: 10_000 }, (_, i) => `g${i}`) }),
        }),
      { outcome: 'harmless' },
    ),
    row('P31', 'an address made to hold a regular expression up', any, w =>
      messageOf(w, {
        subject: subjectOf(nameIdOf(`${'a.'.repeat(20_000)}!@${'a-'.repeat(20_000)}`), confirmationOf(w)),
      }),
    ),
  ]
}

function costly(id: string, about: string, change: (xml: string, world: World) => string): Case {
  return row(id, about, any, world => change(messageOf(world), world))
}

function nested(depth: number, attributes: (i: number) => string = () => ''): string {
  return `${numbered(depth, i => `<x${attributes(i)}>`)}${'</x>'.repeat(depth)}`
}

function numbered(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join('')
}

function hidden(world: World, assertion: string): string {
  return renderResponse(sketchOf(world), encryptedAssertionOf(world, assertion))
}
