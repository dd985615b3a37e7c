// The field names of our contract with backends (docs/headers.md is compared with these). Names are compared folded, because
// CGI, WSGI, PHP and Rack read `X_Auth_User` and `X.Auth.User` as `X-Auth-User` (oauth2-proxy CVE-2025-64484, Traefik GHSA-5m6w-wvh7-57vm).

/** Plain identity fields that a route can ask for, with what stands in them. */
export const identityFields = {
  'X-Auth-User': 'subject',
  'X-Auth-Email': 'email',
  'X-Auth-Org': 'organization',
  'X-Auth-Roles': 'roles',
  'X-Auth-Method': 'methods',
} as const

export type IdentityField = keyof typeof identityFields

/** Where the signed token travels unless configuration names another field. */
export const defaultTokenField = 'X-Auth-Token'

/** Everything that begins so belongs to the gateway, in both directions, whether it sets it or not. */
export const reservedPrefix = 'x-auth-'

/** Rebuilt from what the gateway knows, on every request. */
export const rebuiltFields = [
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'Forwarded',
] as const

/** Names by which other proxies speak of client, scheme, host, path, method or user. We never set them; a client never may (folded). */
export const removedFields: ReadonlySet<string> = new Set([
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'x-remote-ip',
  'x-remote-addr',
  'x-proxyuser-ip',
  'client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'fastly-client-ip',
  'x-azure-clientip',
  'x-appengine-user-ip',
  'x-envoy-external-address',
  'x-envoy-original-path',
  'proxy-client-ip',
  'wl-proxy-client-ip',
  'remote-addr',
  'remote-user',
  'x-remote-user',
  'x-remote-groups',
  'x-authenticated-user',
  'x-scheme',
  'x-url-scheme',
  'front-end-https',
  'x-host',
  'x-original-host',
  'x-original-url',
  'x-original-uri',
  'x-original-method',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // Next.js CVE-2025-29927: its own marker, believed from outside.
  'x-middleware-subrequest',
  // httpoxy, CVE-2016-5385: CGI turns it into HTTP_PROXY.
  'proxy',
])

/** All of them begin a family that is ours to rebuild. */
export const forwardedPrefix = 'x-forwarded-'

/** RFC 9110 §7.6.1 and its forerunners: meant for this connection alone. */
export const hopByHopFields: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Fields that a message needs to be what it is: `Connection` cannot name them away (RFC 9110 §7.6.1 forbids to try). */
const unnameableFields: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'content-range',
  'cache-control',
  'cookie',
  'set-cookie',
  'authorization',
  'origin',
])

/** Lower case, every run of characters that are no letters and no digits is one `-`, none at the start: what the most forgiving backend makes of a name. */
export function foldName(name: string): string {
  const lower = name.toLowerCase()
  return simpleName.test(lower) ? lower : lower.replaceAll(/[^a-z0-9]+/g, '-').replace(/^-/, '')
}

/** Without the `-` of signs at its end. `x-auth-` keeps being one of a family, so this is for whole names only. */
export function bareName(folded: string): string {
  return folded.endsWith('-') ? folded.slice(0, -1) : folded
}

const simpleName = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** Whether a client may not say this to a backend, nor a backend to a client. `tokenFields` are the folded names that tokens travel in. */
export function isReserved(folded: string, tokenFields: ReadonlySet<string>): boolean {
  return folded.startsWith(reservedPrefix) || tokenFields.has(bareName(folded))
}

/** The lower-case names that the message's `Connection` fields name as its own hop's. */
export function nominatedFields(headers: readonly string[]): ReadonlySet<string> {
  let nominated: Set<string> | undefined
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]
    if (name?.length !== 10 || name.toLowerCase() !== 'connection') continue
    for (const option of (headers[i + 1] ?? '').split(',')) {
      const named = option.trim().toLowerCase()
      if (named !== '' && !unnameableFields.has(named)) nominated = (nominated ?? new Set()).add(named)
    }
  }
  return nominated ?? none
}

const none: ReadonlySet<string> = new Set()
