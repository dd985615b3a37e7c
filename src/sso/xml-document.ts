// XML as the rest of the room sees it: plain, immutable, bounded. It owns the one parser (libxml2, strict: every error and every warning
// refuses) and its memory; it never repairs, resolves, fetches or validates against anything.
// Start reading at `openXml`. Messages of strangers pass xml-text.ts first.
import {
  XmlDocument as LibraryDocument,
  XmlElement as LibraryElement,
  ParseOption,
  XmlC14NMode,
  XmlText,
  type XmlTreeNode,
} from 'libxml2-wasm'
import { refuse, shown } from './refused.ts'
import { textOfDocument } from './xml-text.ts'

export interface XmlElement {
  /** Local name. */
  readonly name: string
  /** Empty: in no namespace. */
  readonly namespace: string
  readonly attributes: readonly XmlAttribute[]
  readonly children: readonly (XmlElement | string)[]
}

export interface XmlAttribute {
  readonly name: string
  readonly namespace: string
  readonly value: string
}

export interface XmlDocument extends Disposable {
  readonly root: XmlElement
  /**
   * One element in exclusive canonical form (namespaces of `prefixes` declared whether it uses them or not), as the bytes that are digested.
   * `without`: a child that is left out, which is what enveloped-signature does.
   */
  canonical(element: XmlElement, prefixes?: readonly string[], without?: XmlElement): Buffer
  /** Prefixes that an element may use, with what they stand for; the empty one is the default namespace. */
  namespacesOf(element: XmlElement): NamespaceMap
}

export type NamespaceMap = Readonly<Record<string, string>>

/**
 * Reads a document of a stranger. Throws `Refused`. The document lies in the parser's memory until it is disposed of.
 * `context`: namespaces that the text takes from where it was cut out.
 */
export function openXml(bytes: Uint8Array, context?: NamespaceMap): XmlDocument {
  const text = textOfDocument(bytes)
  const document = parse(context === undefined ? text : inContext(text, context))
  try {
    const nodes = new Map<XmlElement, LibraryElement>()
    const top = context === undefined ? document.root : onlyChild(document.root)
    const root = copy(top, nodes)
    const nodeOf = (element: XmlElement) => {
      const node = nodes.get(element)
      if (node === undefined) throw new Error('the element belongs to another document')
      return node
    }
    return {
      root,
      namespacesOf: element => ({ ...nodeOf(element).namespaces }),
      canonical(element, prefixes = [], without) {
        const isWhole = context === undefined && element === root
        const xml = canonicalText(isWhole ? document : nodeOf(element), prefixes)
        return Buffer.from(
          without === undefined ? xml : canonicalWithout(xml, indexOf(element, without), prefixes),
          'utf8',
        )
      },
      [Symbol.dispose]: () => document.dispose(),
    }
  } catch (error) {
    document.dispose()
    throw error
  }
}

/** Reads a document that needs no canonical form. Throws `Refused`. */
export function readXml(bytes: Uint8Array): XmlElement {
  using document = openXml(bytes)
  return document.root
}

function inContext(text: string, context: NamespaceMap): string {
  const declared = Object.entries(context)
    .filter(([prefix, uri]) => prefix !== 'xml' && uri !== '')
    .map(([prefix, uri]) => ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${uri.replaceAll(/[&<"]/g, escaped)}"`)
  return `<context${declared.join('')}>${text}</context>`
}

function escaped(character: string): string {
  return `&#${character.charCodeAt(0)};`
}

function onlyChild(context: LibraryElement): LibraryElement {
  const child = context.firstChild
  if (child instanceof LibraryElement && child.next === null) return child
  return refuse('wrong_structure', 'something else than one element')
}

function parse(text: string): LibraryDocument {
  const document = parseStrictly(text)
  const [warning] = document.warnings
  if (warning === undefined) return document
  document.dispose()
  return refuse('unreadable', shown(warning.message.trim()))
}

function parseStrictly(text: string): LibraryDocument {
  try {
    return LibraryDocument.fromString(text, { option: ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NONET })
  } catch (error) {
    return refuse('unreadable', shown(error instanceof Error ? error.message.trim() : 'not well-formed'))
  }
}

function canonicalText(of: LibraryDocument | LibraryElement, prefixes: readonly string[]): string {
  const options = { mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0, inclusiveNamespacePrefixes: [...prefixes] }
  try {
    return of.canonicalizeToString(options)
  } catch {
    return refuse('unreadable', 'an element has no canonical form (a namespace that is no absolute address)')
  }
}

/** The element's canonical form is read again for this: taken out of a copy, nothing dangles in the tree at hand. */
function canonicalWithout(xml: string, index: number, prefixes: readonly string[]): string {
  using copied = parse(xml)
  let child: XmlTreeNode | null = copied.root.firstChild
  for (let left = index; ; child = child.next) {
    if (child === null) throw new Error('the canonical form has lost a child')
    if (child instanceof LibraryElement && left-- === 0) break
  }
  child.remove()
  return canonicalText(copied, prefixes)
}

/** Its place among the elements: text between them may be split otherwise. */
function indexOf(parent: XmlElement, child: XmlElement): number {
  const index = parent.children.filter(each => typeof each !== 'string').indexOf(child)
  if (index === -1) throw new Error('the element is no child of that one')
  return index
}

/** Bounded here, before anything whose cost grows faster than the text does: canonical form looks through all namespaces in scope again and again. */
function copy(root: LibraryElement, nodes: Map<XmlElement, LibraryElement>): XmlElement {
  let attributesLeft = attributesMax
  const copyElement = (node: LibraryElement, depth: number, outerScope: number): XmlElement => {
    if (depth > depthMax) refuse('too_large', `elements lie deeper than ${depthMax}`)
    const scope = outerScope + Object.keys(node.nsDeclarations).length
    if (scope > namespacesMax) refuse('too_large', `more than ${namespacesMax} namespaces in scope`)
    const attributes = node.attrs.map(({ name, namespaceUri, value }) => ({ name, namespace: namespaceUri, value }))
    attributesLeft -= attributes.length
    if (attributesLeft < 0 || attributes.length > elementAttributesMax) refuse('too_large', 'too many attributes')
    const children: (XmlElement | string)[] = []
    const element = { name: node.name, namespace: node.namespaceUri, attributes, children }
    nodes.set(element, node)
    if (nodes.size > elementsMax) refuse('too_large', `more than ${elementsMax} elements`)
    for (let child: XmlTreeNode | null = node.firstChild; child !== null; child = child.next)
      children.push(child instanceof LibraryElement ? copyElement(child, depth + 1, scope) : copyText(child))
    return element
  }
  return copyElement(root, 1, 0)
}

function copyText(node: XmlTreeNode): string {
  if (!(node instanceof XmlText)) refuse('forbidden_markup', 'something that is neither element nor text')
  return node.content
}

const depthMax = 48
/** Two thousand groups, each a value of its own. */
const elementsMax = 2_500
const attributesMax = 5_000
const elementAttributesMax = 32
/** Declared by an element and those round it. */
const namespacesMax = 48
