import { Resolver } from 'node:dns/promises'
import type { Clock } from '../lib/clock.ts'
import { reasonOf } from './connect.ts'

/** What a name says about itself in the DNS (TXT records). Never throws for what the network does. */
export type ReadTextRecords = (name: string) => Promise<TextRecords>

export type TextRecords =
  | { readonly kind: 'found'; readonly texts: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly why: string }

export interface TextRecordsNeeds {
  readonly clock: Clock
  /** Name servers as `address:port`; absent: those of the machine. */
  readonly servers?: readonly string[]
}

const wholeMs = 5_000
const tryMs = 2_000

/** Asks for at most five seconds, whatever the name servers do. */
export function createTextRecords({ clock, servers }: TextRecordsNeeds): ReadTextRecords {
  return async name => {
    const resolver = new Resolver({ timeout: tryMs, tries: 2 })
    if (servers !== undefined) resolver.setServers(servers)
    const cancel = clock.after(wholeMs, () => resolver.cancel())
    try {
      // RFC 7208 §3.3: the strings of one record are one text, joined without spaces.
      const records = await resolver.resolveTxt(name)
      return { kind: 'found', texts: records.map(parts => parts.join('')) }
    } catch (cause) {
      return isAbsent(cause) ? { kind: 'none' } : { kind: 'failed', why: reasonOf(cause) }
    } finally {
      cancel()
    }
  }
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOTFOUND' || cause.code === 'ENODATA')
}
