import type { Address } from '../lib/address.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Fault } from '../lib/fault.ts'
import { refusal } from './refusals.ts'
import type { BodyPace } from './socket-body.ts'
import type { SocketConnection } from './socket-connection.ts'

export interface Deadlines extends BodyPace {
  readonly headMs: number
  readonly keepAliveMs: number
  readonly sendIdleMs: number
  /** Of all connections. What comes between two looks, a second apart, comes on top. */
  readonly pipelinedBytesMax: number
}

/** Whose connections are looked at. */
export interface Swept {
  /** Those of this moment: a reload may change them. */
  readonly limits: Deadlines
  readonly connections: ReadonlySet<SocketConnection>
  /** Tells of a cut that nobody can be answered about. */
  refusal(fault: Fault, peer: Address): unknown
}

/**
 * Ends what is too slow, once a second over all connections: one timer instead of one per request. A client that stopped
 * sending can be told 408 while its answer has not begun; one that stopped reading is cut.
 */
export function createSweeper(clock: Clock, swept: Swept): Cancel {
  return clock.every(Math.min(1000, swept.limits.headMs), () => {
    const now = clock.monotonicMs()
    let pipelinedBytes = 0
    for (const connection of swept.connections) {
      connection.reading.settle() // a request that has come is not late
      if (connection.closing) continue
      const waiting = connection.pipelinedBytes
      if (waiting > fewBytes && pipelinedBytes + waiting > swept.limits.pipelinedBytesMax) {
        cutPipeline(connection, waiting, swept)
        continue
      }
      pipelinedBytes += waiting
      if (connection.current === null) sweepWaiting(connection, now, swept.limits)
      else sweepServed(connection, connection.current, now, swept)
    }
  })
}

/** A head or two, or what comes behind a WebSocket's: nobody is cut for those. */
const fewBytes = 4096

/** Each may keep 64 KiB waiting, which is little for one and a gigabyte for all. */
function cutPipeline(connection: SocketConnection, bytes: number, swept: Swept): void {
  swept.refusal(refusal('pipelined', { detail: `${bytes} bytes beside those of others` }), connection.about.peer)
  connection.destroy(false)
}

function sweepWaiting(connection: SocketConnection, now: number, { headMs, keepAliveMs }: Deadlines): void {
  const waitedMs = now - connection.waitingSinceMs
  if (connection.headBegan || connection.served === 0) {
    if (waitedMs > headMs) connection.refuse(refusal('head-deadline', { detail: `${headMs} ms` }))
  } else if (waitedMs > keepAliveMs) connection.linger()
}

type Served = NonNullable<SocketConnection['current']>

function sweepServed({ about: { peer } }: SocketConnection, current: Served, now: number, swept: Swept): void {
  const { stalledSinceMs } = current
  const { limits } = swept
  if (stalledSinceMs !== null && now - stalledSinceMs > limits.sendIdleMs) {
    swept.refusal(refusal('send-deadline', { detail: `${limits.sendIdleMs} ms` }), peer)
    current.abort()
  } else if (current.isStarved(now, limits)) starve(current, peer, swept)
}

function starve(exchange: Served, peer: Address, swept: Swept): void {
  const fault = refusal('body-deadline')
  // Who reads the body learns of it and answers; what has begun cannot be answered any more.
  if (!exchange.began) exchange.body.destroy(fault)
  else {
    // A body that was given up before has been told of then.
    if (!exchange.body.destroyed) swept.refusal(fault, peer)
    exchange.abort()
  }
}
