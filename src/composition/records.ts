import type { RefusalRecord, UnwrittenRefusal } from '../journal/receipt.ts'
import type { RequestHead } from '../lib/request-head.ts'
import type { Gate } from '../policy/gate.ts'
import type { Entrance, Walks } from '../policy/plan.ts'
import { createTraceWriter, describeVerdict } from '../policy/trace.ts'
import type { Decision } from '../policy/verdict.ts'
import type { PartialHead } from '../wire/partial-head.ts'

/** Makes the record that `sekisho explain` reads later: the verdict, and the walk with the facts of that moment. */
export interface RecordMaker {
  refusal(receipt: string, entrance: Entrance, head: RequestHead, decision: Decision): UnwrittenRefusal
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
  const writeTrace = createTraceWriter(walkCharactersMax)
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
    refusal: (receipt, entrance, head, decision) =>
      new GateRefusal(receipt, head, {
        ...{ at: now(), policyVersion: policyVersion() },
        ...{ entrance, decision, walk: walks[entrance], writeTrace },
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

/** What a gate refused, as it was known then. Of the head only what is told: a flood must not keep cookies and fields in memory. */
class GateRefusal implements UnwrittenRefusal {
  readonly receipt: string
  readonly entrance: Entrance
  readonly gate: Decision['gate']
  readonly #method: string
  readonly #host: string
  readonly #path: string
  readonly #address: string
  readonly #moment: Moment

  constructor(receipt: string, { method, host, path, client }: RequestHead, moment: Moment) {
    this.receipt = receipt
    this.entrance = moment.entrance
    this.gate = moment.decision.gate
    this.#method = method
    this.#host = host
    this.#path = path
    this.#address = client.address.text
    this.#moment = moment
  }

  write(): RefusalRecord {
    const { at, policyVersion, walk, decision, writeTrace } = this.#moment
    return {
      receipt: this.receipt,
      at,
      method: this.#method,
      host: this.#host,
      path: pathForRecords(this.#path),
      address: this.#address,
      policyVersion,
      entrance: this.entrance,
      verdict: describeVerdict(decision.verdict),
      gate: this.gate,
      rule: decision.rule,
      accountId: decision.learned.account?.id ?? null,
      organizationId: decision.learned.organization?.id ?? null,
      walk: writeTrace(walk, decision),
      fault: null,
    }
  }
}

interface Moment {
  readonly at: number
  readonly policyVersion: string
  readonly entrance: Entrance
  readonly walk: readonly Gate[]
  readonly decision: Decision
  readonly writeTrace: ReturnType<typeof createTraceWriter>
}
