import type { Fault } from '../lib/fault.ts'
import { isoInstant } from '../lib/instant.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { RefusalRecord, UnwrittenRefusal } from './receipt.ts'
import type { Receipts } from './receipts.ts'
import type { AnsweredRequest } from './request-line.ts'

// The journal owns what is told about events: for each one function that writes the log line and counts the metric.
// It never decides, never waits, and never sees a secret. Audit rows are not written here: they commit with the change itself (stores).
// Start reading at `Journal`.

export interface Journal {
  /** Every answered request, once. */
  answered(request: AnsweredRequest): void
  /** Refused by a gate: kept for `sekisho explain`. */
  refused(refusal: UnwrittenRefusal, reason: string): void
  /** Ended in a fault: the client saw the public text, this keeps the cause. */
  faulted(record: RefusalRecord, fault: Fault): void
  signedIn(
    outcome: SignInOutcome,
    facts: { receipt: string; accountId: string | null; organizationId: string | null },
  ): void
  /** A try met a closed budget or a ban; `by`: which. Kept for `sekisho explain`; to whoever tried it read as a wrong password or code. */
  regulated(record: RefusalRecord, by: string): void
  /** The detection of credential stuffing changed its step. */
  threatChanged(facts: { threat: string; from: string; to: string } & Readonly<Record<string, string | number>>): void
  /** An answer of an organization's identity provider; a refused one is kept for `sekisho explain`. */
  providerAnswered(
    record: RefusalRecord | null,
    facts: { receipt: string; outcome: string; purpose: string; organizationId: string | null },
  ): void
  cut(reason: string, facts: { accountId: string | null; sessionId: string | null }): void
  mailed(outcome: 'sent' | 'retry' | 'failed' | 'ambiguous', facts: { id: number; kind: string; tries: number }): void
  /** `waitForRestart`: keys that have changed since the start and are read at the start only. */
  configurationLoaded(facts: { digest: string; testsRun: number; waitForRestart: readonly string[] }): void
  configurationRefused(problems: readonly string[]): void
  /** Organizations that stood in the files and stand there no more: their people and rules stay as they were. */
  organizationsOrphaned(slugs: readonly string[]): void
  /** `aside`: requests pass an address over from now on; else it is back. */
  upstreamChanged(facts: { upstream: string; address: string; aside: boolean }): void
  certificateLoaded(facts: CertificateFacts): void
  /** What lies in the files cannot be used; the certificate before stays in force. */
  certificateRefused(facts: { file: string; why: string }): void
  certificateEnding(facts: CertificateFacts): void
  /** A TLS handshake of a client came to nothing; `reason` in the words of OpenSSL. */
  handshakeFailed(reason: string): void
  started(facts: Readonly<Record<string, unknown>>): void
  stopping(facts: { reason: string }): void
  /** Lines go into a file of the configured name from now on: rotation may have moved the one before. */
  reopen(): void
  /** Something of ours failed in the background; the gateway goes on. */
  trouble(what: string, cause: unknown): void
}

export interface CertificateFacts {
  readonly file: string
  readonly names: readonly string[]
  /** Unix milliseconds. */
  readonly endsAt: number
}

export type SignInOutcome = 'opened' | 'wrong' | 'regulated' | 'challenged' | 'refused' | 'wrong_code'

export function createJournal(log: Log, metrics: Metrics, receipts: Receipts): Journal {
  return {
    answered(request) {
      metrics.requests.add({ verdict: request.verdict, status: String(request.status) })
      metrics.duration.observe(request.durationMs / 1000)
      log.request(request)
    },
    refused(refusal, reason) {
      metrics.refusals.add({ entrance: refusal.entrance, gate: refusal.gate ?? '-', reason })
      receipts.refused(refusal)
    },
    faulted: (record, fault) => faulted({ log, metrics, receipts }, record, fault),
    signedIn(outcome, facts) {
      metrics.signIns.add({ outcome })
      log.write('info', 'sign_in', { outcome, ...facts })
    },
    regulated(record, by) {
      receipts.refused(record)
      log.write('info', 'regulated', { receipt: record.receipt, by })
    },
    threatChanged(facts) {
      metrics.threats.add({ to: facts.to })
      log.write('warn', 'threat', facts)
    },
    providerAnswered: (record, facts) => providerAnswered({ log, metrics, receipts }, record, facts),
    cut(reason, facts) {
      metrics.cuts.add({ reason })
      log.write('info', 'connection_cut', { reason, ...facts })
    },
    mailed(outcome, facts) {
      metrics.mails.add({ outcome })
      log.write(outcome === 'sent' ? 'info' : 'warn', 'mail', { outcome, ...facts })
    },
    configurationLoaded(facts) {
      metrics.reloads.add({ outcome: 'loaded' })
      log.write(facts.waitForRestart.length === 0 ? 'info' : 'warn', 'configuration_loaded', facts)
    },
    configurationRefused(problems) {
      metrics.reloads.add({ outcome: 'refused' })
      log.write('error', 'configuration_refused', { problems: problems.slice(0, 50) })
    },
    organizationsOrphaned: slugs => log.write('warn', 'organizations_orphaned', { slugs: slugs.slice(0, 50) }),
    upstreamChanged: facts => log.write(facts.aside ? 'warn' : 'info', 'upstream_changed', facts),
    ...aboutTls(log, metrics),
    started: facts => log.write('info', 'started', facts),
    stopping: facts => log.write('info', 'stopping', facts),
    reopen: () => log.reopen(),
    trouble: (what, cause) => log.write('error', 'trouble', { what, cause: textOf(cause) }),
  }
}

function faulted(
  { log, metrics, receipts }: { log: Log; metrics: Metrics; receipts: Receipts },
  record: RefusalRecord,
  fault: Fault,
): void {
  const { code, rule, message, status } = fault
  metrics.faults.add({ code })
  if (rule !== undefined) metrics.refusedMessages.add({ cause: rule })
  receipts.refused(record)
  const facts = { receipt: record.receipt, fault: code, rule, detail: message, cause: causeOf(fault) }
  log.write(status >= 500 ? 'warn' : 'info', 'fault', facts)
}

function providerAnswered(
  { log, metrics, receipts }: { log: Log; metrics: Metrics; receipts: Receipts },
  record: RefusalRecord | null,
  facts: Parameters<Journal['providerAnswered']>[1],
): void {
  metrics.providerAnswers.add({ outcome: facts.outcome })
  if (record !== null) receipts.refused(record)
  log.write('info', 'provider_answered', facts)
}

function aboutTls(
  log: Log,
  metrics: Metrics,
): Pick<Journal, 'certificateLoaded' | 'certificateRefused' | 'certificateEnding' | 'handshakeFailed'> {
  return {
    certificateLoaded: facts => log.write('info', 'certificate_loaded', shown(facts)),
    certificateRefused: facts => log.write('error', 'certificate_refused', facts),
    certificateEnding: facts => log.write('warn', 'certificate_ending', shown(facts)),
    handshakeFailed: reason => metrics.handshakesFailed.add({ reason }),
  }
}

function shown({ file, names, endsAt }: CertificateFacts) {
  return { file, names: names.slice(0, 20), endsAt: isoInstant(endsAt) }
}

function causeOf(fault: Fault): string | null {
  return fault.cause === undefined ? null : textOf(fault.cause)
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
}
