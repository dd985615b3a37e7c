/**
 * Origins that people may be sent to, and that pages of ours may be asked from. `https://*.example.com` lists every host that is exactly
 * one label longer, under that scheme and port and no other.
 */
export interface ListedOrigins {
  has(url: URL): boolean
  /** The listed origin of a host that was asked for; undefined for one that nobody listed. `authority`: with its port. */
  ofHost(asked: { readonly host: string; readonly authority: string }): string | undefined
}

export function createListedOrigins(origins: readonly string[]): ListedOrigins {
  const wildcards = origins.map(readWildcard).filter(wildcard => wildcard !== null)
  const named = origins.filter(origin => readWildcard(origin) === null).map(origin => new URL(origin))
  const exact = new Set(named.map(({ origin }) => origin))
  const byAuthority = new Map(named.map(({ host, origin }) => [host, origin]))
  const byHost = new Map(named.map(({ hostname, origin }) => [hostname, origin]))
  return {
    has: url =>
      exact.has(url.origin) ||
      wildcards.some(each => url.protocol === each.protocol && url.port === each.port && isOneLabelLonger(url, each)),
    ofHost({ host, authority }) {
      const found = byAuthority.get(authority) ?? byHost.get(host)
      if (found !== undefined) return found
      const wildcard = wildcards.find(each => isOneLabelLonger({ hostname: host }, each))
      if (wildcard === undefined) return undefined
      return `${wildcard.protocol}//${host}${wildcard.port === '' ? '' : `:${wildcard.port}`}`
    },
  }
}

interface Wildcard {
  readonly protocol: string
  readonly port: string
  /** `.example.com` */
  readonly ending: string
}

function readWildcard(origin: string): Wildcard | null {
  const [, scheme, rest] = /^(https?):\/\/\*\.(.+)$/.exec(origin) ?? []
  if (scheme === undefined || rest === undefined) return null
  const { protocol, port, hostname } = new URL(`${scheme}://${rest}`)
  return { protocol, port, ending: `.${hostname}` }
}

/** Byte by byte, and nothing but letters, digits and hyphens in front: no other spelling of a host, and no second label, comes through. */
function isOneLabelLonger({ hostname }: { readonly hostname: string }, { ending }: Wildcard): boolean {
  return hostname.endsWith(ending) && label.test(hostname.slice(0, -ending.length))
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
