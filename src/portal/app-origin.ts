import type { RequestHead } from '../lib/request-head.ts'

/** The listed origin of the application that was asked for; undefined for a host that nobody listed. Addresses are never built from a Host. */
export function appOriginOf(appOrigins: readonly string[], head: RequestHead): string | undefined {
  const urls = appOrigins.map(origin => new URL(origin))
  const found = urls.find(({ host }) => host === head.authority) ?? urls.find(url => url.hostname === head.host)
  return found?.origin
}
