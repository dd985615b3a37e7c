import type { Seeded } from '../../support/seeded.ts'
import type { World } from './world.ts'

// Random edits of a genuine message, by bytes and by its tree. The tree is only looked for, never parsed: edits may break it.

/** One to four edits. */
export function mutate(xml: string, world: World, seeded: Seeded): string {
  let text = xml
  for (let left = seeded.whole(1, 4); left > 0; left--) text = pick(edits, seeded)(text, world, seeded)
  return text
}

type Edit = (xml: string, world: World, seeded: Seeded) => string

interface Span {
  readonly from: number
  readonly until: number
}

const edits: readonly Edit[] = [
  // Bytes.
  (xml, _, seeded) => splice(xml, spanOf(xml, seeded, 0), pick(oddText, seeded)),
  (xml, _, seeded) => splice(xml, spanOf(xml, seeded, seeded.whole(1, 8)), ''),
  (xml, _, seeded) => splice(xml, spanOf(xml, seeded, 1), String.fromCharCode(seeded.whole(32, 126))),
  (xml, _, seeded) => {
    const span = spanOf(xml, seeded, seeded.whole(1, 200))
    return splice(xml, spanOf(xml, seeded, 0), xml.slice(span.from, span.until))
  },
  // Elements.
  (xml, _, seeded) => onElement(xml, seeded, element => splice(xml, element, '')),
  (xml, _, seeded) =>
    onElement(xml, seeded, ({ from, until }) => splice(xml, { from, until: from }, xml.slice(from, until))),
  (xml, _, seeded) =>
    onElement(xml, seeded, ({ from, until }) => splice(xml, { from: until, until }, xml.slice(from, until))),
  moved,
  moved,
  swapped,
  wrapped,
  (xml, _, seeded) =>
    onElement(xml, seeded, span =>
      splice(xml, span, xml.slice(span.from, span.until).replace(/^<[^>]*>([\s\S]*)<\/[^>]*>$/, '$1')),
    ),
  renamed,
  // Who it speaks of.
  (xml, world) => xml.replace(world.mallory, world.victim),
  (xml, world) => xml.replaceAll(world.mallory, world.victim),
  evil,
  evil,
  // Attributes.
  (xml, _, seeded) => onAttribute(xml, seeded, span => splice(xml, span, '')),
  (xml, _, seeded) =>
    onAttribute(xml, seeded, span =>
      splice(xml, { from: span.until, until: span.until }, xml.slice(span.from, span.until)),
    ),
  (xml, _, seeded) =>
    onAttribute(xml, seeded, ({ from, until }) =>
      splice(xml, { from, until }, xml.slice(from, until).replace(/^ [^=]+/, ` ${pick(names, seeded)}`)),
    ),
  exchangedValues,
  exchangedValues,
  (xml, _, seeded) => onTag(xml, seeded, at => splice(xml, { from: at, until: at }, pick(oddAttributes, seeded))),
  // Texts.
  (xml, _, seeded) => onText(xml, seeded, span => splice(xml, middleOf(span, seeded), pick(markup, seeded))),
  (xml, _, seeded) => onText(xml, seeded, span => splice(xml, span, referencesOf(xml.slice(span.from, span.until)))),
  (xml, _, seeded) => onText(xml, seeded, span => splice(xml, span, `<![CDATA[${xml.slice(span.from, span.until)}]]>`)),
  (xml, _, seeded) => onText(xml, seeded, span => splice(xml, span, ` ${xml.slice(span.from, span.until)}\n`)),
  // Spelling that a canonical form forgives.
  (xml, _, seeded) => xml.replaceAll('><', `>${pick(['\n', ' ', '\t', '\r\n', '&#10;'], seeded)}<`),
  xml => xml.replace(/"([^"<]*)"/g, "'$1'"),
  xml => xml.replace(/<([\w:]+)([^<>]*)><\/\1>/g, '<$1$2/>'),
  (xml, _, seeded) =>
    xml.replaceAll(pick(['saml:', 'samlp:', 'ds:'], seeded), pick(['x:', '', 'ds:', 'saml:'], seeded)),
  (xml, _, seeded) => pick(['<?xml version="1.0"?>', '\ufeff', '<!---->', '<!DOCTYPE x>', ' ', '<?a?>'], seeded) + xml,
]

