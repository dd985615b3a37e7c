import type { Duplex, Readable } from 'node:stream'
import type { Cancel, Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Exchange, ResponseWriter } from '../wire/exchange.ts'
import { refusal } from '../wire/refusals.ts'
import type { Timeouts } from './forwarding.ts'
import { onceClosed } from './once-closed.ts'
import type { HeaderRules } from './request-headers.ts'
import { responseHeaders } from './response-headers.ts'
import type { AnswerReader, Failure, Sending } from './sending.ts'
import { keepFromSharedCaches } from './shared-caches.ts'
import type { UpstreamAddress } from './upstream-address.ts'
import type { Upstream } from './upstreams.ts'

/** One request on its way through. */
export interface RelayJob {
  readonly clock: Clock
  readonly exchange: Exchange
  readonly upstream: Upstream
  readonly rules: HeaderRules
  readonly timeouts: Timeouts
  /** The request's fields for the address that is tried. */
  headersFor(authority: string): string[]
  /** The answer is for one person: no shared cache may keep it. */
  readonly personal: boolean
  /** Fields of ours for the answer (RateLimit). */
  readonly added: readonly string[]
  /** Protocol to switch to; the upstream may answer otherwise. */
  readonly upgrade?: string | undefined
  /** Told once, while the exchange can still be answered otherwise. */
  failed(fault: Fault): void
  /** Takes the connection when the upstream has switched. */
  onUpgrade?(socket: Duplex, headers: string[]): void
}

export interface Relay {
  /** Cuts it in both directions now. True: nothing had begun, and the client can still be told why. */
  stop(): boolean
}

/** Passes a request to an upstream and its answer back, with backpressure both ways; tries again only where that cannot do a thing twice. */
export function relay(job: RelayJob): Relay {
  const passage = new Passage(job)
  passage.start()
  return passage
}

// A repeated method does no more than a single one (RFC 9110 §9.2.2); with a body it cannot be sent twice, for we keep none.
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND', 'QUERY'])
const triesMax = 3

class Passage implements Relay, AnswerReader {
  readonly #job: RelayJob
  readonly #body: Readable | null
  #tried: ReadonlySet<UpstreamAddress> = none
  #address: UpstreamAddress | null = null
  #sending: Sending | null = null
  #writer: ResponseWriter | null = null
  /** Gives the place at the address back, or gives up waiting for one. */
  #leave: (() => void) | null = null
  #stopWaiting: Cancel | null = null
  #tries = 0
  #over = false

  constructor(job: RelayJob) {
    this.#job = job
    this.#body = job.exchange.head.bodyLength === 0 ? null : job.exchange.body
  }

  start(): void {
    this.#try(this.#job.upstream.pick(this.#tried))
    this.#job.exchange.onAbort(() => this.stop())
  }

