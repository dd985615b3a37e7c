import type { Address } from '../lib/address.ts'
import type { Fault } from '../lib/fault.ts'
import type { ParsedHead } from './llhttp.ts'
import type { ExchangeLine, SocketExchange } from './socket-exchange.ts'

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
  refusal(fault: Fault, peer: Address | null): Buffer
}

/** What a listener asks the connection that a head came on. */
export interface Guest {
  readonly peer: Address | null
  write(bytes: Buffer | string): boolean
  linger(): void
  destroy(reset: boolean): void
}