const oddText = [
  '<',
  '>',
  '&',
  '"',
  '\u0000',
  '\ufeff',
  '<!--x-->',
  ']]>',
  '&#0;',
  '\ud800',
  '\r',
  '<x/>',
  '</x>',
  'victim@corp.test',
]
const markup = [
  '<!--x-->',
  '<?x y?>',
  '<x/>',
  '<![CDATA[]]>',
  '&#x200b;',
  '\u200b',
  ' ',
  '&amp;',
  '@',
  '<saml:x/>',
  'victim@corp.test',
  '\u0000',
]
const names = [
  'ID',
  'Id',
  'id',
  'xml:id',
  'saml:ID',
  'URI',
  'Algorithm',
  'Recipient',
  'NotOnOrAfter',
  'NotBefore',
  'xmlns',
  'xmlns:saml',
  'xmlns:ds',
  'Version',
  'Format',
]
const oddAttributes = [
  ' ID="_x"',
  ' Id="_x"',
  ' xml:id="_x"',
  ' xmlns=""',
  ' xmlns="urn:oasis:names:tc:SAML:2.0:assertion"',
  ' xmlns:saml="urn:x"',
  ' xmlns:ds="urn:x"',
  ' xml:base="x"',
  ' xmlns:ns="1"',
  ' xml:space="preserve"',
  ' NotOnOrAfter="2099-01-01T00:00:00Z"',
  ' Version="1.1"',
]

function moved(xml: string, _: World, seeded: Seeded): string {
  return onElement(xml, seeded, span => {
    const rest = splice(xml, span, '')
    return onGap(rest, seeded, at => splice(rest, { from: at, until: at }, xml.slice(span.from, span.until)))
  })
}

function swapped(xml: string, _: World, seeded: Seeded): string {
  return onElement(xml, seeded, one =>
    onElement(xml, seeded, other => {
      const [first, second] = one.from < other.from ? [one, other] : [other, one]
      if (first.until > second.from) return xml
      const part = (from: number, until?: number) => xml.slice(from, until)
      return (
        part(0, first.from) +
        part(second.from, second.until) +
        part(first.until, second.from) +
        part(first.from, first.until) +
        part(second.until)
      )
    }),
  )
}

function wrapped(xml: string, _: World, seeded: Seeded): string {
  const name = pick(
    ['samlp:Extensions', 'saml:Advice', 'ds:Object', 'saml:Assertion', 'samlp:Response', 'x', 'saml:AttributeValue'],
    seeded,
  )
  return onElement(xml, seeded, span => splice(xml, span, `<${name}>${xml.slice(span.from, span.until)}</${name}>`))
}

function renamed(xml: string, _: World, seeded: Seeded): string {
  const name = pick(
    [
      'saml:Assertion',
      'saml:NameID',
      'saml:Subject',
      'ds:Signature',
      'ds:Object',
      'saml:Advice',
      'x',
      'saml:Conditions',
    ],
    seeded,
  )
  return onElement(xml, seeded, ({ from, until }) =>
    splice(
      xml,
      { from, until },
      xml
        .slice(from, until)
        .replace(/^<[\w:]+/, `<${name}`)
        .replace(/<\/[\w:]+>$/, `</${name}>`),
    ),
  )
}

