import { sign } from 'node:crypto'
import { type Case, evilAssertion, into, row, swap, unsigned } from './case.ts'
import { renderAssertion, renderResponse, sketchOf } from './message.ts'
import { bothWays, partOf } from './signature.ts'
import { enveloped, exclusive, type Signing, signAssertion, signatureOf, transformOf } from './signing.ts'
import type { World } from './world.ts'

// What a signature speaks of, and in which form: references to other things, and ways to make the canonical form say something else.

const c14n = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'

export function referenceCases(): readonly Case[] {
  return [...references(), ...transforms()]
}

function references(): readonly Case[] {
  const target = (
    id: string,
    about: string,
    signing: (world: World) => Signing,
    outcome: Case['outcome'] = 'refused',
  ) => bothWays(`R1 ${id}`, about, signing, outcome)
  return [
    ...target('empty', 'Reference to the whole document', () => ({ uri: '' })),
    ...target('missing', 'Reference without URI', () => ({ uri: null })),
    ...target('hash', 'Reference to #', () => ({ uri: '#' })),
    ...target('xpointer /', 'Reference #xpointer(/)', () => ({ uri: '#xpointer(/)' })),
    ...target('xpointer id', "Reference #xpointer(id('..'))", world => ({
      uri: `#xpointer(id('_assertion-${world.mark}'))`,
    })),
    ...target('percent', 'Reference with a percent-encoded letter', world => ({ uri: `#%5Fassertion-${world.mark}` })),
    ...target('no hash', 'Reference by the bare id', world => ({ uri: `_assertion-${world.mark}` })),
    ...target('two hashes', 'Reference with two hashes', world => ({ uri: `##_assertion-${world.mark}` })),
    ...target('space', 'Reference with a space', world => ({ uri: `# _assertion-${world.mark}` })),
    ...target('file', 'Reference to a file', () => ({ uri: 'file:///etc/passwd' })),
    ...target('http', 'Reference to an address', world => ({ uri: world.canaryUrl })),
    ...target('quote', 'Reference that ends an XPath', () => ({ uri: "#' or '1'='1" })),
    ...target('other', 'Reference to an element that is not there', () => ({ uri: '#_nobody' })),
    ...bothWays('R2', 'two References, the second to the same element', () => ({
      references: reference => reference + reference,
    })),
    ...bothWays('R3', 'two References, the first to nothing', () => ({
      references: reference => reference.replace(/URI="[^"]*"/, 'URI="#_x"') + reference,
    })),
    ...bothWays('R4', 'no Reference, signed by A all the same', () => ({ references: () => '' })),
    ...bothWays('R5', 'the Reference in a Manifest', () => ({
      references: reference => `<ds:Manifest>${reference}</ds:Manifest>`,
    })),
    row('R6', 'SignedInfo twice: a self-made one first', unsigned, world => twice(world, 'first')),
    row('R7', 'SignedInfo twice: a self-made one last', unsigned, world => twice(world, 'last')),
    row('R8', 'the genuine SignedInfo in ds:Object, a self-made one in its place', unsigned, world => {
      const { sketch, signature } = signAssertion(world)
      const evil = evilAssertion(world)
      const own = signatureOf(world, `_evil-${world.mark}`, evil, { by: world.e })
      const genuine = partOf(signature, 'ds:SignedInfo')
      const value = partOf(signature, 'ds:SignatureValue')
      const mixed = into(
        swap(own, partOf(own, 'ds:SignatureValue'), value),
        'ds:Signature',
        `<ds:Object>${genuine}</ds:Object>`,
      )
      return renderResponse(sketch, evilAssertion(world, { signature: mixed }))
    }),
    row('R9', 'two SignatureValues, an own one first', unsigned, world => {
      const { sketch, signature } = signAssertion(world)
      return renderResponse(
        sketch,
        renderAssertion(
          sketch,
          swap(signature, '<ds:SignatureValue>', '<ds:SignatureValue>AAAA</ds:SignatureValue><ds:SignatureValue>'),
        ),
      )
    }),
  ]
}

