/** A piece of XML in canonical form (Exclusive XML Canonicalization 1.0), if its attributes are given in alphabetical order. */
export interface Xml {
  readonly text: string
}

/** Namespaces come first, then attributes; every element says itself which namespace its prefix means, or its parent does. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Xml | string)[]
): Xml {
  const head = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`)
  const body = children.map(child => (typeof child === 'string' ? escapeText(child) : child.text))
  return { text: `<${name}${head.join('')}>${body.join('')}</${name}>` }
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#xD;')
}

function escapeAttribute(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/"/g, '&quot;')
    .replace(/[\t\n\r]/g, character => `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`)
}
