import type { TLSSocket } from 'node:tls'
import { budgetKey } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Fault } from '../lib/fault.ts'
import type { RawHeaders } from '../lib/request-head.ts'
import { speaksForMany } from './client-address.ts'
import { createClientCounts } from './client-counts.ts'
import type { ConnectionFacts } from './connection-host.ts'
import type { HeadReading, HeadRules } from './head.ts'
import { Http2Connection, type Http2Host } from './http2-connection.ts'
import type { Http2Exchange } from './http2-exchange.ts'
import { readHttp2Head } from './http2-head.ts'
import { type Http2Rules, unbounded } from './http2-options.ts'
import type { PartialHead } from './partial-head.ts'
import { refusal } from './refusals.ts'

// HTTP/2 towards clients: node:http2 reads and writes frames, everything it says about a request is judged again here, and each stream
// is an Exchange like any other. Start reading at `createHttp2Service`; one stream's way is `arrive` in http2-connection.ts.

export interface Http2ServiceOptions extends Omit<HeadRules, 'fieldsMax' | 'targetBytesMax'> {
  readonly clock: Clock
  readonly rules: Http2Rules
  /** Of all connections, and of one address that is no proxy of ours. A stream weighs as much as a connection that carries one request. */
  readonly streamsMax: number
  readonly streamsPerAddressMax: number
  date(): string
  hand(exchange: Http2Exchange): void
  refused(fault: Fault, partial: PartialHead): string | undefined
}

export interface Http2Service {
  /** Takes a connection that has agreed on `h2`. */
  connect(socket: TLSSocket, about: ConnectionFacts): void
  /** Takes no more streams, lets those in progress come to their end within the time, then destroys what is left. */
  close(graceMs: number): void
  readonly connections: number
  readonly streams: number
}

export function createHttp2Service(options: Http2ServiceOptions): Http2Service {
  const { clock } = options
  const connections = new Set<Http2Connection>()
  const host = new Host(options)
  const stopSweeping = clock.every(Math.min(1000, options.rules.headMs), () => {
    for (const connection of connections) connection.sweep()
    host.boundUnread(connections)
  })
  let isClosing = false
  return {
    connect(socket, about) {
      const connection = new Http2Connection(socket, about, host)
      connections.add(connection)
      socket.on('close', () => {
        connections.delete(connection)
        if (isClosing && connections.size === 0) stopSweeping()
      })
      if (isClosing) connection.shut()
    },
    close(graceMs) {
      isClosing = true
      for (const connection of connections) connection.shut()
      if (connections.size === 0) stopSweeping()
      const end = () => {
        for (const connection of connections) connection.destroy()
      }
      if (graceMs > 0) clock.after(graceMs, end)
      else end()
    },
    get connections() {
      return connections.size
    },
    get streams() {
      return host.streams
    },
  }
}

class Host implements Http2Host {
  streams = 0
  readonly #options: Http2ServiceOptions
  readonly #clients = createClientCounts()
  readonly #heads: HeadRules

  constructor(options: Http2ServiceOptions) {
    this.#options = options
    this.#heads = headRules(options)
  }

  get rules(): Http2Rules {
    return this.#options.rules
  }

  rulesFor(about: ConnectionFacts): Http2Rules {
    if (!speaksForMany(about, this.#options.proxies)) return this.rules
    return { ...this.rules, floods: { ...this.rules.floods, streams: unbounded, broken: unbounded } }
  }

  nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  date(): string {
    return this.#options.date()
  }

  read(fields: RawHeaders, endsStream: boolean, about: ConnectionFacts): HeadReading {
    return readHttp2Head(fields, { endsStream, headBytesMax: this.rules.headBytesMax }, about, this.#heads)
  }

  admit(about: ConnectionFacts): Fault | null {
    const { streamsMax, streamsPerAddressMax, proxies } = this.#options
    const ofPeer = this.#clients.add(about.peer)
    this.streams += 1
    const isCrowded = ofPeer > streamsPerAddressMax && !speaksForMany(about, proxies)
    if (this.streams <= streamsMax && !isCrowded) return null
    this.leave(about)
    const [rule, most] = isCrowded
      ? (['http2-streams-of-address', streamsPerAddressMax] as const)
      : (['http2-streams-total', streamsMax] as const)
    return refusal(rule, { detail: `more than ${most}`, retryAfterSeconds: 1 })
  }

  leave({ peer }: ConnectionFacts): void {
    this.#clients.remove(peer)
    this.streams -= 1
  }

  /** A stream may bring a whole window before somebody reads it: what is little for each is much for all. */
  boundUnread(connections: Iterable<Http2Connection>): void {
    const { unreadMax, unreadPerAddressMax } = this.rules
    const ofClients = new Map<string, number>()
    let all = 0
    for (const connection of connections) {
      const key = budgetKey(connection.about.peer)
      const before = ofClients.get(key) ?? 0
      const bound = speaksForMany(connection.about, this.#options.proxies) ? unreadMax : unreadPerAddressMax
      const held = connection.boundUnread(Math.min(bound - before, unreadMax - all))
      ofClients.set(key, before + held)
      all += held
    }
  }

  hand(exchange: Http2Exchange): void {
    this.#options.hand(exchange)
  }

  refused(fault: Fault, { peer }: ConnectionFacts, partial: Omit<PartialHead, 'peer'> = {}): string | undefined {
    const { method, target, headers } = partial
    return this.#options.refused(fault, {
      peer: peer.text,
      ...(method === undefined ? {} : { method }),
      ...(target === undefined ? {} : { target }),
      ...(headers === undefined ? {} : { headers }),
    })
  }
}

function headRules(options: Http2ServiceOptions): HeadRules {
  return {
    get proxies() {
      return options.proxies
    },
    get fieldsMax() {
      return options.rules.fieldsMax
    },
    get targetBytesMax() {
      return options.rules.targetBytesMax
    },
    serves: host => options.serves(host),
  }
}
