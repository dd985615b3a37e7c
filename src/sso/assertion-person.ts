import { ns } from './namespaces.ts'
import type { ResponseQuestion } from './reading.ts'
import { redactName } from './redaction.ts'
import { refuse, shown } from './refused.ts'
import { plainText, plainTextOf } from './response-values.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, childrenOf, elementsOf, is, onlyTextOf } from './xml-read.ts'

export type Attributes = Readonly<Record<string, readonly string[]>>

export interface Person {
  readonly nameId: string
  readonly nameIdFormat: string | null
  readonly email: string
  readonly attributes: Attributes
}

type Settings = ResponseQuestion['provider']['settings']

/** Whom the assertion speaks of: one NameID, and the address that the organization has chosen to go by. Throws `Refused`. */
export function readPerson(
  assertion: XmlElement,
  subject: XmlElement,
  { emailAttribute }: Pick<Settings, 'emailAttribute'>,
): Person {
  const [name, ...others] = elementsOf(subject).filter(child => child.name !== 'SubjectConfirmation')
  if (name === undefined || others.length > 0 || name.namespace !== ns.assertion || name.name !== 'NameID')
    return refuse('name_id', 'the subject is not exactly one NameID')
  const nameId = plainTextOf(name, 'name_id')
  const nameIdFormat = attributeOf(name, 'Format')
  const attributes = readAttributes(assertion)
  const email =
    emailAttribute === null ? emailOfName(nameId, nameIdFormat) : emailOfAttribute(attributes, emailAttribute)
  return { nameId, nameIdFormat, email, attributes }
}

/** A persistent or transient identifier that happens to look like an address is none: the provider has said so. */
function emailOfName(nameId: string, format: string | null): string {
  if (format !== null && !addressFormats.includes(format))
    refuse('name_id', `the Format of NameID is ${shown(format)}, and no attribute is named that holds the address`)
  return expectAddress(nameId, 'NameID')
}

function emailOfAttribute(attributes: Attributes, name: string): string {
  const values = attributes[name] ?? []
  const [value] = values
  if (value === undefined || values.length !== 1)
    return refuse('name_id', `the attribute ${shown(name)} has ${values.length} values, expected one`)
  return expectAddress(plainText(value, `the attribute ${shown(name)}`, 'name_id'), `the attribute ${shown(name)}`)
}

function expectAddress(text: string, what: string): string {
  return /^[^\s@]+@[^\s@]+$/.test(text)
    ? text
    : refuse('name_id', `${what} is ${shown(redactName(text))}, which is no e-mail address`)
}

/** By name, all values of a name together. Nothing is inherited: `constructor` is absent. */
function readAttributes(assertion: XmlElement): Attributes {
  const attributes: Record<string, readonly string[]> = Object.create(null)
  const all = childrenOf(assertion, ns.assertion, 'AttributeStatement').flatMap(elementsOf)
  for (const attribute of all) {
    const name = attributeOf(attribute, 'Name')
    if (!is(attribute, ns.assertion, 'Attribute') || name === null)
      return refuse('wrong_structure', `an AttributeStatement holds ${shown(attribute.name)}`)
    attributes[name] = [...(attributes[name] ?? []), ...valuesOf(attribute)]
  }
  return attributes
}

/** What holds more than text is passed over. */
function valuesOf(attribute: XmlElement): readonly string[] {
  return childrenOf(attribute, ns.assertion, 'AttributeValue')
    .map(onlyTextOf)
    .filter(text => text !== null)
}

const addressFormats = [
  'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
  'urn:oasis:names:tc:SAML:2.0:nameid-format:unspecified',
]
