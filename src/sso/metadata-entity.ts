import { ns } from './namespaces.ts'
import { shown } from './refused.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, childrenOf, descendantsOf, is } from './xml-read.ts'

export interface FoundEntity {
  readonly kind: 'found'
  readonly entity: XmlElement
  /** Its IDPSSODescriptor for SAML 2.0. */
  readonly role: XmlElement
  /** Every `validUntil` that holds for it, its own and those around it. */
  readonly ends: readonly string[]
}

/** The identity provider of a document: of one entity, or of several of which one is an identity provider or is named. */
export function chooseEntity(
  root: XmlElement,
  entityId: string | null,
): FoundEntity | { readonly kind: 'none'; readonly problem: string } {
  if (!is(root, ns.metadata, 'EntityDescriptor') && !is(root, ns.metadata, 'EntitiesDescriptor'))
    return none(`the document is a ${shown(root.name)}: it must be an EntityDescriptor of SAML 2.0 metadata`)
  const parents = new Map([...descendantsOf(root)].map(({ element, parent }) => [element, parent]))
  const entities = [...parents.keys()].filter(element => is(element, ns.metadata, 'EntityDescriptor'))
  const providers = entities.filter(entity => rolesOf(entity).length > 0)
  const named = entityId === null ? providers : providers.filter(one => attributeOf(one, 'entityID') === entityId)
  const [entity, ...others] = named
  if (entity === undefined) return none(whyNone(entities, providers, entityId))
  if (others.length > 0)
    return none(`it describes ${named.length} identity providers: name one with --entity (${namesOf(named)})`)
  const [role, ...more] = rolesOf(entity)
  if (role === undefined || more.length > 0)
    return none(`it has ${more.length + 1} IDPSSODescriptors for SAML 2.0: it must have one`)
  return { kind: 'found', entity, role, ends: endsOf(role, parents) }
}

function none(problem: string): { readonly kind: 'none'; readonly problem: string } {
  return { kind: 'none', problem }
}

function rolesOf(entity: XmlElement): readonly XmlElement[] {
  return childrenOf(entity, ns.metadata, 'IDPSSODescriptor').filter(role =>
    (attributeOf(role, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(ns.protocol),
  )
}

function whyNone(entities: readonly XmlElement[], providers: readonly XmlElement[], entityId: string | null): string {
  if (entityId !== null && providers.length > 0)
    return `it describes no identity provider ${shown(entityId)}: it has ${namesOf(providers)}`
  if (entities.some(entity => childrenOf(entity, ns.metadata, 'IDPSSODescriptor').length > 0))
    return 'its IDPSSODescriptor does not support SAML 2.0 (protocolSupportEnumeration): switch it on at the provider'
  if (entities.some(entity => childrenOf(entity, ns.metadata, 'SPSSODescriptor').length > 0))
    return 'it describes a service provider: the metadata of the identity provider is needed'
  return 'it describes no identity provider (no IDPSSODescriptor)'
}

function namesOf(entities: readonly XmlElement[]): string {
  const names = entities.slice(0, 10).map(entity => shown(attributeOf(entity, 'entityID')))
  return names.join(', ') + (entities.length > 10 ? ', …' : '')
}

function endsOf(role: XmlElement, parents: ReadonlyMap<XmlElement, XmlElement | null>): readonly string[] {
  const ends: string[] = []
  for (let element: XmlElement | null = role; element !== null; element = parents.get(element) ?? null) {
    const end = attributeOf(element, 'validUntil')
    if (end !== null) ends.push(end)
  }
  return ends
}
