/** Where identity providers and browsers find us for one organization. The entity id is the address of our metadata (metadata 4.1.1). */
export interface SamlAddresses {
  readonly entityId: string
  readonly start: string
  readonly acs: string
  readonly logout: string
}

export function samlAddresses(portalOrigin: string, slug: string): SamlAddresses {
  const base = `${portalOrigin}/saml/${slug}`
  return { entityId: `${base}/metadata`, start: `${base}/start`, acs: `${base}/acs`, logout: `${base}/slo` }
}
