import { type Fault, type FaultCode, faults } from '../lib/fault.ts'
import type { Decision, Reason, Step, Verdict } from '../policy/verdict.ts'

/** What a refusal looks like from outside. Why it was refused stays in the journal. */
export interface Refusal {
  readonly code: FaultCode | 'sign_in_required' | 'refused' | 'too_many'
  readonly status: number
  /** The same sentence for every cause of one code. */
  readonly title: string
  /** The page of the portal that helps on; null where none does. */
  readonly step: Step | null
  readonly retryAfterSeconds: number | null
  /** Close code for a WebSocket that a browser opens; null leaves it the plain status. */
  readonly closeCode: 4401 | 4403 | 4429 | 1013 | null
}

export function refusalOf(cause: Decision | Fault): Refusal {
  return cause instanceof Error ? fromFault(cause) : fromVerdict(cause.verdict)
}

/** The refusal that a close code stands for: for answers that had not begun when their connection was cut. */
export function refusalOfCut(closeCode: number): Refusal {
  if (closeCode === 4401) return signIn('sign_in')
  if (closeCode === 4403) return refused
  if (closeCode === 4429) return tooMany(1)
  return unavailable
}

const refused: Refusal = {
  code: 'refused',
  status: 403,
  title: 'This request was refused.',
  step: null,
  retryAfterSeconds: null,
  closeCode: 4403,
}

const unavailable: Refusal = {
  code: 'unavailable',
  status: 503,
  title: faults.unavailable.text,
  step: null,
  retryAfterSeconds: 5,
  closeCode: 1013,
}

// What these have in common: the way on leads through the portal, and the session is worth nothing until then. Told apart, they would
// tell whoever holds a stolen cookie what became of the account.
const wantSignIn: ReadonlySet<Reason> = new Set([
  'sso_required',
  'reset_required',
  'account_suspended',
  'account_deleted',
])

function fromVerdict(verdict: Verdict): Refusal {
  switch (verdict.kind) {
    case 'challenge':
      return signIn(verdict.step)
    case 'deny':
      if (verdict.reason === 'unavailable') return unavailable
      if (wantSignIn.has(verdict.reason)) return signIn('sign_in')
      return verdict.retryAfterMs === undefined ? refused : tooMany(Math.max(1, Math.ceil(verdict.retryAfterMs / 1000)))
    case 'allow':
      throw new TypeError('an allowed request is not refused')
    default:
      return verdict satisfies never
  }
}

function fromFault(fault: Fault): Refusal {
  const { code, status, publicText, retryAfterSeconds } = fault
  return { code, status, title: publicText, step: null, retryAfterSeconds: retryAfterSeconds ?? null, closeCode: null }
}

function signIn(step: Step): Refusal {
  return {
    code: 'sign_in_required',
    status: 401,
    title: 'Please sign in.',
    step,
    retryAfterSeconds: null,
    closeCode: 4401,
  }
}

function tooMany(retryAfterSeconds: number): Refusal {
  return {
    code: 'too_many',
    status: 429,
    title: 'Too many requests. Please try again shortly.',
    step: null,
    retryAfterSeconds,
    closeCode: 4429,
  }
}
