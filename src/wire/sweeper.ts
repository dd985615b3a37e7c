import type { Cancel, Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { BodyPace } from './socket-body.ts'
import type { SocketConnection } from './socket-connection.ts'

export interface Deadlines extends BodyPace {
  readonly headMs: number
  readonly keepAliveMs: number
  readonly sendIdleMs: number
}

/**
 * Ends what is too slow, once a second over all connections: one timer instead of one per request. A client that stopped
 * sending can be told 408 while its answer has not begun; one that stopped reading is cut.
 */
export function createSweeper(clock: Clock, limits: Deadlines, connections: ReadonlySet<SocketConnection>): Cancel {
  return clock.every(Math.min(1000, limits.headMs), () => {
    const now = clock.monotonicMs()
    for (const connection of connections) {
      if (connection.closing) continue
      if (connection.current === null) sweepWaiting(connection, now, limits)
      else sweepServed(connection.current, now, limits)
    }
  })
}

function sweepWaiting(connection: SocketConnection, now: number, { headMs, keepAliveMs }: Deadlines): void {
  const waitedMs = now - connection.waitingSinceMs
  if (connection.headBegan || connection.served === 0) {
    if (waitedMs > headMs) connection.refuse(new Fault('request_timeout'))
  } else if (waitedMs > keepAliveMs) connection.linger()
}

function sweepServed(current: NonNullable<SocketConnection['current']>, now: number, limits: Deadlines): void {
  const { stalledSinceMs } = current
  if (stalledSinceMs !== null && now - stalledSinceMs > limits.sendIdleMs) current.abort()
  else if (current.isStarved(now, limits)) starve(current)
}

function starve(exchange: NonNullable<SocketConnection['current']>): void {
  // Who reads the body learns of it and answers; what has begun cannot be answered any more.
  if (exchange.began) exchange.abort()
  else exchange.body.destroy(new Fault('request_timeout'))
}
