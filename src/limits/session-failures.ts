import type { CreateCounter } from './failure-counter.ts'

/** Counts wrong proofs in a row within one session. Its holder may mistype; whoever has stolen the cookie must not guess on and on. */
export interface SessionFailures {
  /** Counts a wrong one; `over`: the session has had as many as it may, and is to end. */
  failed(sessionId: string): Promise<'again' | 'over'>
  succeeded(sessionId: string): Promise<void>
}

export function createSessionFailures({ createCounter }: { createCounter: CreateCounter }): SessionFailures {
  const counter = createCounter('session-proofs', { triesMax: failuresMax, windowMs: Number.POSITIVE_INFINITY })
  return {
    async failed(sessionId) {
      const { count } = await counter.take(sessionId)
      return count >= failuresMax ? 'over' : 'again'
    },
    async succeeded(sessionId) {
      await counter.forget(sessionId)
    },
  }
}

/** Twice what one attempt to sign in may have of codes. */
const failuresMax = 10
