import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type Address, parseAddress } from '../lib/address.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { isTrustedPeer, type TrustedProxies } from './client-address.ts'
import { createClientCounts } from './client-counts.ts'
import type { ConnectionFacts } from './connection-host.ts'
import { createTlsEntrance, type TlsCertificates } from './tls-entrance.ts'

export interface ReceptionLimits {
  readonly connectionsMax: number
  /** Of one client: an IPv4 address or an IPv6 /64. Trusted proxies speak for many and are not counted. */
  readonly connectionsPerAddressMax: number
  /** From the accept to the end of the TLS handshake. */
  readonly handshakeMs: number
  /** Handshakes under way; one more ends the oldest of them. */
  readonly handshakesMax: number
}

export interface ReceptionOptions {
  readonly clock: Clock
  readonly limits: ReceptionLimits
  readonly proxies: TrustedProxies
  /** Null: plain HTTP. */
  readonly tls: (() => TlsCertificates) | null
  /** Serves HTTP/1.1. */
  serve(socket: Socket, about: ConnectionFacts): void
  /** Serves a client that chose HTTP/2 in its handshake; null: it is not offered. */
  readonly http2: ((socket: TLSSocket, about: ConnectionFacts) => void) | null
  /** Answers a connection that is not served. */
  turnAway(socket: Socket, about: ConnectionFacts, fault: Fault): void
}

/**
 * From the accept to the first byte of HTTP: counts connections, ends TLS, and finds out who has connected. What comes out of here is
 * a socket that speaks HTTP and the facts about it.
 */
export interface Reception {
  take(socket: Socket, isLocal: boolean): void
  /** Every connection from its accept on, by what its bytes travel on; HTTP/2 ones too. */
  readonly open: ReadonlySet<Socket>
  readonly stop: Cancel
}

export function createReception(options: ReceptionOptions): Reception {
  const { clock, limits, http2 } = options
  const open = new Set<Socket>()
  const shaking = new Map<Socket, Handshake>()
  const clients = createClientCounts()
  const entrance =
    options.tls === null
      ? null
      : createTlsEntrance({ certificates: options.tls, offersHttp2: http2 !== null, secured, failed: () => {} })

  function take(transport: Socket, isLocal: boolean): void {
    // A peer on a Unix socket has no address: it is on this machine. One without an address on TCP has left again.
    const peer = parseAddress(isLocal ? '127.0.0.1' : (transport.remoteAddress ?? ''))
    if (peer === null) {
      transport.destroy()
      return
    }
    open.add(transport)
    transport.on('close', () => {
      open.delete(transport)
      shaking.delete(transport)
    })
    admit({ peer, secure: entrance !== null, named: false, transport })
  }

  function admit(about: ConnectionFacts): void {
    const { peer, transport } = about
    const ofPeer = clients.add(peer)
    transport.on('close', () => clients.remove(peer))
    const fault = overload(peer, ofPeer)
    if (entrance !== null) shake(about, fault)
    else if (fault === null) options.serve(transport, about)
    else options.turnAway(transport, about, fault)
  }

  function overload(peer: Address, ofPeer: number): Fault | null {
    if (open.size > limits.connectionsMax)
      return new Fault('busy', { detail: 'too many connections', retryAfterSeconds: 1 })
    if (ofPeer <= limits.connectionsPerAddressMax || isTrustedPeer(peer, options.proxies)) return null
    return new Fault('busy', { detail: 'too many connections of one address', retryAfterSeconds: 1 })
  }

  function shake(about: ConnectionFacts, fault: Fault | null): void {
    const { transport } = about
    // To say it in TLS would cost more than what is refused.
    if (fault !== null) {
      transport.destroy()
      return
    }
    shaking.set(transport, { about, sinceMs: clock.monotonicMs() })
    if (shaking.size > limits.handshakesMax) endOldest()
    transport.on('error', () => {})
    entrance?.take(transport)
  }

  function endOldest(): void {
    for (const [oldest] of shaking) {
      oldest.destroy()
      return
    }
  }

  function secured(socket: TLSSocket, transport: Socket): void {
    const about = shaking.get(transport)?.about
    shaking.delete(transport)
    if (about === undefined) socket.destroy()
    else if (socket.alpnProtocol === 'h2' && http2 !== null) http2(socket, about)
    else options.serve(socket, about)
  }

  const stop = clock.every(Math.min(1000, limits.handshakeMs), () => {
    const now = clock.monotonicMs()
    for (const [transport, { sinceMs }] of shaking) if (now - sinceMs > limits.handshakeMs) transport.destroy()
  })
  return { take, open, stop }
}

interface Handshake {
  readonly about: ConnectionFacts
  readonly sinceMs: number
}
