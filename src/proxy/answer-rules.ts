import type { Fault } from '../lib/fault.ts'
import { fieldValue } from '../lib/request-head.ts'
import type { ParsedHead } from '../wire/llhttp.ts'
import { refusal } from '../wire/refusals.ts'

// What the parser leaves to us in an answer's head, beside the fields themselves (response-headers.ts).

/** Interim answers to one request: each is written to the client, which may not be reading. */
export const interimMax = 32

/** What no upstream may answer; null when it may. `wanted` is the protocol that was asked for. */
export function faultOfAnswer({ status, version, headers }: ParsedHead, wanted: string | undefined): Fault | null {
  if (version !== '1.1' && version !== '1.0') return refusal('answer-version', { detail: `HTTP/${version}` })
  // RFC 9112 §6.1: a coding from a 1.0 server has come over a relay that does not know of it.
  if (version === '1.0' && fieldValue(headers, 'transfer-encoding') !== undefined)
    return refusal('answer-coding-in-1.0')
  if (status < 100 || status > 599) return refusal('answer-status', { detail: String(status) })
  const fault = status === 101 ? faultOfSwitch(headers, wanted) : null
  return fault === null ? null : refusal('answer-switch', { detail: fault })
}

/** Without exactly what was asked for it would leave the connection in a protocol that we do not know (RFC 9110 §7.8). */
function faultOfSwitch(headers: readonly string[], wanted: string | undefined): string | null {
  if (wanted === undefined) return 'unasked'
  if (fieldValue(headers, 'upgrade')?.trim().toLowerCase() !== wanted) return 'to another protocol'
  const length = fieldValue(headers, 'content-length')
  if (fieldValue(headers, 'transfer-encoding') !== undefined || (length !== undefined && length.trim() !== '0'))
    return 'with a body'
  return null
}

/** What an upstream may ask for by `Keep-Alive: timeout=`, and how long before that we let go: a request must not meet its close. */
const keptMs = { most: 600_000, margin: 2000 }

/** RFC 9112 §9.3 leaves it to the upstream how long it keeps a connection; many say so. */
export function keptMsOf(headers: readonly string[]): number | null {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (name.length !== 10 || name.toLowerCase() !== 'keep-alive') continue
    const seconds = /(?:^|[,;\s])timeout=([0-9]{1,9})/i.exec(headers[i + 1] ?? '')?.[1]
    if (seconds !== undefined) return Math.min(Math.max(0, Number(seconds) * 1000 - keptMs.margin), keptMs.most)
  }
  return null
}
