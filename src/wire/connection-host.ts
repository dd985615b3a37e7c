import type { Socket } from 'node:net'
import type { Address, ClientAddress } from '../lib/address.ts'
import type { Fault } from '../lib/fault.ts'
import type { ParsedHead } from './llhttp.ts'
import type { ExchangeLine, SocketExchange } from './socket-exchange.ts'

/** What is known of a connection before its first request. */
export interface ConnectionFacts {
  /** Who has connected; where a proxy of ours speaks the PROXY protocol, whom it names. */
  readonly peer: Address
  /** Asked over TLS of our own, whatever a field says. */
  readonly secure: boolean
  /** As a proxy has named the client on the connection itself: what fields say about clients is not read then. */
  readonly named: ClientAddress | null
  /** What the bytes travel on: the socket that is served, or the one below its TLS. */
  readonly transport: Socket
}

/** What a connection asks its listener. */
export interface ConnectionHost {
  readonly headBytesMax: number
  readonly targetBytesMax: number
  readonly pipelinedMax: number
  /** For a client that takes nothing of its last answer. */
  readonly sendIdleMs: number
  readonly closing: boolean
  date(): string
  /** Makes the exchange; null when the head was refused, which is answered then. */
  arrive(guest: Guest, head: ParsedHead, line: ExchangeLine): SocketExchange | null
  hand(exchange: SocketExchange): void
  /** The bytes of the answer to a message that never became an exchange. */
  refusal(fault: Fault, peer: Address): Buffer
}

/** What a listener asks the connection that a head came on. */
export interface Guest {
  readonly about: ConnectionFacts
  pour(bytes: Buffer, end: string): boolean
  linger(): void
  destroy(reset: boolean): void
}
