import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type Address, parseAddress } from '../lib/address.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Fault } from '../lib/fault.ts'
import { isTrustedPeer, speaksForMany, type TrustedProxies } from './client-address.ts'
import { createClientCounts } from './client-counts.ts'
import type { ConnectionFacts } from './connection-host.ts'
import { readFirst } from './first-bytes.ts'
import { type NamedClient, readProxyHeader } from './proxy-header.ts'
import { refusal } from './refusals.ts'
import type { TlsCertificates } from './tls-certificates.ts'
import { createTlsEntrance } from './tls-entrance.ts'

export interface ReceptionLimits {
  readonly connectionsMax: number
  /** Of one client: an IPv4 address or an IPv6 /64. Trusted proxies speak for many and are not counted. */
  readonly connectionsPerAddressMax: number
  /** From the accept to the end of the PROXY header and of the TLS handshake. */
  readonly handshakeMs: number
  /** Connections that have not come so far; one more ends the oldest of them. */
  readonly handshakesMax: number
}

export interface ReceptionOptions {
  readonly clock: Clock
  readonly limits: ReceptionLimits
  readonly proxies: TrustedProxies
  /** Null: plain HTTP. */
  readonly certificates: (() => TlsCertificates) | null
  /** Serves HTTP/1.1. */
  serve(socket: Socket, about: ConnectionFacts): void
  /** Serves a client that chose HTTP/2 in its handshake; null: it is not offered. */
  readonly http2: ((socket: TLSSocket, about: ConnectionFacts) => void) | null
  /** Answers a connection that is not served. */
  turnAway(socket: Socket, about: ConnectionFacts, fault: Fault): void
  /** Told of a connection that was ended without an answer. */
  dropped(fault: Fault, peer: Address): void
  /** Told why a handshake came to nothing, in the words of OpenSSL. */
  handshakeFailed(reason: string): void
}

/**
 * From the accept to the first byte of HTTP: counts connections, learns from a proxy who has connected, and ends TLS. What comes out of
 * here is a socket that speaks HTTP, and the facts about it.
 */
export interface Reception {
  /** `isLocal`: it came over a Unix socket. */
  take(socket: Socket, isLocal: boolean): void
  /** Every connection from its accept on, by what its bytes travel on; those of HTTP/2 too. */
  readonly open: ReadonlySet<Socket>
  /** Ends those that have not come to HTTP: nobody has asked them for anything yet. */
  endArriving(): void
  readonly stop: Cancel
}

export function createReception(options: ReceptionOptions): Reception {
  return new Desk(options)
}

class Desk implements Reception {
  readonly open = new Set<Socket>()
  readonly stop: Cancel
  readonly #options: ReceptionOptions
  /** Those that have not come to HTTP yet, and since when; the oldest first. */
  readonly #arriving = new Map<Socket, number>()
  readonly #clients = createClientCounts()
  readonly #shaking = new WeakMap<Socket, ConnectionFacts>()
  readonly #tls: ReturnType<typeof createTlsEntrance> | null

