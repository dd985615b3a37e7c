import { deflateRawSync, gzipSync } from 'node:zlib'
import type { SamlRefusal } from '../../../src/sso/refusal.ts'
import { type Case, evilAssertion, into, row, swap, unparsed, wrapped } from './case.ts'
import { renderResponse, sketchOf } from './message.ts'
import { messageOf, signAssertion } from './signing.ts'
import type { World } from './world.ts'

// What the bytes are before they are a tree: document types, entities, encodings, other roots, other base64.

const text = [...unparsed, ...wrapped]

export function encodingCases(): readonly Case[] {
  return [...documentTypes(), ...markup(), ...encodings(), ...roots(), ...forms()]
}

function documentTypes(): readonly Case[] {
  const typed = (id: string, about: string, type: (world: World) => string, name?: string) =>
    row(id, about, ['forbidden_markup', 'unreadable', 'too_large'], world => {
      const message = messageOf(world)
      return type(world) + (name === undefined ? message : swap(message, world.mallory, name))
    })
  const nested = Array.from({ length: 10 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('')
  return [
    typed('S14', 'a document type', () => '<!DOCTYPE r>'),
    typed('S15', 'an internal entity as the name', w => `<!DOCTYPE r [<!ENTITY v "${w.victim}">]>`, '&v;'),
    typed(
      'S16 file',
      'an external entity from a file',
      () => '<!DOCTYPE r [<!ENTITY v SYSTEM "file:///etc/passwd">]>',
      '&v;',
    ),
    typed(
      'S16 address',
      'an external entity from an address',
      w => `<!DOCTYPE r [<!ENTITY v SYSTEM "${w.canaryUrl}">]>`,
      '&v;',
    ),
    typed('S16 external', 'an external document type', w => `<!DOCTYPE r SYSTEM "${w.canaryUrl}">`),
    typed('S16 public', 'a public document type', w => `<!DOCTYPE r PUBLIC "-//x//y" "${w.canaryUrl}">`),
    typed(
      'S16 parameter',
      'a parameter entity from an address',
      w => `<!DOCTYPE r [<!ENTITY % p SYSTEM "${w.canaryUrl}"> %p;]>`,
    ),
    typed('S17 nested', 'ten levels of ten entities', () => `<!DOCTYPE r [<!ENTITY e0 "x">${nested}]>`, '&e10;'),
    typed(
      'S17 large',
      'an entity of a megabyte, a thousand times',
      () => `<!DOCTYPE r [<!ENTITY v "${'x'.repeat(2 ** 20)}">]>`,
      '&v;'.repeat(1_000),
    ),
    typed('X1', 'a document type behind the XML declaration', () => '<?xml version="1.0"?>\n<!DOCTYPE r>'),
    typed('X2', 'a document type behind a comment', () => '<!--x--><!DOCTYPE r>'),
    typed(
      'X3',
      'a default attribute by the document type',
      () => '<!DOCTYPE r [<!ATTLIST saml:NameID Format CDATA "x">]>',
    ),
    typed('X4', 'an ID declared by the document type', () => '<!DOCTYPE r [<!ATTLIST samlp:Response x ID #IMPLIED>]>'),
    typed(
      'X5',
      'a notation and an unparsed entity',
      () => '<!DOCTYPE r [<!NOTATION n SYSTEM "x"><!ENTITY v SYSTEM "x" NDATA n>]>',
    ),
  ]
}

function markup(): readonly Case[] {
  const changed = (
    id: string,
    about: string,
    change: (xml: string, world: World) => string,
    outcome: Case['outcome'] = 'refused',
    causes: readonly SamlRefusal[] = text,
  ) => row(id, about, causes, world => change(messageOf(world), world), { outcome })
  return [
    changed('X10', 'a processing instruction in front', xml => `<?x y?>${xml}`),
    changed('X11', 'a stylesheet instruction', (xml, w) => `<?xml-stylesheet href="${w.canaryUrl}"?>${xml}`),
    changed('X12', 'a processing instruction behind', xml => `${xml}<?x y?>`),
    changed('X13', 'a comment behind', xml => `${xml}<!--x-->`),
    changed('X14', 'a comment in the Issuer of the Response', xml =>
      swap(xml, 'test/metadata</saml:Issuer>', 'test/<!--x-->metadata</saml:Issuer>'),
    ),
    changed(
      'X15',
      'xml:base',
      xml => swap(xml, '<samlp:Response', '<samlp:Response xml:base="https://evil.test/"'),
      'harmless',
    ),
    changed('X16', 'an include', (xml, w) =>
      into(
        xml,
        'samlp:Status',
        `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="${w.canaryUrl}"></xi:include>`,
      ),
    ),
    changed(
      'X17',
      'a schema location',
      (xml, w) =>
        swap(
          xml,
          '<samlp:Response',
          `<samlp:Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x ${w.canaryUrl}"`,
        ),
      'harmless',
    ),
    changed(
      'X18',
      'character references spell the name',
      (xml, w) => swap(xml, w.mallory, `&#109;${w.mallory.slice(1)}`),
      'harmless',
    ),
    changed('X19', 'a reference to the character zero', (xml, w) => swap(xml, w.mallory, `${w.mallory}&#x0;`)),
    changed('X20', 'a reference to a surrogate', (xml, w) => swap(xml, w.mallory, `${w.mallory}&#xD800;`)),
    changed('X21', 'a reference beyond Unicode', (xml, w) => swap(xml, w.mallory, `${w.mallory}&#x110000;`)),
    changed('X22', 'a comment by references', (xml, w) =>
      swap(xml, w.mallory, `${w.victim}&#60;!--${w.mallory}--&#62;`),
    ),
    changed('X23', 'an unknown entity', (xml, w) => swap(xml, w.mallory, `${w.mallory}&nbsp;`)),
    changed('X24', 'an attribute twice', xml => swap(xml, ' Version="2.0"', ' Version="2.0" Version="2.0"')),
    changed('X25', 'an ID twice', xml => swap(xml, '<saml:Assertion', '<saml:Assertion ID="_x"')),
    changed('X26', 'an undeclared prefix', xml => swap(xml, '<samlp:Status>', '<nobody:x></nobody:x><samlp:Status>')),
    changed('X27', 'a control character', (xml, w) => swap(xml, w.mallory, `${w.mallory}\u0001`)),
    changed('X28', 'the character zero', (xml, w) => swap(xml, w.mallory, `${w.mallory}\u0000`)),
    changed('X29', 'text between elements', xml => swap(xml, '<samlp:Status>', `victim@corp.test<samlp:Status>`)),
    changed('X30', 'a second root', (xml, w) => xml + messageOf(w, { response: { ID: '_second' } })),
    changed('X31', 'rubbish behind', xml => `${xml}x`),
    changed('X32', 'the end is missing', xml => xml.slice(0, -10)),
    changed(
      'X33',
      'an evil message in front, the genuine one behind',
      (xml, w) => renderResponse(sketchOf(w), evilAssertion(w)) + xml,
    ),
    changed('X34', 'XML 1.1', xml => `<?xml version="1.1"?>${xml}`, 'harmless'),
    changed(
      'X35',
      'a declaration that promises another encoding',
      xml => `<?xml version="1.0" encoding="UTF-7"?>${xml}`,
    ),
    changed(
      'X36',
      'a declaration that promises UTF-16 above UTF-8',
      xml => `<?xml version="1.0" encoding="UTF-16"?>${xml}`,
    ),
    changed('X37', 'a declaration that promises EBCDIC', xml => `<?xml version="1.0" encoding="IBM037"?>${xml}`),
    changed('X38', 'the usual declaration', xml => `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`, 'mallory'),
    changed('X39', 'white space before the declaration', xml => ` <?xml version="1.0"?>${xml}`),
    changed('X40', 'two declarations', xml => `<?xml version="1.0"?><?xml version="1.0"?>${xml}`),
    changed('X41', 'the prefix xml redefined', xml =>
      swap(xml, '<samlp:Response', '<samlp:Response xmlns:xml="urn:x"'),
    ),
    changed('X42', 'the prefix xmlns used', xml => swap(xml, '<samlp:Response', '<samlp:Response xmlns:xmlns="urn:x"')),
  ]
}

function encodings(): readonly Case[] {
  const bytes = (
    id: string,
    about: string,
    change: (xml: string, world: World) => Buffer,
    outcome: Case['outcome'] = 'refused',
  ) => row(id, about, text, world => change(messageOf(world), world), { outcome })
  const patched = (xml: string, at: string, raw: readonly number[]) => {
    const [before = '', behind = ''] = xml.split(at)
    return Buffer.concat([Buffer.from(before), Buffer.from(raw), Buffer.from(behind)])
  }
  return [
    bytes('X50', 'a byte order mark', xml => Buffer.from(`\ufeff${xml}`), 'harmless'),
    bytes('X51', 'two byte order marks', xml => Buffer.from(`\ufeff\ufeff${xml}`)),
    bytes('X52', 'UTF-16, little end first', xml => Buffer.from(`\ufeff${xml}`, 'utf16le')),
    bytes('X53', 'UTF-16, big end first', xml => Buffer.from(`\ufeff${xml}`, 'utf16le').swap16()),
    bytes('X54', 'UTF-16 without a mark', xml => Buffer.from(xml, 'utf16le')),
    bytes('X55', 'UTF-16 hides a document type', xml =>
      Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE r>${xml}`, 'utf16le'),
    ),
    bytes('X56', 'overlong UTF-8 for the less-than sign', (xml, w) => patched(xml, w.mallory, [0xc0, 0xbc])),
    bytes('X57', 'overlong UTF-8 for a letter of the name', (xml, w) => patched(xml, w.mallory, [0xc1, 0xad])),
    bytes('X58', 'a surrogate in UTF-8', (xml, w) => patched(xml, w.mallory, [0xed, 0xa0, 0x80])),
    bytes('X59', 'a cut sequence of UTF-8', (xml, w) => patched(xml, w.mallory, [0xe2, 0x82])),
    bytes('X60', 'Latin-1 in a name', (xml, w) => patched(xml, w.mallory, [0xe9])),
    bytes('X61', 'UTF-7 hides a document type', xml =>
      Buffer.from(`<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE r+AD4-${xml}`),
    ),
    bytes('X62', 'bytes behind a zero', xml => Buffer.concat([Buffer.from(xml), Buffer.from([0, 1, 2, 3])])),
  ]
}

function roots(): readonly Case[] {
  const soap = 'http://schemas.xmlsoap.org/soap/envelope/'
  const causes = [...text, 'issuer', 'status'] as const
  return [
    row('X70', 'an Assertion alone', causes, w => signAssertion(w).whole),
    row(
      'X71',
      'an ArtifactResponse around it',
      causes,
      w =>
        `<samlp:ArtifactResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" Version="2.0">${messageOf(w)}</samlp:ArtifactResponse>`,
    ),
    row('X72', 'a LogoutRequest around the assertion', causes, w =>
      messageOf(w).replaceAll('samlp:Response', 'samlp:LogoutRequest'),
    ),
    row('X73', 'a LogoutResponse', causes, w =>
      messageOf(w, {}, 'response').replaceAll('samlp:Response', 'samlp:LogoutResponse'),
    ),
    row('X74', 'an AuthnRequest', causes, w => messageOf(w).replaceAll('samlp:Response', 'samlp:AuthnRequest')),
    row(
      'X75',
      'a SOAP envelope around it',
      causes,
      w => `<s:Envelope xmlns:s="${soap}"><s:Body>${messageOf(w)}</s:Body></s:Envelope>`,
    ),
    row('X76', 'a Response of another namespace', causes, w =>
      swap(messageOf(w), 'urn:oasis:names:tc:SAML:2.0:protocol', 'urn:oasis:names:tc:SAML:1.0:protocol'),
    ),
    row('X77', 'a Response of no namespace', causes, w =>
      messageOf(w).replaceAll('samlp:', '').replace('xmlns:samlp', 'xmlns:x'),
    ),
    row('X78', 'the Assertion deeper than a child', causes, w =>
      renderResponse(sketchOf(w), `<samlp:Wrapper>${signAssertion(w).whole}</samlp:Wrapper>`),
    ),
    row('X79', 'an empty element', causes, () => '<x/>'),
    row('X80', 'no Assertion', causes, w => renderResponse(sketchOf(w), '')),
    row('X81', 'a signed Response without an Assertion', causes, w =>
      messageOf(w, {}, 'response').replace(/<saml:Assertion.*<\/saml:Assertion>/, ''),
    ),
  ]
}

function forms(): readonly Case[] {
  const form = (
    id: string,
    about: string,
    make: (base64: string, world: World) => string,
    outcome: Case['outcome'] = 'refused',
  ) =>
    row(id, about, text, world => ({ form: make(Buffer.from(messageOf(world)).toString('base64'), world) }), {
      outcome,
    })
  const packed = (xml: Buffer) => xml.toString('base64')
  return [
    form(
      'F1',
      'base64 with line breaks, as RFC 2045 has it',
      base64 => base64.replace(/(.{76})/g, '$1\r\n'),
      'mallory',
    ),
    form(
      'F2',
      'base64 of the URL alphabet',
      (_, w) => Buffer.from(`${messageOf(w)}`).toString('base64url'),
      'harmless',
    ),
    form('F3', 'characters that are no base64', base64 => `${base64.slice(0, 100)}*!${base64.slice(100)}`),
    form(
      'F4',
      'two messages in one field',
      (base64, w) => packed(Buffer.from(renderResponse(sketchOf(w), evilAssertion(w)))) + base64,
    ),
    form('F5', 'padding within', base64 => `AAA=${base64}`),
    form('F6', 'the XML itself', (_, w) => messageOf(w)),
    form('F7', 'an empty field', () => ''),
    form('F8', 'white space', () => ' \r\n'),
    form('F9', 'deflated, as for the redirect', (_, w) => packed(deflateRawSync(messageOf(w)))),
    form('F10', 'gzipped', (_, w) => packed(gzipSync(messageOf(w)))),
    form('F11', 'base64 twice', base64 => packed(Buffer.from(base64))),
    form('F12', 'percent-encoded once more', base64 => encodeURIComponent(base64), 'harmless'),
    form('F13', 'a bomb: sixteen megabytes of zeros, deflated', () => packed(deflateRawSync(Buffer.alloc(2 ** 24)))),
    form('F14', 'a bomb: sixteen megabytes of zeros, gzipped', () => packed(gzipSync(Buffer.alloc(2 ** 24)))),
    form('F15', 'bits set behind the end', base64 => base64.replace(/.(=+)$/, 'B$1'), 'harmless'),
    form('F16', 'no padding', base64 => base64.replace(/=+$/, ''), 'harmless'),
    form('F17', 'a data URL', base64 => `data:text/xml;base64,${base64}`),
    form('F18', 'three padding signs', base64 => `${base64.replace(/=+$/, '')}===`),
    form('F19', 'full-width letters', base64 => base64.replace('A', 'Ａ')),
  ]
}
