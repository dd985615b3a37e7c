import type { Fault } from '../lib/fault.ts'
import type { RequestHead } from '../lib/request-head.ts'
import { cameSecurely, findClient, type TrustedProxies } from './client-address.ts'
import type { ConnectionFacts } from './connection-host.ts'
import { type RawHead, readFields } from './fields.ts'
import { refusal } from './refusals.ts'
import { readTarget } from './target.ts'

export interface HeadRules {
  /** Read anew for each request: it may be a getter. */
  readonly proxies: TrustedProxies
  readonly fieldsMax: number
  readonly targetBytesMax: number
  /** Host names, lower case, without ports. Others are misdirected: links and cookies must never be made for a name we do not own. */
  serves(host: string): boolean
}

export type HeadReading =
  | { readonly kind: 'read'; readonly head: RequestHead; readonly expectsContinue: boolean }
  | { readonly kind: 'refused'; readonly fault: Fault }

/** Turns a parsed head into the one that the house works on, or says why it is refused. Knows no parser and no socket. */
export function readHead(raw: RawHead, about: ConnectionFacts, rules: HeadRules): HeadReading {
  const fields = readFields(raw, rules.fieldsMax)
  if (fields.kind === 'refused') return fields
  if (raw.target.length > rules.targetBytesMax) return { kind: 'refused', fault: refusal('target-bytes') }
  const target = readTarget(raw.target)
  if (target.kind === 'refused') return { kind: 'refused', fault: refusal(target.why) }
  const { host, authority, bodyLength, upgrade, expectsContinue } = fields.framing
  if (!rules.serves(host)) return { kind: 'refused', fault: refusal('host-not-served') }
  const { peer, named } = about
  return {
    kind: 'read',
    expectsContinue,
    head: {
      method: raw.method,
      target: target.target,
      path: target.path,
      host,
      authority,
      secure: about.secure || (named === null && cameSecurely(peer, raw.headers, rules.proxies)),
      headers: raw.headers,
      client: named ?? findClient(peer, raw.headers, rules.proxies),
      bodyLength,
      upgrade,
    },
  }
}
