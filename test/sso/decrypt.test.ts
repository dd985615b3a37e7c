import { describe, expect, test } from 'vitest'
import { readResponse } from '../../src/sso/read-response.ts'
import type { ResponseQuestion } from '../../src/sso/reading.ts'
import type { Encryption } from '../support/saml-encryption.ts'
import {
  encode,
  type MessageParts,
  type MessageSigning,
  makeProvider,
  questionOf,
  signedResponse,
} from '../support/saml-messages.ts'
import { signElement } from '../support/saml-signing.ts'

const provider = makeProvider()
const stranger = makeProvider('https://evil.test/metadata')
const us = makeProvider('https://gw.test/sp')
const olderKey = makeProvider('https://gw.test/sp')

type Settings = Partial<ResponseQuestion['provider']['settings']>

function readText(xml: string, settings: Settings = {}, keys = [us.privatePem]) {
  const question = questionOf(encode(xml), provider, { settings })
  return readResponse({ ...question, us: { ...question.us, decryptionKeys: keys } })
}

function read(how: Partial<Encryption>, parts: MessageParts & MessageSigning = {}, settings: Settings = {}) {
  return readText(signedResponse(provider, { ...parts, encrypt: { publicKey: us.publicKey, ...how } }), settings)
}

const accepted = { kind: 'accepted', assertion: { email: 'mallory@corp.test' } }

describe('an encrypted assertion signs in', () => {
  test.each(['aes-128-gcm', 'aes-192-gcm', 'aes-256-gcm'] as const)('by %s', cipher => {
    expect(read({ cipher })).toMatchObject(accepted)
  })

  test.each(['rsa-oaep-mgf1p', 'rsa-oaep-sha256'] as const)('with a key by %s', transport => {
    expect(read({ transport })).toMatchObject(accepted)
  })

  test.each(['assertion', 'response', 'both'] as const)('with the signature on: %s', sign => {
    expect(read({}, { sign })).toMatchObject(accepted)
  })

  test('with its key beside it', () => expect(read({ keyBeside: true })).toMatchObject(accepted))

  test('by AES-CBC where the organization has switched it on, and nowhere else', () => {
    for (const cipher of ['aes-128-cbc', 'aes-256-cbc'] as const) {
      expect(read({ cipher }, {}, { acceptsCbc: true })).toMatchObject(accepted)
      expect(read({ cipher })).toMatchObject({ cause: 'algorithm' })
    }
  })

  test('with any of our keys, and with none of others', () => {
    const xml = signedResponse(provider, { encrypt: { publicKey: us.publicKey } })
    expect(readText(xml, {}, [olderKey.privatePem, us.privatePem])).toMatchObject(accepted)
    expect(readText(xml, {}, [olderKey.privatePem])).toMatchObject({ cause: 'decryption' })
    expect(readText(xml, {}, [])).toMatchObject({ cause: 'decryption' })
  })

  test('where all have to be, and a plain one does not', () => {
    expect(read({}, {}, { encryption: 'required' })).toMatchObject(accepted)
    expect(readText(signedResponse(provider), { encryption: 'required' })).toMatchObject({ cause: 'decryption' })
    expect(read({}, {}, { encryption: 'refused' })).toMatchObject({ cause: 'decryption' })
  })

  test('that takes its namespaces from the message round it', () => {
    const inherited = (xml: string) => xml.replace(/(<saml:Assertion) xmlns:saml="[^"]+"/, '$1')
    for (const sign of ['assertion', 'response', 'both'] as const) {
      expect(read({ plaintext: inherited }, { sign }), sign).toMatchObject(accepted)
    }
  })

  test('written with an XML declaration', () => {
    expect(read({ plaintext: xml => `<?xml version="1.0" encoding="UTF-8"?>${xml}` })).toMatchObject(accepted)
  })
})

describe('encryption grants nothing', () => {
  test('an assertion that nobody signed is refused, though it is encrypted for us', () => {
    expect(read({}, { sign: 'none' })).toMatchObject({ cause: 'signature_missing' })
    expect(read({}, { sign: 'response' }, { signed: 'assertion' })).toMatchObject({ cause: 'signature_missing' })
    expect(read({}, { sign: 'assertion' }, { signed: 'response' })).toMatchObject({ cause: 'signature_missing' })
  })

  test('an assertion that a stranger signed is refused, though the Response round it is genuine', () => {
    const parts = { issuer: provider.entityId, encrypt: { publicKey: us.publicKey } }
    expect(readText(signedResponse(stranger, parts))).toMatchObject({ cause: 'signature_wrong' })
    expect(readText(signElement(signedResponse(stranger, parts), 'Response', provider))).toMatchObject({
      cause: 'signature_wrong',
    })
  })

  test('an assertion put into a signed Response is refused', () => {
    const genuine = signedResponse(provider, { sign: 'response', encrypt: { publicKey: us.publicKey } })
    const evil = signedResponse(provider, {
      sign: 'none',
      nameId: 'victim@corp.test',
      encrypt: { publicKey: us.publicKey },
    })
    const pattern = /<saml:EncryptedAssertion>.*<\/saml:EncryptedAssertion>/s
    const [inner = ''] = pattern.exec(evil) ?? []
    expect(readText(genuine.replace(pattern, () => inner))).toMatchObject({ cause: 'signature_wrong' })
    expect(readText(genuine.replace(pattern, found => found + inner))).toMatchObject({ cause: 'wrong_structure' })
  })

  test('every rule is asked of an encrypted assertion too', () => {
    expect(read({}, { audience: 'https://other.test/sp' })).toMatchObject({ cause: 'audience' })
    expect(read({}, { version: '1.1' })).toMatchObject({ cause: 'wrong_structure' })
  })

  test('names of the message round it are not rebound for a Response that alone is signed', () => {
    const inherited = (xml: string) => xml.replaceAll('xmlns:xs="http://www.w3.org/2001/XMLSchema" ', '')
    const parts = { sign: 'response', attributes: { group: ['x'] } } as const
    const declared = {
      ...parts,
      before: (xml: string) => xml.replace('<samlp:Response ', '<samlp:Response xmlns:q="urn:q" '),
    }
    const named = (xml: string) => inherited(xml).replace('<saml:AuthnStatement', '<q:x/><saml:AuthnStatement')
    // `q` is declared on the Response and used by nothing visible, so the signature does not cover what it stands for.
    expect(read({ plaintext: named }, declared)).toMatchObject({ cause: 'decryption' })
  })
})

