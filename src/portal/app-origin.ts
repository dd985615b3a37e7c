import { createListedOrigins } from '../http/listed-origins.ts'
import type { RequestHead } from '../lib/request-head.ts'

/**
 * The listed origin of the application that was asked for; undefined for a host that nobody listed. Scheme and port are never a request's,
 * and of its Host only the one label that a wildcard leaves open.
 */
export function appOriginOf(appOrigins: readonly string[], head: RequestHead): string | undefined {
  return createListedOrigins(appOrigins).ofHost(head)
}
