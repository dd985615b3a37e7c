import type { RefusalRecord } from '../journal/receipt.ts'
import type { RequestHead } from '../lib/request-head.ts'
import type { Entrance, Walks } from '../policy/plan.ts'
import { describeVerdict, type TraceStep, traceOf } from '../policy/trace.ts'
import type { Decision } from '../policy/verdict.ts'
import type { PartialHead } from '../wire/partial-head.ts'

/** Makes the record that `sekisho explain` reads later: the verdict, and the walk with the facts of that moment. */
export interface RecordMaker {
  refusal(receipt: string, entrance: Entrance, head: RequestHead, decision: Decision): RefusalRecord
  fault(receipt: string, head: RequestHead, code: string, cause: string): RefusalRecord
  /** A message that never became a request. */
  unread(receipt: string, partial: PartialHead, code: string, cause: string): RefusalRecord
}

export interface RecordMakerNeeds {
  readonly walks: Walks
  readonly now: () => number
  /** Digest of the policies that speak now. */
  readonly policyVersion: () => string
}

const pathCharactersMax = 512
const walkCharactersMax = 8_192

export function createRecordMaker({ walks, now, policyVersion }: RecordMakerNeeds): RecordMaker {
  const common = (receipt: string, head: RequestHead) => ({
    receipt,
    at: now(),
    method: head.method,
    host: head.host,
    path: pathForRecords(head.path),
    address: head.client.address.text,
    policyVersion: policyVersion(),
  })
  return {
    refusal: (receipt, entrance, head, decision) => ({
      ...common(receipt, head),
      entrance,
      verdict: describeVerdict(decision.verdict),
      gate: decision.gate,
      rule: decision.rule,
      accountId: decision.learned.account?.id ?? null,
      organizationId: decision.learned.organization?.id ?? null,
      walk: textOf(traceOf(walks[entrance], decision)),
      fault: null,
    }),
    fault: (receipt, head, code, cause) => ({ ...common(receipt, head), ...faulted(code, cause) }),
    unread: (receipt, { method, target, peer }, code, cause) => ({
      receipt,
      at: now(),
      method: method ?? '-',
      host: '-',
      path: pathForRecords(target?.split('?')[0] ?? '-'),
      address: peer,
      policyVersion: policyVersion(),
      ...faulted(code, cause),
    }),
  }
}

/**
 * A path as logs and records may keep it. Below `/reset/` lies the ticket of a mailed link, on whatever host it was opened: whoever reads
 * a log must not be able to choose somebody's password.
 */
export function pathForRecords(path: string): string {
  return path.replace(/^(\/+reset\/+)(?!choose$).+$/i, '$1…').slice(0, pathCharactersMax)
}

/** Cut in the middle, nobody could read it: facts of gates that let through go first, then all. */
function textOf(trace: readonly TraceStep[]): string {
  const last = trace.length - 1
  const whole = JSON.stringify(trace)
  if (whole.length <= walkCharactersMax) return whole
  const short = JSON.stringify(trace.map((step, i) => (i === last ? step : { ...step, facts: {} })))
  return short.length <= walkCharactersMax ? short : JSON.stringify(trace.map(step => ({ ...step, facts: {} })))
}

function faulted(code: string, cause: string) {
  return {
    entrance: '-',
    verdict: 'fault',
    gate: null,
    rule: null,
    accountId: null,
    organizationId: null,
    walk: '[]',
    fault: `${code}: ${cause}`.slice(0, pathCharactersMax),
  }
}
