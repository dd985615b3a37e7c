import type { GatewayFile } from './gateway-schema.ts'
import type { Problem } from './problem.ts'
import type { YamlSource } from './yaml-source.ts'

/** What holds between sections of gateway.yaml. Sections that are broken themselves are left out: they have been told already. */
export function checkGatewayRules(file: Partial<GatewayFile>, source: YamlSource): readonly Problem[] {
  return [
    ...insecurePortal(file, source),
    ...openOperator(file, source),
    ...mailInTheClear(file, source),
    ...ownIssuer(file, source),
    ...plainPortal(file, source),
  ]
}

// `__Host-` cookies need TLS; plain HTTP is for one's own machine, and has to be asked for.
function insecurePortal({ portal, development }: Partial<GatewayFile>, source: YamlSource): Problem[] {
  if (portal === undefined || development === undefined) return []
  const { protocol, hostname } = new URL(portal.origin)
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  if (protocol === 'http:' && !isLocal)
    return [
      source.problemAt(
        ['portal', 'origin'],
        `found "${portal.origin}"; expected https, because sessions would be read on the way; write https:// (http is for localhost alone)`,
      ),
    ]
  if (protocol === 'http:' && !development.insecureCookies)
    return [
      source.problemAt(
        ['portal', 'origin'],
        `found "${portal.origin}"; expected https, or development: { insecureCookies: true } with it; add that for development`,
      ),
    ]
  if (protocol === 'https:' && development.insecureCookies)
    return [
      source.problemAt(
        ['development', 'insecureCookies'],
        'found true; expected it only with a portal on http://localhost or http://*.localhost; remove it',
      ),
    ]
  return []
}

// Whoever reaches the operators' API governs everything.
function openOperator({ operator }: Partial<GatewayFile>, source: YamlSource): Problem[] {
  if (operator === undefined || operator.token !== undefined || operator.listen.unix !== undefined) return []
  const { address } = operator.listen
  if (address.startsWith('127.') || address === '::1') return []
  return [
    source.problemAt(
      ['operator', 'listen', 'address'],
      `found "${address}"; expected a loopback address, or operator.token with it, because whoever reaches this governs everything; add a token`,
    ),
  ]
}

function mailInTheClear({ mail }: Partial<GatewayFile>, source: YamlSource): Problem[] {
  const smtp = mail?.smtp
  const isLocal = smtp?.host === 'localhost' || smtp?.host.startsWith('127.') === true
  if (smtp?.tls !== 'off' || isLocal) return []
  return [
    source.problemAt(
      ['mail', 'smtp', 'tls'],
      'found "off"; expected starttls or implicit, because reset mails would be read on the way; off is for a server on this machine',
    ),
  ]
}

function ownIssuer({ portal, identityToken }: Partial<GatewayFile>, source: YamlSource): Problem[] {
  const header = identityToken?.header.toLowerCase() ?? ''
  const taken = ['authorization', 'cookie', 'host', 'connection', 'content-length', 'transfer-encoding']
  if (portal === undefined || !taken.includes(header)) return []
  return [
    source.problemAt(
      ['identityToken', 'header'],
      `found "${header}"; expected a field of its own; name another, or write tokenAs: bearer on the routes that want it in Authorization`,
    ),
  ]
}

// Browsers would come over TLS and be sent to a plain address, and their cookies would not be `__Host-` ones.
function plainPortal({ portal, listen }: Partial<GatewayFile>, source: YamlSource): Problem[] {
  if (portal === undefined || listen?.tls === undefined || portal.origin.startsWith('https:')) return []
  return [
    source.problemAt(
      ['portal', 'origin'],
      `found "${portal.origin}" with listen.tls; expected https; write https://, or leave listen.tls out`,
    ),
  ]
}