/** A copy of an element that speaks of the victim, beside or within another one. */
function evil(xml: string, world: World, seeded: Seeded): string {
  return onElement(xml, seeded, ({ from, until }) => {
    const copy = xml.slice(from, until).replaceAll(world.mallory, world.victim)
    const bare = seeded.whole(0, 1) === 0 ? copy : copy.replace(/<ds:Signature[\s\S]*?<\/ds:Signature>/, '')
    const fresh = seeded.whole(0, 1) === 0 ? bare : bare.replace(/ ID="[^"]*"/, ' ID="_evil"')
    return onGap(xml, seeded, at => splice(xml, { from: at, until: at }, fresh))
  })
}

function exchangedValues(xml: string, _: World, seeded: Seeded): string {
  return onAttribute(xml, seeded, one =>
    onAttribute(xml, seeded, other => {
      const value = /="([^"]*)"$/.exec(xml.slice(other.from, other.until))?.[1] ?? ''
      return splice(
        xml,
        one,
        xml.slice(one.from, one.until).replace(/="[^"]*"$/, () => `="${value}"`),
      )
    }),
  )
}

function onElement(xml: string, seeded: Seeded, edit: (span: Span) => string): string {
  const starts = [...xml.matchAll(/<([A-Za-z][\w:]*)[^<>]*>/g)]
  if (starts.length === 0) return xml
  const { index: from, 0: tag, 1: name = '' } = pick(starts, seeded)
  if (tag.endsWith('/>')) return edit({ from, until: from + tag.length })
  const until = endOf(xml, name, from)
  return until === null ? xml : edit({ from, until })
}

/** Behind the end tag that belongs to this start tag. */
function endOf(xml: string, name: string, from: number): number | null {
  let depth = 0
  for (const { 0: tag, index } of xml.slice(from).matchAll(new RegExp(`<(/?)${name}(?=[ />])[^<>]*>`, 'g'))) {
    if (tag.endsWith('/>')) continue
    depth += tag.startsWith('</') ? -1 : 1
    if (depth === 0) return from + index + tag.length
  }
  return null
}

function onAttribute(xml: string, seeded: Seeded, edit: (span: Span) => string): string {
  return onMatch(xml, / [A-Za-z][\w:]*="[^"<]*"/g, seeded, edit)
}

function onText(xml: string, seeded: Seeded, edit: (span: Span) => string): string {
  return onMatch(xml, /(?<=>)[^<>]+(?=<)/g, seeded, edit)
}

/** Where the name of a start tag ends. */
function onTag(xml: string, seeded: Seeded, edit: (at: number) => string): string {
  return onMatch(xml, /(?<=<[A-Za-z][\w:]*)(?=[ />])/g, seeded, ({ from }) => edit(from))
}

/** Between two tags. */
function onGap(xml: string, seeded: Seeded, edit: (at: number) => string): string {
  return onMatch(xml, /(?<=>)(?=<)/g, seeded, ({ from }) => edit(from))
}

function onMatch(xml: string, pattern: RegExp, seeded: Seeded, edit: (span: Span) => string): string {
  const found = [...xml.matchAll(pattern)]
  if (found.length === 0) return xml
  const { index, 0: text } = pick(found, seeded)
  return edit({ from: index, until: index + text.length })
}

function middleOf({ from, until }: Span, seeded: Seeded): Span {
  const at = seeded.whole(from, until)
  return { from: at, until: at }
}

function spanOf(xml: string, seeded: Seeded, length: number): Span {
  const from = seeded.whole(0, Math.max(0, xml.length - length))
  return { from, until: from + length }
}

function splice(xml: string, { from, until }: Span, text: string): string {
  return xml.slice(0, from) + text + xml.slice(until)
}

function referencesOf(text: string): string {
  return [...text].map(letter => `&#x${(letter.codePointAt(0) ?? 0).toString(16)};`).join('')
}

export function pick<T>(list: readonly T[], seeded: Seeded): T {
  const found = list[seeded.whole(0, list.length - 1)]
  if (found === undefined) throw new Error('an empty list')
  return found
}
