import { type Case, contents, encryptedMessageOf, row } from './case.ts'
import { makeKeyPair } from './certificates.ts'
import { encryptedAssertionOf } from './encrypting.ts'
import {
  attributeStatementOf,
  audienceOf,
  authnStatementOf,
  conditionsOf,
  confirmationOf,
  nameIdOf,
  renderAssertion,
  renderResponse,
  sketchOf,
  subjectOf,
} from './message.ts'
import { enveloped, exclusive, messageOf, signAssertion, signatureOf, signResponse, transformOf } from './signing.ts'
import type { Party, World } from './world.ts'

// What must sign mallory in: whoever refuses everything has not understood the rules.

let made: Party | null = null

function old(): Party {
  made ??= {
    entityId: 'https://idp-a.test/metadata',
    ...makeKeyPair({ name: 'old', from: new Date('2010-01-01'), until: new Date('2011-01-01') }),
  }
  return made
}

export function controlCases(): readonly Case[] {
  return [
    ...contents('G1', 'as it comes', [], () => ({}), { outcome: 'mallory' }),
    ...contents('G2', 'by the next certificate', [], () => ({}), {
      outcome: 'mallory',
      signing: w => ({ by: w.aNext }),
    }),
    ...contents('G3', 'without KeyInfo', [], () => ({}), { outcome: 'mallory', signing: () => ({ keyInfo: null }) }),
    ...contents('G4', 'without KeyInfo, by the next certificate', [], () => ({}), {
      outcome: 'mallory',
      signing: w => ({ by: w.aNext, keyInfo: null }),
    }),
    ...ahead(60_000, 'ahead'),
    ...ahead(-60_000, 'behind'),
    ...contents(
      'G6',
      'we are one of several Audiences',
      [],
      w => ({ conditions: conditionsOf(w, {}, audienceOf('https://other.test/sp', w.us.entityId)) }),
      { outcome: 'mallory' },
    ),
    ...contents(
      'G7',
      'attributes beside',
      [],
      w => ({ statements: authnStatementOf(w) + attributeStatementOf({ groups: ['a', 'b'], mail: [w.mallory] }) }),
      { outcome: 'mallory' },
    ),
    ...contents(
      'G8',
      'a name of no stated format',
      [],
      w => ({ subject: subjectOf(nameIdOf(w.mallory, {}), confirmationOf(w)) }),
      { outcome: 'mallory' },
    ),
    ...contents(
      'G9',
      'the address by an attribute',
      [],
      w => ({
        subject: subjectOf(
          nameIdOf('_opaque', { Format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' }),
          confirmationOf(w),
        ),
        statements: authnStatementOf(w) + attributeStatementOf({ mail: [w.mallory] }),
      }),
      { outcome: 'mallory', question: () => ({ settings: { emailAttribute: 'mail' } }) },
    ),
    ...(['assertion', 'response', 'both'] as const).flatMap(signed => [
      row(`G10 ${signed}`, 'pretty-printed, and signed as such', [], w => pretty(w, signed), { outcome: 'mallory' }),
      row(`G11 ${signed}`, 'other prefixes', [], w => prefixed(w, signed), { outcome: 'mallory' }),
      row(
        `G12 ${signed}`,
        'by a certificate that has ended: trust is by configuration',
        [],
        w => messageOf(w, {}, signed, { by: old() }),
        {
          outcome: 'mallory',
          question: w => ({
            provider: {
              entityId: w.a.entityId,
              certificates: [old().certificate],
              settings: {
                signed: 'either',
                encryption: 'accepted',
                acceptsCbc: false,
                skewMs: 120_000,
                emailAttribute: null,
                contexts: [],
              },
            },
          }),
        },
      ),
    ]),
    row('G13', 'a prefix list, as Shibboleth and Okta write it', [], w => listed(w), { outcome: 'mallory' }),
    row(
      'G14',
      'a signed Response around an encrypted signed assertion',
      [],
      w => {
        const { sketch, whole } = signAssertion(w)
        return signResponse(w, sketch, encryptedAssertionOf(w, whole))
      },
      { outcome: 'mallory' },
    ),
    row('G15', 'nobody asked, where that is welcome', [], w => messageOf({ ...w, requestId: null }), {
      outcome: 'mallory',
      question: () => ({ unsolicited: true, requests: [] }),
    }),
    row('G16', 'required encryption', [], w => encryptedMessageOf(w), {
      outcome: 'mallory',
      question: () => ({ settings: { encryption: 'required' } }),
    }),
    row(
      'G17',
      'AES-CBC where it is allowed',
      [],
      w => {
        const { sketch, whole } = signAssertion(w)
        return renderResponse(sketch, encryptedAssertionOf(w, whole, { cipher: 'aes-256-cbc' }))
      },
      { outcome: 'mallory', question: () => ({ settings: { acceptsCbc: true } }) },
    ),
    row('G18', 'one of several open requests', [], w => messageOf(w), {
      outcome: 'mallory',
      question: w => ({
        requests: ['_x', w.requestId ?? '', '_y'].map(id => ({
          id,
          startedAt: w.now - 60_000,
          forced: false,
          contexts: [],
        })),
      }),
    }),
  ]
}

/** The clock of the provider is off by so much: every time in its message is. */
function ahead(ms: number, about: string): readonly Case[] {
  return contents('G5', `the clock is ${ms / 1000} s ${about}`, [], w => sketchOf({ ...w, now: w.now + ms }), {
    outcome: 'mallory',
  }).map(one => ({ ...one, id: `${one.id}, ${about}` }))
}

function pretty(world: World, signed: 'assertion' | 'response' | 'both'): string {
  const broken = (xml: string) =>
    xml.replaceAll('><', '>\n  <').replace(/>\n {2}<\/(saml:(SubjectConfirmationData)|samlp:StatusCode)/g, '></$1')
  const sketch = sketchOf(world)
  const assertionId = sketch.assertion['ID'] ?? ''
  const responseId = sketch.response['ID'] ?? ''
  const bare = broken(renderAssertion(sketch))
  const put = (xml: string, id: string) =>
    xml.replace('</saml:Issuer>', () => `</saml:Issuer>${signatureOf(world, id, xml)}`)
  const assertion = signed === 'response' ? bare : put(bare, assertionId)
  const response = broken(renderResponse(sketch, '@')).replace('@', () => assertion)
  return signed === 'assertion' ? response : put(response, responseId)
}

function prefixed(world: World, signed: 'assertion' | 'response' | 'both'): string {
  const rename = (xml: string) => xml.replace(/\bsamlp(?=[:=])/g, 'protocol').replace(/\bsaml(?=[:=])/g, 'a')
  const sketch = sketchOf(world)
  const put = (xml: string, id: string) => xml.replace('</a:Issuer>', () => `</a:Issuer>${signatureOf(world, id, xml)}`)
  const bare = rename(renderAssertion(sketch))
  const assertion = signed === 'response' ? bare : put(bare, sketch.assertion['ID'] ?? '')
  const response = rename(renderResponse(sketch, '@')).replace('@', () => assertion)
  return signed === 'assertion' ? response : put(response, sketch.response['ID'] ?? '')
}

/** PrefixList names a prefix that is used in attribute values only. */
function listed(world: World): string {
  const sketch = sketchOf(world, { statements: authnStatementOf(world) + attributeStatementOf({ groups: ['a'] }) })
  const declared = (xml: string) =>
    xml.replace(/(<saml:Assertion xmlns:saml="[^"]*")/, '$1 xmlns:xs="http://www.w3.org/2001/XMLSchema"')
  const list = `<ec:InclusiveNamespaces xmlns:ec="${exclusive}" PrefixList="xs"></ec:InclusiveNamespaces>`
  const bare = declared(renderAssertion(sketch))
  const signature = signatureOf(world, sketch.assertion['ID'] ?? '', bare, {
    transforms: transformOf(enveloped) + transformOf(exclusive, list),
  })
  return renderResponse(
    sketch,
    bare.replace('</saml:Issuer>', () => `</saml:Issuer>${signature}`),
  )
}
