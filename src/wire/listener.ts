import { createServer, type Socket } from 'node:net'
import type { Address } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { httpDate } from '../lib/instant.ts'
import type { ConnectionFacts, ConnectionHost, Guest } from './connection-host.ts'
import type { Exchange } from './exchange.ts'
import { type HeadRules, readHead } from './head.ts'
import { type Http2Limits, http2Defaults } from './http2-options.ts'
import { createHttp2Service, type Http2Service } from './http2-service.ts'
import { type ListenAddress, type ListenAt, listenAt, stopServer } from './listening.ts'
import type { ParsedHead } from './llhttp.ts'
import type { PartialHead } from './partial-head.ts'
import { plainAnswer, writePlainAnswer } from './plain-answer.ts'
import { createReception, type Reception, type ReceptionLimits } from './reception.ts'
import type { BodyPace } from './socket-body.ts'
import { SocketConnection } from './socket-connection.ts'
import { type ExchangeLine, SocketExchange } from './socket-exchange.ts'
import { createSweeper, type Swept } from './sweeper.ts'
import type { TlsCertificates } from './tls-certificates.ts'

// The listener owns client connections: it parses heads (with Node's own llhttp), refuses what is ambiguous, keeps pipelined requests
// in order, and ends what is too slow. Before HTTP begins a connection is reception.ts's (caps, PROXY header, TLS); those that agreed on
// HTTP/2 go to http2-service.ts. It knows no route, no session and no upstream; it hands each request on as an Exchange.
// Start reading at `createListener`; one request's way is `arrive`.

export interface ListenerOptions extends Omit<HeadRules, 'fieldsMax' | 'targetBytesMax'> {
  readonly clock: Clock
  /** Read anew for each use: it may be a getter. */
  readonly limits?: Partial<ListenerLimits>
  /** Asked at each handshake, because a reload may bring other ones. Absent: plain HTTP. */
  readonly certificates?: () => TlsCertificates
  /** Whether HTTP/2 is offered in the handshake. */
  readonly http2?: boolean
  handler(exchange: Exchange): void | Promise<void>
  /** Told about each message that was refused before anybody else saw it; the receipt it answers is shown to the client. */
  refused?(fault: Fault, partial: PartialHead): string | undefined
  /** Told why a TLS handshake came to nothing, in the words of OpenSSL. */
  handshakeFailed?(reason: string): void
}

export interface ListenerLimits extends BodyPace, ReceptionLimits {
  readonly headBytesMax: number
  readonly fieldsMax: number
  readonly targetBytesMax: number
  /** From the first byte of a connection, or the end of the message before, to the end of a head. */
  readonly headMs: number
  readonly keepAliveMs: number
  /** For a client that takes nothing of its answer. */
  readonly sendIdleMs: number
  readonly bodyBytesMax: number
  readonly pipelinedMax: number
  /** Bytes that may wait in all behind requests in service. */
  readonly pipelinedBytesMax: number
  /** Read at the begin of each session. */
  readonly http2: Http2Limits
}

export interface Listener {
  listen(at: ListenAt): Promise<ListenAddress>
  /** Takes no more connections, lets what has begun come to its end within the time, then destroys what is left, tunnels included. */
  close(graceMs: number): Promise<void>
  readonly connections: number
}

const defaults: ListenerLimits = {
  headBytesMax: 16 * 1024,
  fieldsMax: 100,
  // RFC 9112 §3 recommends that all take 8,000 bytes.
  targetBytesMax: 8 * 1024,
  headMs: 30_000,
  keepAliveMs: 60_000,
  bodyIdleMs: 30_000,
  bodyBytesPerSecondMin: 100,
  sendIdleMs: 120_000,
  bodyBytesMax: Number.POSITIVE_INFINITY,
  connectionsMax: 20_000,
  // A large office behind one address opens thousands; what nobody may have is all of them.
  connectionsPerAddressMax: 12_000,
  handshakeMs: 10_000,
  // Far more than can be computed at once: what fills it are clients that say nothing.
  handshakesMax: 4_000,
  pipelinedMax: 1000,
  // A thousand clients that fill what each may; browsers pipeline nothing.
  pipelinedBytesMax: 64 * 1024 * 1024,
  http2: http2Defaults,
}

/** Makes a listener; it listens when told to. */
export function createListener(options: ListenerOptions): Listener {
  const service = new Service(options)
  // Half open: a client that has said all it wants to say is noticed by us, not hung up on by the runtime.
  // Keep-alive probes find a peer that vanished without a word, also behind a silent tunnel.
  const settings = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }
  const http2 = options.http2 === true && options.certificates !== undefined ? openHttp2(options, service) : null
  const reception = openReception(options, service, http2)
  let isLocal = false
  const server = createServer(settings, socket => reception.take(socket, isLocal))
  const stopSweeping = createSweeper(options.clock, service)
  return {
    listen: at => {
      isLocal = 'path' in at
      return listenAt(server, at)
    },
    close: async graceMs => {
      service.closing = true
      http2?.close(graceMs)
      reception.endArriving()
      await stopServer(server, { connections: service.connections, open: reception.open }, options.clock, graceMs)
      stopSweeping()
      reception.stop()
    },
    get connections() {
      return reception.open.size
    },
  }
}

