import { refuse, shown } from './refused.ts'
import type { XmlElement } from './xml-document.ts'

// Small questions to elements. What an element may hold is asked for by name and namespace: nothing unknown is passed over.

export function is(element: XmlElement, namespace: string, name: string): boolean {
  return element.namespace === namespace && element.name === name
}

/** Child elements of an element that holds nothing else: between them only white space. */
export function elementsOf(element: XmlElement): readonly XmlElement[] {
  return element.children.filter(child => {
    if (typeof child !== 'string') return true
    if (/[^ \t\r\n]/.test(child)) refuse('wrong_structure', `text within ${element.name}: ${shown(child.trim())}`)
    return false
  }) as readonly XmlElement[] // because every text has been left out
}

export function childrenOf(element: XmlElement, namespace: string, name: string): readonly XmlElement[] {
  return elementsOf(element).filter(child => is(child, namespace, name))
}

/** The one child of that name; null when there is none. Two refuse. */
export function childOf(element: XmlElement, namespace: string, name: string): XmlElement | null {
  const [first = null, second] = childrenOf(element, namespace, name)
  if (second !== undefined) refuse('wrong_structure', `${element.name} holds more than one ${name}`)
  return first
}

/** The value of an attribute in no namespace; null when it is absent. */
export function attributeOf(element: XmlElement, name: string): string | null {
  return element.attributes.find(one => one.namespace === '' && one.name === name)?.value ?? null
}

/** The text of an element that holds text and nothing else. */
export function textOf(element: XmlElement): string {
  return onlyTextOf(element) ?? refuse('wrong_structure', `${element.name} holds more than text`)
}

/** Null when it holds elements. */
export function onlyTextOf(element: XmlElement): string | null {
  const texts = element.children.filter(child => typeof child === 'string')
  return texts.length === element.children.length ? texts.join('') : null
}

/** Every element of a tree with its parent, the root first. */
export function descendantsOf(root: XmlElement): readonly Placed[] {
  const found: Placed[] = [{ element: root, parent: null }]
  // The list grows while it is walked: children are put behind those that are still to come.
  for (const { element: parent } of found)
    for (const child of parent.children) if (typeof child !== 'string') found.push({ element: child, parent })
  return found
}

export interface Placed {
  readonly element: XmlElement
  readonly parent: XmlElement | null
}

/** Children in the order of `sequence`, each name with how often it may come: `Issuer`, `Signature?`, `Assertion+`, `Attribute*`. */
export function expectSequence(element: XmlElement, sequence: readonly SequencePart[]): void {
  const children = elementsOf(element)
  let at = 0
  for (const { namespace, name, least, most } of sequence) {
    let found = 0
    for (
      let child = children[at];
      child !== undefined && is(child, namespace, name) && found < most;
      child = children[at]
    ) {
      found++
      at++
    }
    if (found < least) refuse('wrong_structure', `${element.name} has no ${name} where one has to be`)
  }
  const stranger = children[at]
  if (stranger !== undefined)
    refuse('wrong_structure', `${element.name} holds ${shown(stranger.name)} where it must not be`)
}

export interface SequencePart {
  readonly namespace: string
  readonly name: string
  readonly least: number
  readonly most: number
}

export function once(namespace: string, name: string): SequencePart {
  return { namespace, name, least: 1, most: 1 }
}

export function maybe(namespace: string, name: string): SequencePart {
  return { namespace, name, least: 0, most: 1 }
}

/** Attributes in no namespace, all of which are known. Those in namespaces of others (`xsi:type`, `xml:lang`) say nothing to us. */
export function expectAttributes(element: XmlElement, known: readonly string[]): void {
  const stranger = element.attributes.find(one => one.namespace === '' && !known.includes(one.name))
  if (stranger !== undefined) refuse('wrong_structure', `${element.name} has an attribute ${shown(stranger.name)}`)
}
