import { type Case, encryptedMessageOf, evilAssertion, into, row, swap, unsigned, wrapped } from './case.ts'
import { encryptedAssertionOf } from './encrypting.ts'
import {
  confirmationOf,
  nameIdOf,
  renderAssertion,
  renderResponse,
  samlNamespace,
  sketchOf,
  subjectOf,
} from './message.ts'
import { signAssertion, signatureNamespace, signatureOf, signResponse } from './signing.ts'
import { extensionsOf } from './wrapping.ts'

// Wrapping by other means than a place: encryption, other names of an id, other namespaces, signatures in signatures.

export function otherWrappingCases(): readonly Case[] {
  return [
    row('W8', 'an evil Assertion beside an encrypted genuine one', wrapped, world =>
      swap(encryptedMessageOf(world), '<saml:EncryptedAssertion', `${evilAssertion(world)}<saml:EncryptedAssertion`),
    ),
    row('W9', 'an encrypted evil Assertion beside a signed genuine one', wrapped, world => {
      const { sketch, whole } = signAssertion(world)
      return renderResponse(sketch, whole + encryptedAssertionOf(world, evilAssertion(world)))
    }),
    row('W10', 'the genuine Assertion encrypted in Extensions, evil in the open', wrapped, world => {
      const { sketch, whole } = signAssertion(world)
      return renderResponse(
        { ...sketch, extensions: extensionsOf(encryptedAssertionOf(world, whole)) },
        evilAssertion(world),
      )
    }),
    row(
      'W11',
      'encrypted: the signature moved into an evil Assertion with the original in Advice',
      wrapped.concat('decryption'),
      world => {
        const { sketch, signature, bare } = signAssertion(world)
        const evil = swap(
          evilAssertion(world, { signature }),
          '<saml:AuthnStatement',
          `<saml:Advice>${bare}</saml:Advice><saml:AuthnStatement`,
        )
        return renderResponse(sketch, encryptedAssertionOf(world, evil))
      },
    ),
    row(
      'W12',
      'a signed Response around an encrypted unsigned evil Assertion that replaced the signed content',
      unsigned,
      world => {
        const sketch = sketchOf(world)
        const genuine = signResponse(world, sketch, encryptedAssertionOf(world, renderAssertion(sketch)))
        const from = genuine.indexOf('<saml:EncryptedAssertion')
        const until = genuine.indexOf('</saml:EncryptedAssertion>') + '</saml:EncryptedAssertion>'.length
        return genuine.slice(0, from) + encryptedAssertionOf(world, evilAssertion(world)) + genuine.slice(until)
      },
    ),
    ...(['Id', 'id', 'xml:id', 'AssertionID', 'saml:ID'] as const).map(name =>
      row(`W13 ${name}`, `the evil Assertion names itself by ${name} what the signature speaks of`, wrapped, world => {
        const { sketch, signature, bare, id } = signAssertion(world)
        const evil = swap(evilAssertion(world, { signature }), ` ID="`, ` ${name}="${id}" ID="`)
        return renderResponse(sketch, evil + extensionsOf(bare))
      }),
    ),
    row('W14', 'an Assertion in no namespace before the signed one', wrapped, world => {
      const { sketch, whole } = signAssertion(world)
      const evil = evilAssertion(world).replaceAll('saml:', '').replace(`xmlns:saml="${samlNamespace}"`, '')
      return renderResponse(sketch, evil.replace(' xmlns:saml=', ' xmlns:x=') + whole)
    }),
    row('W15', 'the Assertion signed for another element: its Subject', wrapped, world => {
      const subject = subjectOf(nameIdOf(world.mallory), confirmationOf(world)).replace(
        '<saml:Subject',
        `<saml:Subject xmlns:saml="${samlNamespace}" ID="_s"`,
      )
      const signature = signatureOf(world, '_s', subject)
      return renderResponse(sketchOf(world), evilAssertion(world, { signature, inside: subject }))
    }),
    row('W16', 'a signed AttributeValue that holds an Assertion', wrapped, world => {
      const { sketch, whole } = signAssertion(world)
      const value = `<saml:AttributeStatement><saml:Attribute Name="n"><saml:AttributeValue>${evilAssertion(world)}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`
      return renderResponse(sketch, into(whole, 'saml:Assertion', value))
    }),
    row('W17', 'two genuine signed Assertions in one Response', wrapped, world => {
      const first = signAssertion(world)
      const second = signAssertion(world, { assertion: { ID: '_second' } })
      return renderResponse(first.sketch, first.whole + second.whole)
    }),
    row('W18', 'two Signatures in one Assertion, the attacker’s first', unsigned, world => {
      const { sketch, signature, bare, id } = signAssertion(world)
      return renderResponse(sketch, renderAssertion(sketch, signatureOf(world, id, bare, { by: world.e }) + signature))
    }),
    row(
      'W19',
      'the Signature at the end of the Assertion',
      wrapped,
      world => {
        const { sketch, signature, bare } = signAssertion(world)
        return renderResponse(sketch, into(bare, 'saml:Assertion', signature))
      },
      { outcome: 'harmless' },
    ),
    row('W20', 'a Signature in another namespace with the right one inside', wrapped, world => {
      const { sketch, signature } = signAssertion(world)
      const foreign = `<ds:Signature xmlns:ds="urn:x">${signature}</ds:Signature>`
      return renderResponse(sketch, evilAssertion(world, { signature: foreign }))
    }),
    row('W21', 'a Signature of our own namespace around the right one', wrapped, world => {
      const { sketch, signature } = signAssertion(world)
      const double = `<ds:Signature xmlns:ds="${signatureNamespace}"><ds:Object>${signature}</ds:Object></ds:Signature>`
      return renderResponse(sketch, renderAssertion(sketch, double))
    }),
  ]
}
