import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Clock } from '../lib/clock.ts'
import { type CodeBudgets, createCodeBudgets } from '../limits/code-budgets.ts'
import type { FailureCounter } from '../limits/failure-counter.ts'
import { createMailBudgets, type MailBudgets } from '../limits/mail-budgets.ts'
import { createMemoryCounters } from '../limits/memory-counter.ts'
import { createRegulation, type Regulation } from '../limits/regulation.ts'
import { createSessionFailures, type SessionFailures } from '../limits/session-failures.ts'
import { createSmsBudgets, type SmsBudgets } from '../limits/sms-budgets.ts'
import { createTraffic, type Traffic } from '../limits/traffic.ts'
import { createTunnelCounts, type TunnelCounts } from '../live/tunnel-counts.ts'

/** Everything that counts. It outlives a reload: what was counted must not be forgotten because a file changed. */
export interface Guards {
  readonly traffic: Traffic
  /** Open tunnels. */
  readonly tunnels: TunnelCounts
  readonly regulation: Regulation
  readonly codeBudgets: CodeBudgets
  readonly sessionFailures: SessionFailures
  readonly resetMails: MailBudgets
  readonly codeMails: MailBudgets
  readonly smsBudgets: SmsBudgets
  /** Hand-over codes that are shown: they are counted as mails are, by address and by name. */
  readonly handOverTries: MailBudgets
  /** Entries to the suspicious lane, by address. */
  readonly laneEntries: FailureCounter
  /** Questions of the meter of new passwords, by account. */
  readonly meterAsks: FailureCounter
  /** The numbers that the counters of sign-ins were built with. */
  readonly signInNumbers: readonly unknown[]
}

/** Keeps the counters while their numbers stay; new numbers begin with nothing counted. */
export function openGuards(config: GatewayConfig, clock: Clock, before: Guards | null): Guards {
  const { traffic: rates, signIn, sms } = config.limits
  const traffic = before?.traffic ?? createTraffic({ clock, rates })
  traffic.adopt(rates)
  if (before !== null && JSON.stringify(before.signInNumbers) === JSON.stringify([signIn, sms]))
    return { ...before, traffic }
  const createCounter = createMemoryCounters({ clock, keysMax: signIn.keysMax })
  const mails = { perAccount: signIn.resetMailsPerAccount, perAddress: signIn.resetMailsPerAddress }
  return {
    traffic,
    tunnels: before?.tunnels ?? createTunnelCounts(),
    regulation: createRegulation({ createCounter, tries: signIn }),
    codeBudgets: createCodeBudgets({
      createCounter,
      tries: {
        perAttempt: signIn.codesPerAttempt,
        perAccount: signIn.codesPerAccount,
        consecutiveFailuresMax: signIn.consecutiveFailuresMax,
      },
    }),
    sessionFailures: createSessionFailures({ createCounter }),
    resetMails: createMailBudgets({
      ...{ createCounter, purpose: 'reset' },
      tries: { ...mails, perHome: signIn.resetMailsKnown },
    }),
    smsBudgets: createSmsBudgets({ createCounter, tries: sms }),
    codeMails: createMailBudgets({ createCounter, purpose: 'code', tries: mails }),
    handOverTries: createMailBudgets({ createCounter, purpose: 'hand-over', tries: handOverTries }),
    laneEntries: createCounter('lane-entries', laneEntries),
    meterAsks: createCounter('password-meter', meterAsks),
    signInNumbers: [signIn, sms],
  }
}

/** Each leaves a row for ten minutes, right or wrong: beyond this an address is answered as if the password were wrong. */
const laneEntries = { triesMax: 64, windowMs: 10 * 60_000 }

/** Somebody who types and stops asks a few dozen times; an estimate costs thirty milliseconds of a core. */
const meterAsks = { triesMax: 120, windowMs: 10 * 60_000 }

/** A code is read out, mistyped, and typed again; nobody needs more of them in an hour. */
const handOverTries = {
  perAccount: { triesMax: 10, windowMs: 3_600_000 },
  perAddress: { triesMax: 30, windowMs: 3_600_000 },
}
