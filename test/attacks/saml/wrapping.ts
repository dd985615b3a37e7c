import { type Case, evilAssertion, into, row, swap, unsigned, wrapped } from './case.ts'
import { renderAssertion, renderResponse, type Sketch, sketchOf } from './message.ts'
import { messageOf, signAssertion, signatureOf } from './signing.ts'
import type { World } from './world.ts'

// Signature wrapping: the signed bytes stay somewhere in the document, and another element is to be believed. The eight of the literature,
// then every place that the schema leaves open.

export function wrappingCases(): readonly Case[] {
  return [
    row('S01', 'XSW1: the signed Response sits in the Signature of an evil one', wrapped, world =>
      evilResponse(world, (signature, original) => into(signature, 'ds:Signature', original)),
    ),
    row('S02', 'XSW2: the signed Response stands before the Signature of an evil one', wrapped, world =>
      evilResponse(world, (signature, original) => original + signature),
    ),
    row('S03', 'XSW3: an evil Assertion before the signed one', wrapped, world => {
      const { sketch, whole } = signAssertion(world)
      return renderResponse(sketch, evilAssertion(world) + whole)
    }),
    row('S04', 'XSW4: an evil Assertion wraps the signed one', wrapped, world => {
      const { sketch, whole } = signAssertion(world)
      return renderResponse(sketch, evilAssertion(world, { inside: whole }))
    }),
    row('S05', 'XSW5: the signature moves into the evil Assertion, the original stands at the end', wrapped, world => {
      const { sketch, signature, bare } = signAssertion(world)
      return renderResponse({ ...sketch, afterAssertion: bare }, evilAssertion(world, { signature }))
    }),
    row('S06', 'XSW6: as XSW5, the original sits inside the Signature', wrapped, world => {
      const { sketch, signature, bare } = signAssertion(world)
      return renderResponse(sketch, evilAssertion(world, { signature: into(signature, 'ds:Signature', bare) }))
    }),
    row('S07', 'XSW7: an evil Assertion in Extensions, first', wrapped, world => {
      const { sketch, whole } = signAssertion(world)
      return renderResponse({ ...sketch, extensions: extensionsOf(evilAssertion(world)) }, whole)
    }),
    row('S08', 'XSW8: the original inside ds:Object of the moved signature', wrapped, world => {
      const { sketch, signature, bare } = signAssertion(world)
      return renderResponse(
        sketch,
        evilAssertion(world, { signature: into(signature, 'ds:Signature', `<ds:Object>${bare}</ds:Object>`) }),
      )
    }),
    row('S09', 'no signature anywhere', unsigned, world => renderResponse(sketchOf(world), evilAssertion(world))),
    row('S10', 'the signature deleted, the name changed', unsigned, world =>
      swap(messageOf(world, {}, 'nothing'), world.mallory, world.victim),
    ),
    row('S11', 'the name changed after signing', unsigned, world =>
      swap(messageOf(world), world.mallory, world.victim),
    ),
    row('S11 response', 'the name changed in a signed Response', unsigned, world =>
      swap(messageOf(world, {}, 'response'), world.mallory, world.victim),
    ),
    row('S11 both', 'the name changed with both signed', unsigned, world =>
      swap(messageOf(world, {}, 'both'), world.mallory, world.victim),
    ),
    row('S18 evil first', 'two Assertions of one ID, the unsigned one first', wrapped, world => {
      const { sketch, whole, id } = signAssertion(world)
      return renderResponse(sketch, evilAssertion(world, { assertion: { ID: id } }) + whole)
    }),
    row('S18 evil last', 'two Assertions of one ID, the unsigned one last', wrapped, world => {
      const { sketch, whole, id } = signAssertion(world)
      return renderResponse(sketch, whole + evilAssertion(world, { assertion: { ID: id } }))
    }),
    ...movedSignatures(),
    ...evilBeside(),
    ...responses(),
  ]
}

/** The places of a Response or an evil Assertion that can hold foreign XML. */
const places: Readonly<Record<string, (world: World, sketch: Sketch, evil: string, hidden: string) => string>> = {
  'before it': (_, sketch, evil, hidden) => renderResponse(sketch, hidden + evil),
  'after it': (_, sketch, evil, hidden) => renderResponse(sketch, evil + hidden),
  'in Extensions': (_, sketch, evil, hidden) => renderResponse({ ...sketch, extensions: extensionsOf(hidden) }, evil),
  'in StatusDetail': (_, sketch, evil, hidden) =>
    renderResponse(
      { ...sketch, status: into(sketch.status, 'samlp:Status', `<samlp:StatusDetail>${hidden}</samlp:StatusDetail>`) },
      evil,
    ),
  'in Advice': (_, sketch, evil, hidden) =>
    renderResponse(
      sketch,
      swap(evil, '<saml:AuthnStatement', `<saml:Advice>${hidden}</saml:Advice><saml:AuthnStatement`),
    ),
  'in SubjectConfirmationData': (_, sketch, evil, hidden) =>
    renderResponse(sketch, into(evil, 'saml:SubjectConfirmationData', hidden)),
  'in an AttributeValue': (_, sketch, evil, hidden) =>
    renderResponse(
      sketch,
      into(
        evil,
        'saml:Assertion',
        `<saml:AttributeStatement><saml:Attribute Name="x"><saml:AttributeValue>${hidden}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
      ),
    ),
  'in AuthnContextDecl': (_, sketch, evil, hidden) =>
    renderResponse(sketch, into(evil, 'saml:AuthnContext', `<saml:AuthnContextDecl>${hidden}</saml:AuthnContextDecl>`)),
  'in the NameID': (_, sketch, evil, hidden) => renderResponse(sketch, into(evil, 'saml:NameID', hidden)),
  'in the Issuer of the Response': (_, sketch, evil, hidden) =>
    renderResponse({ ...sketch, responseIssuer: into(sketch.responseIssuer, 'saml:Issuer', hidden) }, evil),
  'in a Condition': (_, sketch, evil, hidden) =>
    renderResponse(
      sketch,
      into(
        evil,
        'saml:Conditions',
        `<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x">${hidden}</saml:Condition>`,
      ),
    ),
}

