import type { FaultCode } from '../lib/fault.ts'

/** A row of the table of refusals (refusals.ts). */
export interface MessageRule {
  readonly code: FaultCode
  readonly rule: string
  /** RFC clause, advisory or weakness. */
  readonly source: string
  readonly helps: string
  /** What HTTP/2 says in place of a status, where it has to end a stream or the whole connection. */
  readonly frame?: string
}

export const hostile = 'nothing here: the client, or a proxy before the gateway, is broken or tries something'
const backend = 'mend the application: its answer could be read in two ways, and nothing of it was handed on'

export function cap(code: FaultCode, rule: string, source: string, helps: string): MessageRule {
  return { code, rule, source, helps }
}

export function bad(rule: string, source: string, code: FaultCode = 'bad_request'): MessageRule {
  return { code, rule, source, helps: hostile }
}

export function target(rule: string, source: string): MessageRule {
  return bad(rule, source, 'ambiguous_target')
}

export function answer(rule: string, source: string): MessageRule {
  return { code: 'upstream_broken', rule, source, helps: backend }
}
