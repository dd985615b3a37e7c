import type { Duplex, Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Cancel, Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Exchange, ResponseWriter } from '../wire/exchange.ts'
import type { Timeouts } from './forwarding.ts'
import type { HeaderRules } from './request-headers.ts'
import { responseHeaders } from './response-headers.ts'
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
  readonly upgrade?: string
  /** Takes the connection when the upstream has switched. */
  onUpgrade?(socket: Duplex, headers: string[]): void
}

export interface Relay {
  /** Fulfilled when the answer has been passed on or cut; rejected with a Fault while the exchange can still be answered otherwise. */
  readonly done: Promise<void>
  /** Cuts it in both directions now. True: nothing had begun, and the client can still be told why. */
  stop(): boolean
}

/** Passes a request to an upstream and its answer back, with backpressure both ways; tries again only where that cannot do a thing twice. */
export function relay(job: RelayJob): Relay {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const passage = new Passage(job, resolve, reject)
  passage.start()
  return { done: promise, stop: () => passage.stop() }
}

// A repeated method does no more than a single one (RFC 9110 §9.2.2); with a body it cannot be sent twice, for we keep none.
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND', 'QUERY'])
const triesMax = 3

class Passage implements Dispatcher.DispatchHandler {
  readonly #job: RelayJob
  readonly #resolve: () => void
  readonly #reject: (fault: Fault) => void
  readonly #body: Readable | null
  readonly #tried = new Set<UpstreamAddress>()
  #address: UpstreamAddress | null = null
  #controller: Dispatcher.DispatchController | null = null
  #writer: ResponseWriter | null = null
  /** Gives the place at the address back. */
  #leave: () => void = () => {}
  #stopWaiting: Cancel = () => {}
  #tries = 0
  #received = false
  #over = false

  constructor(job: RelayJob, resolve: () => void, reject: (fault: Fault) => void) {
    this.#job = job
    this.#resolve = resolve
    this.#reject = reject
    this.#body = job.exchange.head.bodyLength === 0 ? null : job.exchange.body
  }

  start(): void {
    this.#try(this.#job.upstream.pick(this.#tried))
    this.#job.exchange.onAbort(() => this.stop())
  }

  stop(): boolean {
    if (this.#over) return false
    this.#settle()
    this.#controller?.abort(new Error('cut'))
    if (!this.#job.exchange.began) return true
    this.#job.exchange.abort()
    return false
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Cut while it waited for a connection.
    if (this.#over) controller.abort(new Error('cut'))
  }

  onResponseStarted(): void {
    this.#received = true
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, _: unknown, reason?: string): void {
    const { exchange, rules, added, personal } = this.#job
    const said = responseHeaders(rawPairs(controller.rawHeaders), status, rules)
    // A 101 that nobody asked for would leave the connection in a protocol that we do not know.
    if (status === 101) throw new Fault('upstream_broken', { detail: 'it switched protocols unasked' })
    if (status < 200) {
      exchange.interim(status, said)
      return
    }
    this.#address?.succeeded()
    const fields = personal ? keepFromSharedCaches(said) : said
    const writer = exchange.begin(status, printable.test(reason ?? '') ? (reason ?? '') : '', [...fields, ...added])
    writer.onDrain(() => controller.resume())
    this.#writer = writer
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#writer?.write(chunk) === false) controller.pause()
  }

  onResponseEnd(): void {
    if (this.#over) return
    this.#settle()
    this.#writer?.end()
  }

  onResponseError(_: unknown, cause: Error): void {
    if (this.#over) return
    this.#leave()
    const connecting = this.#controller === null
    if (!(cause instanceof Fault && cause.code !== 'upstream_broken'))
      this.#address?.failed(connecting ? 'connect' : 'answer')
    if (this.#writer !== null) {
      // The client has seen a head: it must see that the rest is missing, never a shorter success.
      this.#settle()
      this.#writer.abort()
      return
    }
    const next = this.#nextAddress(cause, connecting)
    if (next !== null) {
      this.#try(next)
      return
    }
    this.#over = true
    this.#reject(faultOf(cause, connecting))
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, _: unknown, socket: Duplex): void {
    socket.on('error', () => {}) // undici has taken its listeners off
    if (this.#over) {
      socket.destroy()
      return
    }
    // A tunnel is a connection as long as it is open.
    socket.on('close', this.#leave)
    this.#leave = () => {}
    this.#settle()
    this.#address?.succeeded()
    this.#job.onUpgrade?.(socket, responseHeaders(rawPairs(controller.rawHeaders), status, this.#job.rules))
  }

  #try(address: UpstreamAddress | null): void {
    if (address === null) throw new Fault('upstream_unreachable', { detail: 'the upstream has no address' })
    this.#address = address
    this.#controller = null
    this.#tries += 1
    this.#tried.add(address)
    const headers = this.#job.headersFor(address.authority)
    let started = false
    const leave = address.turns.take(leaveAfter => {
      started = true
      this.#leave = leaveAfter
      this.#stopWaiting()
      this.#dispatch(address, headers)
    })
    if (started) return
    this.#leave = leave
    this.#stopWaiting = this.#job.clock.after(this.#job.timeouts.headMs, () => this.#giveUp(address))
  }

  #dispatch(address: UpstreamAddress, headers: string[]): void {
    const { exchange, timeouts, upgrade } = this.#job
    address.dispatch(
      {
        method: exchange.head.method,
        path: exchange.head.target,
        headers,
        body: this.#body,
        headersTimeout: timeouts.headMs,
        bodyTimeout: timeouts.bodyIdleMs,
        ...(upgrade === undefined ? {} : { upgrade }),
      },
      this,
    )
  }

  /** All connections stayed in use: an answer now is worth more than a place in the queue. */
  #giveUp({ text }: UpstreamAddress): void {
    this.#leave()
    this.#over = true
    this.#reject(new Fault('busy', { detail: `all connections to ${text} are in use`, retryAfterSeconds: 1 }))
  }

  #nextAddress(cause: Error, connecting: boolean): UpstreamAddress | null {
    if (this.#tries >= triesMax || cause instanceof Fault) return null
    if (connecting) return this.#job.upstream.pick(this.#tried)
    const repeatable = this.#body === null && idempotentMethods.has(this.#job.exchange.head.method)
    if (!repeatable || this.#received || isTimeout(cause)) return null
    // Most often a kept connection that the upstream had just closed: another address, else once more the same on a fresh one.
    return this.#job.upstream.pick(this.#tried) ?? (this.#tries === 1 ? this.#address : null)
  }

  #settle(): void {
    this.#over = true
    this.#stopWaiting()
    this.#leave()
    this.#resolve()
  }
}

const printable = /^[\x20-\x7e]*$/

/** The fields as they came; undici hands bytes for HTTP/1. */
function rawPairs(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) throw new Fault('internal', { detail: 'the HTTP client gave no raw fields' })
  return raw.map(part => (typeof part === 'string' ? part : part.toString('latin1')))
}

function isTimeout(cause: Error): boolean {
  return codeOf(cause) === 'UND_ERR_HEADERS_TIMEOUT' || codeOf(cause) === 'UND_ERR_BODY_TIMEOUT'
}

function faultOf(cause: Error, connecting: boolean): Fault {
  if (cause instanceof Fault) return cause
  const code = codeOf(cause)
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return new Fault('bad_request', { cause })
  if (isTimeout(cause)) return new Fault('upstream_timeout', { cause })
  return new Fault(connecting ? 'upstream_unreachable' : 'upstream_broken', { cause })
}

function codeOf(cause: Error): unknown {
  return 'code' in cause ? cause.code : undefined
}
