import { describe, expect, test } from 'vitest'
import { readResponse } from '../../src/sso/read-response.ts'
import type { SamlRefusal } from '../../src/sso/refusal.ts'
import { encode, makeProvider, questionOf, responseXml, signedResponse } from '../support/saml-messages.ts'
import { algorithms, signElement } from '../support/saml-signing.ts'

// What an attacker does with a genuine message: `mallory` owns one, and wants to be `victim`.

const a = makeProvider('https://idp.corp.test/metadata')
const c = makeProvider('https://idp.other.test/metadata')
const e = makeProvider('https://evil.test/metadata')

const assertionSigned = signedResponse(a)
const responseSigned = signedResponse(a, { sign: 'response' })
const bothSigned = signedResponse(a, { sign: 'both' })

function outcome(xml: string, settings = {}) {
  const reading = readResponse(questionOf(encode(xml), a, { settings }))
  return reading.kind === 'accepted' ? reading.assertion.email : reading.cause
}

const part = (xml: string, pattern: RegExp) => pattern.exec(xml)?.[0] ?? expect.fail(`no ${pattern}`)
const signaturePattern = /<ds:Signature .*?<\/ds:Signature>/s
const assertionPattern = /<saml:Assertion .*<\/saml:Assertion>/s
const genuineAssertion = part(assertionSigned, assertionPattern)
const assertionSignature = part(assertionSigned, signaturePattern)
const responseSignature = part(responseSigned, signaturePattern)
const victimOf = (xml: string) => xml.replaceAll('mallory@corp.test', 'victim@corp.test')
const unsigned = (xml: string) => xml.replace(signaturePattern, '')
const evilAssertion = victimOf(unsigned(genuineAssertion)).replace('_assertion-1', '_evil')
const withAssertion = (assertion: string) => assertionSigned.replace(assertionPattern, () => assertion)
const putBefore = (xml: string, mark: string, more: string) => xml.replace(mark, () => `${more}${mark}`)

test('the messages that all this is made of are genuine', () => {
  expect([assertionSigned, responseSigned, bothSigned].map(xml => outcome(xml))).toEqual(
    Array(3).fill('mallory@corp.test'),
  )
})