function openHttp2(options: ListenerOptions, service: Service): Http2Service {
  const rulesOf = (limits: ListenerLimits) => ({ of: limits, rules: { ...limits, ...limits.http2 } })
  let made = rulesOf(service.limits)
  return createHttp2Service({
    clock: options.clock,
    // Asked each time, for a reload may change them; what a session was told at its begin stays.
    get rules() {
      if (made.of !== service.limits) made = rulesOf(service.limits)
      return made.rules
    },
    // A stream weighs as much as a connection that carries one request.
    get streamsMax() {
      return service.limits.connectionsMax
    },
    get streamsPerAddressMax() {
      return service.limits.connectionsPerAddressMax
    },
    get proxies() {
      return options.proxies
    },
    serves: host => options.serves(host),
    date: () => service.date(),
    hand: exchange => service.hand(exchange),
    refused: (fault, partial) => options.refused?.(fault, partial),
  })
}

function openReception(options: ListenerOptions, service: Service, http2: Http2Service | null): Reception {
  return createReception({
    clock: options.clock,
    get limits() {
      return service.limits
    },
    get proxies() {
      return options.proxies
    },
    certificates: options.certificates ?? null,
    serve: (socket, about) => service.connect(socket, about),
    http2: http2 === null ? null : (socket, about) => http2.connect(socket, about),
    turnAway: (socket, about, fault) => service.connect(socket, about).refuse(fault),
    dropped: (fault, { text }) => options.refused?.(fault, { peer: text }),
    handshakeFailed: reason => options.handshakeFailed?.(reason),
  })
}

class Service implements ConnectionHost, Swept {
  readonly connections = new Set<SocketConnection>()
  closing = false
  readonly #options: ListenerOptions
  readonly #rules: HeadRules
  #date = { second: -1, text: '' }
  #given: Partial<ListenerLimits> | undefined
  #merged = defaults

  constructor(options: ListenerOptions) {
    this.#options = options
    const limits = () => this.limits
    this.#rules = {
      get proxies() {
        return options.proxies
      },
      get fieldsMax() {
        return limits().fieldsMax
      },
      get targetBytesMax() {
        return limits().targetBytesMax
      },
      serves: host => options.serves(host),
    }
  }

  get limits(): ListenerLimits {
    const given = this.#options.limits
    if (given !== this.#given) {
      this.#given = given
      this.#merged = { ...defaults, ...given }
    }
    return this.#merged
  }

  get headBytesMax(): number {
    return this.limits.headBytesMax
  }

  get targetBytesMax(): number {
    return this.limits.targetBytesMax
  }

  get pipelinedMax(): number {
    return this.limits.pipelinedMax
  }

  get sendIdleMs(): number {
    return this.limits.sendIdleMs
  }

  connect(socket: Socket, about: ConnectionFacts): SocketConnection {
    const connection = new SocketConnection(socket, about, this.#options.clock, this)
    this.connections.add(connection)
    socket.on('close', () => this.connections.delete(connection))
    return connection
  }

  date(): string {
    const now = this.#options.clock.now()
    const second = Math.floor(now / 1000)
    if (second !== this.#date.second) this.#date = { second, text: httpDate(now) }
    return this.#date.text
  }

  refusal(fault: Fault, peer: Address): Buffer {
    return writePlainAnswer(fault, this.#options.refused?.(fault, { peer: peer.text }))
  }

  arrive(guest: Guest, parsed: ParsedHead, line: ExchangeLine): SocketExchange | null {
    const { about } = guest
    const reading = readHead(parsed, about, this.#rules)
    if (reading.kind === 'refused') {
      const receipt = this.#options.refused?.(reading.fault, { ...parsed, peer: about.peer.text })
      guest.pour(writePlainAnswer(reading.fault, receipt, parsed.method === 'HEAD'), '')
      guest.linger()
      return null
    }
    const { version, keepAlive } = parsed
    const { head, expectsContinue } = reading
    return new SocketExchange(
      { head, version, keepAlive, expectsContinue, bodyBytesMax: this.limits.bodyBytesMax },
      line,
    )
  }

  /** The last door: whatever the handler throws, the client gets an answer and the process goes on. */
  hand(exchange: Exchange): void {
    try {
      const handled = this.#options.handler(exchange)
      if (handled instanceof Promise) handled.catch((cause: unknown) => this.#fail(exchange, cause))
    } catch (cause) {
      this.#fail(exchange, cause)
    }
  }

  #fail(exchange: Exchange, cause: unknown): void {
    const fault = cause instanceof Fault ? cause : new Fault('internal', { cause })
    const receipt = this.#options.refused?.(fault, { ...exchange.head, peer: exchange.head.client.address.text })
    if (exchange.began) {
      exchange.abort()
      return
    }
    const { headers, body } = plainAnswer(fault, receipt)
    exchange.answer(fault.status, headers, body)
  }
}