/** The signature stands in the evil Assertion, the signed bytes are hidden in each place. */
function movedSignatures(): readonly Case[] {
  return Object.entries(places).flatMap(([place, put]) =>
    (['a new ID', 'the same ID', 'no ID'] as const).map(which =>
      row(
        `W1 ${place}, ${which}`,
        `the signature moved into an Assertion with ${which}, the original hidden ${place}`,
        wrapped,
        world => {
          const { sketch, signature, bare, id } = signAssertion(world)
          const ID = which === 'a new ID' ? `_evil-${world.mark}` : which === 'the same ID' ? id : null
          return put(world, sketch, evilAssertion(world, { assertion: { ID }, signature }), bare)
        },
      ),
    ),
  )
}

/** The signed Assertion is hidden whole, and the evil one carries nothing. */
function evilBeside(): readonly Case[] {
  const hidden = Object.entries(places).map(([place, put]) =>
    row(`W2 ${place}`, `an unsigned Assertion, the signed one ${place}`, wrapped, world => {
      const { sketch, whole } = signAssertion(world)
      return put(world, sketch, evilAssertion(world), whole)
    }),
  )
  const turned = Object.entries(places).map(([place, put]) =>
    row(`W3 ${place}`, `a signed Assertion, and an evil one ${place}`, wrapped.concat('name_id'), world => {
      const { sketch, whole } = signAssertion(world)
      return put(world, sketch, whole, evilAssertion(world))
    }),
  )
  return [...hidden, ...turned]
}

/** The same with the Response as what is signed. */
function responses(): readonly Case[] {
  const holders: Readonly<Record<string, (signature: string, original: string) => string>> = {
    'in ds:Object': (signature, original) => into(signature, 'ds:Signature', `<ds:Object>${original}</ds:Object>`),
    'in ds:KeyInfo': (signature, original) => into(signature, 'ds:KeyInfo', original),
    'in ds:SignedInfo': (signature, original) => into(signature, 'ds:SignedInfo', original),
    'in ds:Transform': (signature, original) => into(signature, 'ds:Transform', original),
    'in Extensions': (signature, original) => signature + extensionsOf(original),
    'in Extensions before the Signature': (signature, original) => extensionsOf(original) + signature,
    'after the Signature': (signature, original) => signature + original,
  }
  const moved = Object.entries(holders).map(([place, hold]) =>
    row(`W4 ${place}`, `the signed Response ${place} of an evil one`, wrapped, world => evilResponse(world, hold)),
  )
  return [
    ...moved,
    row('W4 same ID', 'an evil Response with the ID of the signed one in its Extensions', wrapped, world =>
      evilResponse(world, (signature, original) => signature + extensionsOf(original), `_response-${world.mark}`),
    ),
    row('W5', 'a signed Response inside an unsigned one', wrapped, world => {
      const sketch = sketchOf(world, { response: { ID: '_outer' } })
      return renderResponse(sketch, evilAssertion(world) + messageOf(world, {}, 'response'))
    }),
    row('W6', 'an evil Assertion put into a signed Response', wrapped, world =>
      swap(messageOf(world, {}, 'response'), '<saml:Assertion', `${evilAssertion(world)}<saml:Assertion`),
    ),
    row('W7', 'both signed: the Response stripped of its signature, an evil Assertion in front', wrapped, world => {
      const { sketch, whole } = signAssertion(world)
      return swap(renderResponse(sketch, whole), '<samlp:Status>', `${evilAssertion(world)}<samlp:Status>`)
    }),
  ]
}

export function extensionsOf(inside: string): string {
  return `<samlp:Extensions>${inside}</samlp:Extensions>`
}

/** An evil Response whose contents hold the signature of the genuine one, and the genuine one where `hold` puts it. */
function evilResponse(
  world: World,
  hold: (signature: string, original: string) => string,
  id = '_evil-response',
): string {
  const sketch = sketchOf(world)
  const assertion = renderAssertion(sketch)
  const original = renderResponse(sketch, assertion)
  const signature = signatureOf(world, sketch.response['ID'] ?? '', original)
  return renderResponse(sketchOf(world, { response: { ID: id } }), evilAssertion(world), hold(signature, original))
}