  stop(): boolean {
    if (this.#over) return false
    this.#settle()
    this.#sending?.abort()
    if (!this.#job.exchange.began) return true
    this.#job.exchange.abort()
    return false
  }

  onInterim(status: number, fields: readonly string[]): void {
    this.#job.exchange.interim(status, responseHeaders(fields, status, this.#job.rules))
  }

  onHead(status: number, reason: string, fields: readonly string[]): void {
    const { exchange, rules, added, personal } = this.#job
    const said = responseHeaders(fields, status, rules)
    this.#address?.succeeded()
    const kept = personal ? keepFromSharedCaches(said) : said
    for (const text of added) kept.push(text)
    const writer = exchange.begin(status, printable.test(reason) ? reason : '', kept)
    writer.onDrain(() => this.#sending?.resume())
    this.#writer = writer
  }

  onData(bytes: Buffer): boolean {
    return this.#writer?.write(bytes) === true
  }

  onEnd(): void {
    if (this.#over) return
    this.#settle()
    this.#writer?.end()
  }

  onFailure(failure: Failure): void {
    if (this.#over) return
    this.#giveBack()
    if (failure.at !== 'body') this.#address?.failed(failure.at)
    if (this.#writer !== null) {
      // The client has seen a head: it must see that the rest is missing, never a shorter success.
      this.#settle()
      this.#writer.abort()
      return
    }
    const next = this.#nextAddress(failure)
    if (next !== null) {
      this.#try(next)
      return
    }
    this.#over = true
    this.#job.failed(faultOf(failure))
  }

  onUpgrade(socket: Duplex, fields: readonly string[]): void {
    if (this.#over) {
      socket.destroy()
      return
    }
    const said = responseHeaders(fields, 101, this.#job.rules)
    // A tunnel is a connection as long as it is open.
    const leave = this.#leave
    this.#leave = null
    if (leave !== null) onceClosed(socket, leave)
    this.#settle()
    this.#address?.succeeded()
    this.#job.onUpgrade?.(socket, said)
  }

  #try(address: UpstreamAddress | null): void {
    if (address === null) throw new Fault('upstream_unreachable', { detail: 'the upstream has no address' })
    const fresh = this.#address === address
    this.#address = address
    this.#sending = null
    this.#tries += 1
    const headers = this.#job.headersFor(address.authority)
    const { turns } = address
    const leave = turns.enter()
    if (leave !== null) {
      this.#leave = leave
      this.#send(address, headers, fresh)
    } else if (turns.isCrowded) this.#giveUp(address)
    else this.#wait(address, () => this.#send(address, headers, fresh))
  }

  #wait(address: UpstreamAddress, start: () => void): void {
    this.#leave = address.turns.take(leave => {
      this.#leave = leave
      this.#stopWaiting?.()
      start()
    })
    this.#stopWaiting = this.#job.clock.after(this.#job.timeouts.headMs, () => this.#giveUp(address))
  }

  #send(address: UpstreamAddress, headers: string[], fresh: boolean): void {
    const { exchange, timeouts, upgrade } = this.#job
    this.#sending = address.send(
      {
        method: exchange.head.method,
        target: exchange.head.target,
        headers,
        body: this.#body,
        headMs: timeouts.headMs,
        bodyIdleMs: timeouts.bodyIdleMs,
        upgrade,
      },
      this,
      fresh,
    )
  }

  /** All connections stayed in use: an answer now is worth more than a place in the queue. */
  #giveUp({ text }: UpstreamAddress): void {
    this.#giveBack()
    this.#over = true
    this.#job.failed(refusal('upstream-connections', { detail: text, retryAfterSeconds: 1 }))
  }

  #nextAddress({ at, received, isTimeout, cause }: Failure): UpstreamAddress | null {
    if (this.#tries >= triesMax || at === 'body') return null
    if (this.#address !== null) this.#tried = new Set(this.#tried).add(this.#address)
    if (at === 'connect') return this.#job.upstream.pick(this.#tried)
    const repeatable = this.#body === null && idempotentMethods.has(this.#job.exchange.head.method)
    if (!repeatable || received || isTimeout || cause instanceof Fault) return null
    // Most often a kept connection that the upstream had just closed: another address, else once more the same on a fresh one.
    return this.#job.upstream.pick(this.#tried) ?? (this.#tries === 1 ? this.#address : null)
  }

  #giveBack(): void {
    this.#stopWaiting?.()
    const leave = this.#leave
    this.#leave = null
    leave?.()
  }

  #settle(): void {
    this.#over = true
    this.#giveBack()
  }
}

const none: ReadonlySet<UpstreamAddress> = new Set()

const printable = /^[\x20-\x7e]*$/

function faultOf({ at, isTimeout, cause }: Failure): Fault {
  if (cause instanceof Fault) return cause
  if (at === 'connect') return new Fault('upstream_unreachable', { cause })
  return new Fault(isTimeout ? 'upstream_timeout' : 'upstream_broken', { cause })
}