function transforms(): readonly Case[] {
  const xpath = 'http://www.w3.org/TR/1999/REC-xpath-19991116'
  const list: Readonly<Record<string, string>> = {
    xslt: transformOf(
      'http://www.w3.org/TR/1999/REC-xslt-19991116',
      '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"></xsl:stylesheet>',
    ),
    xpath:
      transformOf(enveloped) +
      transformOf(xpath, '<ds:XPath>not(ancestor-or-self::Subject)</ds:XPath>') +
      transformOf(exclusive),
    filter2: transformOf('http://www.w3.org/2002/06/xmldsig-filter2'),
    base64: transformOf('http://www.w3.org/2000/09/xmldsig#base64'),
    none: '',
    'enveloped only': transformOf(enveloped),
    'exclusive only': transformOf(exclusive),
    'enveloped twice': transformOf(enveloped) + transformOf(enveloped) + transformOf(exclusive),
    'exclusive twice': transformOf(enveloped) + transformOf(exclusive) + transformOf(exclusive),
    'wrong order': transformOf(exclusive) + transformOf(enveloped),
    unknown: transformOf(enveloped) + transformOf('urn:x'),
    constructor: transformOf(enveloped) + transformOf('constructor'),
    inclusive: transformOf(enveloped) + transformOf(c14n),
    'inclusive with comments': transformOf(enveloped) + transformOf(`${c14n}#WithComments`),
    'exclusive with comments': transformOf(enveloped) + transformOf(`${exclusive}WithComments`),
  }
  // What A signed itself and only canonicalizes in another way may pass as what it is.
  const harmless = [
    'enveloped only',
    'exclusive only',
    'wrong order',
    'exclusive twice',
    'enveloped twice',
    'inclusive',
    'inclusive with comments',
    'exclusive with comments',
    'none',
  ]
  return [
    ...Object.entries(list).flatMap(([name, xml]) =>
      bothWays(
        `T1 ${name}`,
        `transforms: ${name}`,
        () => ({ transforms: xml }),
        harmless.includes(name) ? 'harmless' : 'refused',
      ),
    ),
    ...bothWays('T2', 'SignedInfo canonicalized by an unknown algorithm', () => ({ canonicalization: 'urn:x' })),
    ...bothWays('T3', 'SignedInfo canonicalized by the envelope transform', () => ({ canonicalization: enveloped })),
    ...bothWays('T4', 'the digest of nothing: what a failed canonicalization leaves', () => ({ canonical: () => '' })),
    row('T5', 'the digest of nothing, and a relative namespace that stops canonicalization', unsigned, world => {
      const { sketch, signature } = signAssertion(world, {}, { canonical: () => '' })
      return swap(
        renderResponse(sketch, evilAssertion(world, { signature })),
        '<saml:Subject>',
        '<saml:Subject xmlns:ns="1">',
      )
    }),
    row('T6', 'a relative namespace inside of what A signed', unsigned, world => {
      const { sketch, whole } = signAssertion(world)
      return renderResponse(
        sketch,
        swap(whole, '<saml:Subject>', '<saml:Subject xmlns:ns="1">').replace(world.mallory, world.victim),
      )
    }),
    row('T7', 'SignedInfo under a relative namespace, its canonical form void: signed nothing', unsigned, world => {
      const value = sign('sha256', Buffer.from(''), world.a.key).toString('base64')
      const evil = evilAssertion(world)
      const signature = signatureOf(world, `_evil-${world.mark}`, evil, { value: () => value })
      return renderResponse(
        sketchOf(world),
        evilAssertion(world, { signature: swap(signature, '<ds:SignedInfo>', '<ds:SignedInfo xmlns:ns="1">') }),
      )
    }),
  ]
}

function twice(world: World, where: 'first' | 'last'): string {
  const { sketch, signature } = signAssertion(world)
  const own = partOf(signatureOf(world, `_evil-${world.mark}`, evilAssertion(world), { by: world.e }), 'ds:SignedInfo')
  const genuine = partOf(signature, 'ds:SignedInfo')
  const both = where === 'first' ? own + genuine : genuine + own
  return renderResponse(sketch, evilAssertion(world, { signature: swap(signature, genuine, both) }))
}
