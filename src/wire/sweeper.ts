import type { Cancel, Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Connection } from './connection.ts'

/**
 * Ends what is too slow, once a second over all connections: one timer instead of one per request. A client that stopped
 * sending can be told 408 while its answer has not begun; one that stopped reading is cut.
 */
export function createSweeper(
  clock: Clock,
  limits: { readonly bodyIdleMs: number; readonly sendIdleMs: number },
  connections: ReadonlySet<Connection>,
): Cancel {
  return clock.every(1000, () => {
    const now = clock.monotonicMs()
    for (const { current } of connections) {
      if (current === null) continue
      const { stalledSinceMs, starvedSinceMs } = current
      if (stalledSinceMs !== null && now - stalledSinceMs > limits.sendIdleMs) current.abort()
      else if (starvedSinceMs !== null && now - starvedSinceMs > limits.bodyIdleMs) starve(current)
    }
  })
}

function starve(exchange: NonNullable<Connection['current']>): void {
  // Who reads the body learns of it and answers; what has begun cannot be answered any more.
  if (exchange.began) exchange.abort()
  else exchange.body.destroy(new Fault('request_timeout'))
}