  constructor(options: ReceptionOptions) {
    this.#options = options
    const { certificates, http2, clock, limits } = options
    this.#tls =
      certificates === null
        ? null
        : createTlsEntrance({
            clock,
            certificates,
            offersHttp2: http2 !== null,
            secured: (socket, transport) => this.#secured(socket, transport),
            failed: reason => options.handshakeFailed(reason),
            tooManyKeys: transport => this.#rekeyed(transport),
          })
    this.stop = clock.every(Math.min(1000, limits.handshakeMs), () => this.#sweep())
  }

  take(transport: Socket, isLocal: boolean): void {
    // A peer on a Unix socket has no address: it is on this machine. One on TCP without an address has left again, and is nobody.
    const peer = parseAddress(isLocal ? '127.0.0.1' : (transport.remoteAddress ?? ''))
    if (peer === null) {
      transport.destroy()
      return
    }
    this.open.add(transport)
    transport.on('error', () => {})
    transport.on('close', () => {
      this.open.delete(transport)
      this.#arriving.delete(transport)
    })
    if (this.#options.proxies.mode === 'proxy-protocol') this.#askProxy(transport, peer)
    else this.#admit({ peer, secure: this.#tls !== null, named: null, transport })
  }

  endArriving(): void {
    for (const transport of this.#arriving.keys()) transport.destroy()
  }

  #askProxy(transport: Socket, peer: Address): void {
    const refuse = (detail: string) => this.#drop(transport, peer, refusal('proxy-header', { detail }))
    // Whoever could come past the proxies could say to be anybody.
    if (!isTrustedPeer(peer, this.#options.proxies)) this.#drop(transport, peer, refusal('proxy-peer'))
    else if (this.open.size > this.#options.limits.connectionsMax)
      this.#drop(transport, peer, tooMany(this.#options.limits))
    else {
      this.#awaitBytes(transport)
      this.#readProxyHeader(transport, peer, refuse)
    }
  }

  #readProxyHeader(transport: Socket, peer: Address, refuse: (why: string) => void): void {
    let found: { client: NamedClient; secure: boolean } = { client: 'unknown', secure: false }
    const read = (bytes: Buffer) => {
      const header = readProxyHeader(bytes)
      if (header.kind === 'bad') refuse(header.why)
      if (header.kind !== 'read') return null
      found = header
      return header.length
    }
    readFirst(transport, read, () => {
      // Who is to shake hands now goes on arriving: there is one deadline from the accept on, not one for each step.
      if (this.#tls === null) this.#arriving.delete(transport)
      this.#admit(factsOf(found.client, { peer, transport, secure: found.secure || this.#tls !== null }))
      if (this.#tls === null) transport.resume()
    })
  }

  #admit(about: ConnectionFacts): void {
    const { peer, transport } = about
    const ofPeer = this.#clients.add(peer)
    transport.on('close', () => this.#clients.remove(peer))
    const fault = this.#overload(about, ofPeer)
    if (this.#tls === null && fault === null) this.#options.serve(transport, about)
    else if (this.#tls === null && fault !== null) this.#options.turnAway(transport, about, fault)
    // To say it in TLS would cost more than what is refused.
    else if (fault !== null) this.#drop(transport, peer, fault)
    else this.#shakeHands(about)
  }

  #overload(about: ConnectionFacts, ofPeer: number): Fault | null {
    const { limits, proxies } = this.#options
    if (this.open.size > limits.connectionsMax) return tooMany(limits)
    if (ofPeer <= limits.connectionsPerAddressMax || speaksForMany(about, proxies)) return null
    const detail = `more than ${limits.connectionsPerAddressMax}`
    return refusal('connections-of-address', { detail, retryAfterSeconds: 1 })
  }

  #shakeHands(about: ConnectionFacts): void {
    const { transport } = about
    this.#awaitBytes(transport)
    let isPlainHttp = false
    const look = (bytes: Buffer) => {
      isPlainHttp = isLetter(bytes[0] ?? 0)
      return 0
    }
    readFirst(transport, look, () => {
      if (isPlainHttp) {
        this.#arriving.delete(transport)
        this.#options.turnAway(transport, { ...about, secure: false }, refusal('plain-http'))
        return
      }
      this.#shaking.set(transport, about)
      this.#tls?.take(transport)
    })
  }

  #secured(socket: TLSSocket, transport: Socket): void {
    const about = this.#shaking.get(transport)
    this.#arriving.delete(transport)
    if (about === undefined) socket.destroy()
    else if (socket.alpnProtocol === 'h2' && this.#options.http2 !== null) this.#options.http2(socket, about)
    else this.#options.serve(socket, about)
  }

  #rekeyed(transport: Socket): void {
    const about = this.#shaking.get(transport)
    if (about === undefined) transport.destroy()
    else this.#drop(transport, about.peer, refusal('key-changes'))
  }

  /** Who says nothing holds no place for long, and none that somebody else needs. */
  #awaitBytes(transport: Socket): void {
    if (this.#arriving.has(transport)) return
    this.#arriving.set(transport, this.#options.clock.monotonicMs())
    if (this.#arriving.size <= this.#options.limits.handshakesMax) return
    const [oldest] = this.#arriving.keys()
    oldest?.destroy()
    if (oldest !== undefined) this.#arriving.delete(oldest)
  }

  #sweep(): void {
    const now = this.#options.clock.monotonicMs()
    for (const [transport, sinceMs] of this.#arriving)
      if (now - sinceMs > this.#options.limits.handshakeMs) transport.destroy()
  }

  #drop(transport: Socket, peer: Address, fault: Fault): void {
    this.#options.dropped(fault, peer)
    transport.destroy()
  }
}

function factsOf(client: NamedClient, about: Omit<ConnectionFacts, 'named'>): ConnectionFacts {
  if (client === 'itself') return { ...about, named: { address: about.peer, uncertain: false } }
  if (client === 'unknown') return { ...about, named: { address: about.peer, uncertain: true } }
  return { ...about, peer: client, named: { address: client, uncertain: false } }
}

function tooMany({ connectionsMax }: ReceptionLimits): Fault {
  return refusal('connections-total', { detail: `more than ${connectionsMax}`, retryAfterSeconds: 1 })
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
}