describe('what is not accepted', () => {
  test.each([
    ['3DES', { cipher: 'des-ede3-cbc' }],
    ['RSA 1.5', { transport: 'rsa-1_5' }],
  ] as const)('%s', (_, how) => {
    expect(read(how, {}, { acceptsCbc: true })).toMatchObject({ cause: 'algorithm' })
  })

  test.each([
    ['a junk before it', (xml: string) => `x${xml}`],
    ['another element behind it', (xml: string) => `${xml}<x/>`],
    ['a comment', (xml: string) => xml.replace('mallory@', 'mallory<!-- -->@')],
    ['a DOCTYPE', (xml: string) => `<!DOCTYPE x>${xml}`],
    ['an end of what is put round it', (xml: string) => `${xml}</context><context>`],
    ['two elements made one', (xml: string) => `</context><context>${xml}`],
    ['nothing', () => ''],
    ['what is no XML', () => 'garbage'],
  ])('a plaintext with %s looks like one that cannot be decrypted', (_, plaintext) => {
    expect(read({ plaintext })).toEqual(notDecrypted)
  })

  test('a plaintext that is another element', () => {
    expect(read({ plaintext: xml => `<x>${xml}</x>` })).toMatchObject({ cause: 'wrong_structure' })
    const foreign = (xml: string) =>
      xml.replaceAll('saml:Assertion', 'x:Assertion').replace('<x:Assertion ', '<x:Assertion xmlns:x="urn:x" ')
    expect(read({ plaintext: foreign }, { sign: 'response' })).toMatchObject({ cause: 'wrong_structure' })
    expect(read({ plaintext: xml => xml.replaceAll('saml:Assertion', 'saml:Advice') })).toMatchObject({
      cause: 'wrong_structure',
    })
  })

  const spoilt = (xml: string, index: number) => {
    let seen = 0
    return xml.replaceAll(/(<xenc:CipherValue>)([^<]+)/g, (all, tag: string, value: string) => {
      if (seen++ !== index) return all
      const bytes = Buffer.from(value, 'base64')
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
      return tag + bytes.toString('base64')
    })
  }

  test.each(['aes-256-gcm', 'aes-256-cbc'] as const)(
    'a spoilt key and a spoilt content cannot be told apart (%s)',
    cipher => {
      const xml = signedResponse(provider, { encrypt: { publicKey: us.publicKey, cipher } })
      for (const index of [0, 1]) expect(readText(spoilt(xml, index), { acceptsCbc: true })).toEqual(notDecrypted)
    },
  )

  test('no byte of a CBC padding tells more than another', () => {
    const xml = signedResponse(provider, { encrypt: { publicKey: us.publicKey, cipher: 'aes-128-cbc' } })
    for (const length of [0, 8, 16, 24, 32]) {
      const cut = xml.replace(
        /(CipherValue>)([^<]{600,})(?=<)/,
        (_, tag: string, value: string) =>
          tag + Buffer.from(value, 'base64').subarray(0, Math.max(1, length)).toString('base64'),
      )
      expect(readText(cut, { acceptsCbc: true })).toEqual(notDecrypted)
    }
  })

  test('a reference to elsewhere, two keys, no key', () => {
    const xml = signedResponse(provider, { encrypt: { publicKey: us.publicKey } })
    const away = xml.replaceAll(
      /<xenc:CipherValue>[^<]*<\/xenc:CipherValue>/g,
      '<xenc:CipherReference URI="http://127.0.0.1/"/>',
    )
    const key = /<xenc:EncryptedKey .*<\/xenc:EncryptedKey>/s
    for (const changed of [away, xml.replace(key, '$&$&'), xml.replace(key, '')])
      expect(readText(changed)).toMatchObject({ cause: 'wrong_structure' })
  })
})

const notDecrypted = {
  kind: 'refused',
  cause: 'decryption',
  detail: 'the assertion cannot be decrypted with any of our keys',
  seen: { issuer: provider.entityId, nameId: null, offsetMs: 0 },
}
