import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { ConnectionKeeper, ConnectionLimits } from './connection-keeper.ts'
import type { AnswerReader, OutgoingRequest, Sending } from './sending.ts'
import { UpstreamConnection } from './upstream-connection.ts'

/** Where connections of one address lead. */
export type Destination =
  | { readonly kind: 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

export interface PoolOptions {
  readonly clock: Clock
  readonly connectMs: number
  /** PEM of the authorities that the certificate is checked against, in place of the public ones. */
  readonly ca?: string
}

/** The connections to one address. How many are in use at a time is settled before (turns.ts); this bounds the unused ones. */
export interface UpstreamPool {
  /** `fresh` wants a connection that nobody has used: kept ones may all have been closed at once. */
  send(request: OutgoingRequest, reader: AnswerReader, fresh?: boolean): Sending
  close(): void
}

/** Deadlines are looked at so often, over all connections of the address: no timer is armed per request. */
const tickMs = 250
/** Below the 5 s after which Node and many others close: a request must not meet the close. */
const idleMs = 4000
const idleMax = 1024

export function createPool(to: Destination, options: PoolOptions): UpstreamPool {
  return new Pool(to, options)
}

class Pool implements UpstreamPool, ConnectionKeeper<UpstreamConnection> {
  tick = 0
  readonly #to: Destination
  readonly #options: PoolOptions
  readonly #limits: ConnectionLimits
  readonly #all = new Set<UpstreamConnection>()
  /** The last one that was used is taken first: the others may grow old and be closed. */
  readonly #idle: UpstreamConnection[] = []
  #session: Buffer | undefined
  #stopTicking: Cancel | null = null

  constructor(to: Destination, options: PoolOptions) {
    this.#to = to
    this.#options = options
    this.#limits = { connectMs: options.connectMs, idleMs, tickMs }
  }

  send(request: OutgoingRequest, reader: AnswerReader, fresh = false): Sending {
    const connection = (fresh ? undefined : this.#idle.pop()) ?? this.#open()
    connection.serve(request, reader)
    return connection
  }

  close(): void {
    for (const connection of [...this.#all]) connection.end()
  }

  freed(connection: UpstreamConnection): void {
    this.#idle.push(connection)
    if (this.#idle.length > idleMax) this.#idle[0]?.abort()
  }

  gone(connection: UpstreamConnection): void {
    this.#all.delete(connection)
    const at = this.#idle.lastIndexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    if (this.#all.size > 0) return
    this.#stopTicking?.()
    this.#stopTicking = null
  }

  #open(): UpstreamConnection {
    const ready = this.#to.kind === 'tls' ? 'secureConnect' : 'connect'
    const connection = new UpstreamConnection(this.#connect(), ready, this, this.#limits)
    this.#all.add(connection)
    this.#stopTicking ??= this.#options.clock.every(tickMs, () => {
      this.tick += 1
      for (const each of this.#all) each.sweep()
    })
    return connection
  }

  #connect(): Socket {
    const to = this.#to
    if (to.kind === 'unix') return connectTcp({ path: to.path })
    const manner = { host: to.host, port: to.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }
    if (to.kind === 'tcp') return connectTcp(manner)
    const { ca } = this.#options
    const socket = connectTls({
      ...manner,
      // The header rules are written for 1.1.
      ALPNProtocols: ['http/1.1'],
      // It is named and checked by its own name, also when the client's Host is handed on. An address is no name (RFC 6066 §3).
      ...(isIP(to.host) === 0 ? { servername: to.host } : {}),
      ...(ca === undefined ? {} : { ca }),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    })
    socket.on('session', session => {
      this.#session = session
    })
    return socket
  }
}