describe('wrapped', () => {
  const evilResponse = victimOf(unsigned(responseSigned)).replace('_response-1', '_evil-response')
  const wrapped: readonly [string, SamlRefusal, string][] = [
    [
      'XSW1: the genuine message inside the signature',
      'wrong_structure',
      putBefore(
        evilResponse,
        '<samlp:Status>',
        responseSignature.replace(
          '</ds:Signature>',
          `<ds:Object>${unsigned(responseSigned)}</ds:Object></ds:Signature>`,
        ),
      ),
    ],
    [
      'XSW2: the genuine message beside its signature',
      'wrong_structure',
      putBefore(evilResponse, '<samlp:Status>', unsigned(responseSigned) + responseSignature),
    ],
    [
      'XSW3: an evil assertion before the signed one',
      'wrong_structure',
      withAssertion(evilAssertion + genuineAssertion),
    ],
    ['an evil assertion behind the signed one', 'wrong_structure', withAssertion(genuineAssertion + evilAssertion)],
    [
      'XSW4: an evil assertion round the signed one',
      'wrong_structure',
      withAssertion(putBefore(evilAssertion, '</saml:Assertion>', genuineAssertion)),
    ],
    [
      'XSW5: the signature moved to an evil one, the genuine one behind it',
      'wrong_structure',
      withAssertion(putBefore(evilAssertion, '<saml:Subject>', assertionSignature) + unsigned(genuineAssertion)),
    ],
    [
      'XSW6: the same inside the signature',
      'wrong_structure',
      withAssertion(
        putBefore(
          evilAssertion,
          '<saml:Subject>',
          assertionSignature.replace('</ds:Signature>', `${unsigned(genuineAssertion)}</ds:Signature>`),
        ),
      ),
    ],
    [
      'XSW7: an evil assertion in Extensions',
      'wrong_structure',
      putBefore(assertionSigned, '<samlp:Status>', `<samlp:Extensions>${evilAssertion}</samlp:Extensions>`),
    ],
    [
      'XSW8: the genuine one in an Object',
      'wrong_structure',
      withAssertion(
        putBefore(
          evilAssertion,
          '<saml:Subject>',
          assertionSignature.replace(
            '</ds:Signature>',
            `<ds:Object>${unsigned(genuineAssertion)}</ds:Object></ds:Signature>`,
          ),
        ),
      ),
    ],
    [
      'the genuine one as advice',
      'wrong_structure',
      withAssertion(putBefore(evilAssertion, '<saml:AuthnStatement', `<saml:Advice>${genuineAssertion}</saml:Advice>`)),
    ],
    [
      'the genuine one as a value of an attribute',
      'wrong_structure',
      withAssertion(
        putBefore(
          evilAssertion,
          '</saml:Assertion>',
          `<saml:AttributeStatement><saml:Attribute Name="x"><saml:AttributeValue>${genuineAssertion}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
        ),
      ),
    ],
    [
      'two assertions of one ID',
      'wrong_structure',
      withAssertion(evilAssertion.replace('_evil', '_assertion-1') + genuineAssertion),
    ],
    [
      'the ID of the assertion once more, on something harmless',
      'wrong_structure',
      putBefore(
        assertionSigned,
        '<samlp:Status>',
        '<samlp:Extensions><x:y xmlns:x="urn:x" Id="_assertion-1"/></samlp:Extensions>',
      ),
    ],
    [
      'the same as xml:id',
      'wrong_structure',
      putBefore(
        assertionSigned,
        '<samlp:Status>',
        '<samlp:Extensions><x:y xmlns:x="urn:x" xml:id="_assertion-1"/></samlp:Extensions>',
      ),
    ],
    [
      'a second assertion in another namespace',
      'wrong_structure',
      putBefore(
        assertionSigned,
        '<samlp:Status>',
        '<samlp:Extensions><x:Assertion xmlns:x="urn:x"/></samlp:Extensions>',
      ),
    ],
    [
      'an encrypted one beside the signed one',
      'wrong_structure',
      withAssertion(`<saml:EncryptedAssertion/>${genuineAssertion}`),
    ],
    [
      'the genuine Response inside an evil one',
      'wrong_structure',
      putBefore(evilResponse, '<samlp:Status>', `<samlp:Extensions>${unsigned(genuineAssertion)}</samlp:Extensions>`),
    ],
    [
      'a signed assertion whose signature refers to another element',
      'signature_placement',
      withAssertion(putBefore(evilAssertion, '<saml:Subject>', assertionSignature)),
    ],
    [
      'a signature that covers the Response, put into the assertion',
      'signature_placement',
      withAssertion(putBefore(evilAssertion, '<saml:Subject>', responseSignature)),
    ],
    [
      'two signatures of one element',
      'signature_placement',
      putBefore(assertionSigned, '<ds:Signature ', assertionSignature),
    ],
    [
      'a signature in Extensions',
      'signature_placement',
      putBefore(assertionSigned, '<samlp:Status>', `<samlp:Extensions>${assertionSignature}</samlp:Extensions>`),
    ],
    [
      'a signature of another namespace beside the genuine one',
      'signature_placement',
      putBefore(assertionSigned, '<saml:Subject>', '<x:Signature xmlns:x="urn:x"/>'),
    ],
    [
      'another kind of message',
      'wrong_structure',
      assertionSigned.replaceAll('samlp:Response', 'samlp:LogoutResponse'),
    ],
    [
      'a Response of another namespace',
      'wrong_structure',
      assertionSigned.replace('SAML:2.0:protocol', 'SAML:1.1:protocol'),
    ],
  ]
  test.each(wrapped)('%s', (_, cause, xml) => {
    expect(outcome(xml)).toBe(cause)
    for (const signed of ['assertion', 'response']) expect(outcome(xml, { signed })).not.toContain('@')
  })
})

describe('changed or signed by others', () => {
  test.each<[string, SamlRefusal, string]>([
    ['no signature at all', 'signature_missing', victimOf(unsigned(assertionSigned))],
    ['another name', 'signature_wrong', victimOf(assertionSigned)],
    ['another name in a signed Response', 'signature_wrong', victimOf(responseSigned)],
    ['another name where both are signed', 'signature_wrong', victimOf(bothSigned)],
    [
      'another digest with the other name',
      'signature_wrong',
      assertionSigned.replace(/<ds:DigestValue>.{8}/, '<ds:DigestValue>AAAAAAAA'),
    ],
    [
      'another signature value',
      'signature_wrong',
      assertionSigned.replace(/<ds:SignatureValue>.{8}/, '<ds:SignatureValue>AAAAAAAA'),
    ],
    [
      'signed by a stranger who shows his certificate',
      'signature_wrong',
      victimOf(signedResponse(e, { issuer: a.entityId })),
    ],
    [
      'signed by a stranger who shows our provider’s',
      'signature_wrong',
      victimOf(signedResponse(e, { issuer: a.entityId, keyInfo: a.certificate })),
    ],
    ['signed by the provider of another organization', 'signature_wrong', signedResponse(c, { issuer: a.entityId })],
    [
      'the Response by a stranger round a genuine assertion',
      'signature_wrong',
      signElement(assertionSigned, 'Response', e),
    ],
    [
      'the assertion by a stranger in a genuine Response',
      'signature_wrong',
      signElement(signElement(responseXml({ issuer: a.entityId }), 'Assertion', e), 'Response', a),
    ],
    ['by SHA-1', 'algorithm', signedResponse(a, { signatureAlgorithm: algorithms.rsaSha1 })],
    ['over a digest of SHA-1', 'algorithm', signedResponse(a, { digestAlgorithm: algorithms.sha1 })],
    [
      'over inclusive canonical form',
      'algorithm',
      signedResponse(a, { transforms: [algorithms.enveloped, algorithms.inclusive] }),
    ],
    ['in inclusive canonical form', 'algorithm', signedResponse(a, { canonicalization: algorithms.inclusive })],
    [
      'over canonical form with comments',
      'algorithm',
      signedResponse(a, { transforms: [algorithms.enveloped, `${algorithms.exclusive}WithComments`] }),
    ],
    ['without canonical form', 'algorithm', signedResponse(a, { transforms: [algorithms.enveloped] })],
    [
      'with a transform more',
      'algorithm',
      signedResponse(a, { transforms: [algorithms.enveloped, algorithms.exclusive, algorithms.exclusive] }),
    ],
    [
      'by HMAC with the public key',
      'algorithm',
      assertionSigned.replace(algorithms.rsaSha256, 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256'),
    ],
    ['with a reference to everything', 'signature_placement', assertionSigned.replace('URI="#_assertion-1"', 'URI=""')],
    [
      'with a reference to elsewhere',
      'signature_placement',
      assertionSigned.replace('URI="#_assertion-1"', 'URI="http://127.0.0.1/"'),
    ],
    [
      'with a reference by XPointer',
      'signature_placement',
      assertionSigned.replace('URI="#_assertion-1"', 'URI="#xpointer(/)"'),
    ],
    ['with two references', 'wrong_structure', assertionSigned.replace(/<ds:Reference .*<\/ds:Reference>/s, '$&$&')],
    [
      'with two digest values',
      'wrong_structure',
      assertionSigned.replace(/<ds:DigestValue>.*<\/ds:DigestValue>/, '$&$&'),
    ],
    ['with two SignedInfo', 'wrong_structure', assertionSigned.replace(/<ds:SignedInfo>.*<\/ds:SignedInfo>/s, '$&$&')],
    ['with an Object', 'wrong_structure', putBefore(assertionSigned, '</ds:Signature>', '<ds:Object/>')],
    [
      'with a digest in another spelling',
      'unreadable',
      assertionSigned.replace(/=<\/ds:DigestValue>/, '</ds:DigestValue>'),
    ],
    [
      'with parameters of the algorithm',
      'algorithm',
      assertionSigned.replace(
        /(<ds:SignatureMethod [^>]*)\/>/,
        '$1><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>',
      ),
    ],
  ])('%s', (_, cause, xml) => {
    expect(outcome(xml)).toBe(cause)
  })

  test('a name that was cut by the length of the key is no name of ours', () => {
    const weak = makeProvider(a.entityId, 'rsa-1024')
    const reading = readResponse(questionOf(encode(signedResponse(weak)), weak))
    expect(reading).toMatchObject({ cause: 'signature_wrong' })
  })

  test('keys of one kind do not stand for algorithms of another', () => {
    expect(outcome(signedResponse(a, { signatureAlgorithm: algorithms.ecdsaSha256 }))).toBe('signature_wrong')
    const curve = makeProvider(a.entityId, 'p-256')
    const xml = signedResponse(curve).replace(algorithms.ecdsaSha256, algorithms.rsaSha256)
    expect(readResponse(questionOf(encode(xml), curve))).toMatchObject({ cause: 'signature_wrong' })
  })

  test('of more certificates than ten the others are not tried', () => {
    const question = questionOf(encode(assertionSigned), a)
    const asked = (others: number) =>
      readResponse({
        ...question,
        provider: { ...question.provider, certificates: [...Array(others).fill(e.certificate), a.certificate] },
      }).kind
    expect([asked(9), asked(10)]).toEqual(['accepted', 'refused'])
  })

  test('a certificate that is none keeps no other from speaking', () => {
    const question = questionOf(encode(assertionSigned), a)
    const provider = { ...question.provider, certificates: ['AAAA', a.certificate] }
    expect(readResponse({ ...question, provider }).kind).toBe('accepted')
  })
})

describe('markup that readers disagree about', () => {
  test.each<[string, SamlRefusal, string]>([
    ['a DOCTYPE', 'forbidden_markup', `<!DOCTYPE r>${assertionSigned}`],
    [
      'an entity',
      'forbidden_markup',
      `<!DOCTYPE r [<!ENTITY v "victim@corp.test">]>${assertionSigned.replace('mallory@corp.test', '&v;')}`,
    ],
    [
      'an entity of a file',
      'forbidden_markup',
      `<!DOCTYPE r [<!ENTITY v SYSTEM "file:///etc/passwd">]>${assertionSigned}`,
    ],
    ['an entity that nobody has declared', 'unreadable', assertionSigned.replace('mallory@corp.test', '&v;')],
    ['a comment in the name', 'forbidden_markup', assertionSigned.replace('mallory@', 'mallory<!--x-->@')],
    ['a comment elsewhere', 'forbidden_markup', `${assertionSigned}<!-- -->`],
    ['CDATA', 'forbidden_markup', assertionSigned.replace('mallory@corp.test', '<![CDATA[mallory@corp.test]]>')],
    [
      'a processing instruction in the name',
      'forbidden_markup',
      assertionSigned.replace('mallory@', 'mallory<?x y?>@'),
    ],
    ['a stylesheet', 'forbidden_markup', `<?xml-stylesheet href="http://127.0.0.1/"?>${assertionSigned}`],
    [
      'an encoding that is not UTF-8',
      'forbidden_markup',
      `<?xml version="1.0" encoding="ISO-8859-1"?>${assertionSigned}`,
    ],
    ['XML 1.1', 'forbidden_markup', `<?xml version="1.1"?>${assertionSigned}`],
    ['a declaration that is not at the start', 'forbidden_markup', ` <?xml version="1.0"?>${assertionSigned}`],
    ['two declarations', 'forbidden_markup', `<?xml version="1.0"?><?xml version="1.0"?>${assertionSigned}`],
    ['a byte order mark', 'unreadable', `\ufeff${assertionSigned}`],
    ['a NUL', 'unreadable', assertionSigned.replace('mallory@', 'mallory\u0000@')],
    ['a second root', 'unreadable', assertionSigned + assertionSigned],
    ['an attribute twice', 'unreadable', assertionSigned.replace(' Version="2.0"', ' Version="2.0" Version="2.0"')],
    [
      'a prefix that stands for nothing',
      'unreadable',
      assertionSigned.replace('<saml:Subject>', '<saml:Subject x:y="z">'),
    ],
    [
      'a namespace that is no address',
      'unreadable',
      assertionSigned.replace('<saml:Subject>', '<saml:Subject xmlns:x="y">'),
    ],
    ['an element that does not end', 'unreadable', assertionSigned.slice(0, -5)],
    [
      'what the parser only warns of',
      'unreadable',
      assertionSigned.replace('<samlp:Status>', '<samlp:Status xml:space="none">'),
    ],
    ['text before the root', 'unreadable', `x${assertionSigned}`],
  ])('%s', (_, cause, xml) => {
    expect(outcome(xml)).toBe(cause)
  })

  test('in other encodings is not read', () => {
    const asked = (bytes: Buffer) => readResponse(questionOf(bytes.toString('base64'), a))
    expect(asked(Buffer.from(`\ufeff${assertionSigned}`, 'utf16le'))).toMatchObject({ cause: 'unreadable' })
    expect(asked(Buffer.from(assertionSigned.replace('mallory@', 'mall\u00f6ry@'), 'latin1'))).toMatchObject({
      cause: 'unreadable',
    })
  })

  test('a genuine message whose base64 has stray bits is not read', () => {
    const message = encode(`${assertionSigned}${' '.repeat((4 - (assertionSigned.length % 3)) % 3)}`)
    expect(message).toMatch(/[A-Za-z0-9+/]==$/)
    const asked = (text: string) => readResponse(questionOf(text, a)).kind
    const last = message.at(-3) ?? ''
    expect([asked(message), asked(`${message.slice(0, -3)}${String.fromCharCode(last.charCodeAt(0) + 1)}==`)]).toEqual([
      'accepted',
      'refused',
    ])
  })

  test.each([
    ['white space', (text: string) => `${text} `],
    ['the alphabet of URLs', (text: string) => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=*$/, '-_==')],
    ['no padding', (text: string) => text.replace(/=*$/, '').slice(0, -1)],
    ['stray bits', () => 'PE=='],
    ['nothing', () => ''],
  ])('base64 with %s is not read', (_, spell) => {
    expect(readResponse(questionOf(spell(encode(assertionSigned)), a))).toMatchObject({ cause: 'unreadable' })
  })
})
