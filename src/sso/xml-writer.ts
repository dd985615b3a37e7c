import { Fault } from '../lib/fault.ts'

/** XML that was written here: what is in it has been escaped. */
export class Xml {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * Writes one element in the form of Exclusive XML Canonicalization 1.0, so that what we sign is what we write: start and end tag,
 * namespaces first, attributes by name (none of ours has a prefix), no space that means nothing. It holds as long as each element
 * declares a namespace where the first of it is used, and nowhere above. Names come from our code, values from anywhere.
 */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | null>>,
  ...children: readonly (Xml | string | null)[]
): Xml {
  const written = Object.entries(attributes)
    .toSorted(([left], [right]) => compareNames(left, right))
    .map(([key, value]) => (value === null ? '' : ` ${key}="${escaped(value, 'attribute')}"`))
  const inner = children.map(child => (child instanceof Xml ? child.text : escaped(child ?? '', 'text')))
  return new Xml(`<${name}${written.join('')}>${inner.join('')}</${name}>`)
}

/**
 * The one way of a value into a message (GHSA-34r5-q4jw-r36m: a value that was put into an attribute as it came wrote attributes of
 * its own). Which characters, and how they are spelt, is what Canonical XML 1.0 §2.3 says of each place.
 */
function escaped(value: string, place: 'text' | 'attribute'): string {
  if (notXml.test(value)) throw new Fault('internal', { detail: 'a value with characters that XML cannot hold' })
  return value.replace(place === 'text' ? /[&<>\r]/g : /[&<"\t\n\r]/g, found => spelt[found] ?? '')
}

const spelt: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

/** All but `Char` of XML 1.0 §2.2. */
const notXml = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

function compareNames(left: string, right: string): number {
  const [first, second] = [left.startsWith('xmlns'), right.startsWith('xmlns')]
  if (first !== second) return first ? -1 : 1
  return left < right ? -1 : 1
}
