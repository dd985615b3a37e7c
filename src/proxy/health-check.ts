import type { Dispatcher } from 'undici'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { UpstreamAddress } from './upstream-address.ts'

export interface HealthCheckOptions {
  readonly path: string
  readonly everyMs: number
  /** Until an answer, with its body, counts as none. */
  readonly timeoutMs?: number
  /** Failures in a row that take an address out. */
  readonly unhealthyAfter?: number
  /** Successes in a row that bring it back. */
  readonly healthyAfter?: number
}

/** Asks every address in turns. 200 to 399 is healthy: a checked path that wants a sign-in says nothing about the application. */
export function checkHealth(addresses: readonly UpstreamAddress[], clock: Clock, options: HealthCheckOptions): Cancel {
  const checks = addresses.map(address => new Check(address, clock, options))
  return clock.every(options.everyMs, () => {
    for (const check of checks) check.start()
  })
}

const defaultTimeoutMs = 5000

class Check {
  readonly #address: UpstreamAddress
  readonly #clock: Clock
  readonly #options: HealthCheckOptions
  #inRow = { healthy: 0, unhealthy: 0 }
  #running = false

  constructor(address: UpstreamAddress, clock: Clock, options: HealthCheckOptions) {
    this.#address = address
    this.#clock = clock
    this.#options = options
  }

  /** An address that is slow to answer is asked once at a time. */
  start(): void {
    if (this.#running) return
    this.#running = true
    const { path, everyMs, timeoutMs = Math.min(everyMs, defaultTimeoutMs) } = this.#options
    let over = false
    const end = (healthy: boolean) => {
      if (over) return
      over = true
      cancel()
      this.#running = false
      this.#count(healthy)
    }
    const asking = new Asking(end)
    const cancel = this.#clock.after(timeoutMs, () => {
      asking.abort()
      end(false)
    })
    this.#address.dispatch({ method: 'GET', path, headers: ['Host', this.#address.authority] }, asking)
  }

  #count(healthy: boolean): void {
    const { unhealthyAfter = 1, healthyAfter = 1 } = this.#options
    const { healthy: good, unhealthy: bad } = this.#inRow
    this.#inRow = healthy ? { healthy: good + 1, unhealthy: 0 } : { healthy: 0, unhealthy: bad + 1 }
    if (this.#inRow.healthy >= healthyAfter) this.#address.foundHealthy()
    if (this.#inRow.unhealthy >= unhealthyAfter) this.#address.foundUnhealthy()
  }
}

class Asking implements Dispatcher.DispatchHandler {
  readonly #end: (healthy: boolean) => void
  #controller: Dispatcher.DispatchController | null = null
  #aborted = false
  #status = 0

  constructor(end: (healthy: boolean) => void) {
    this.#end = end
  }

  abort(): void {
    this.#aborted = true
    this.#controller?.abort(new Error('the health check took too long'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#aborted) this.abort()
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.#status = status
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#end(this.#status >= 200 && this.#status < 400)
  }

  onResponseError(): void {
    this.#end(false)
  }
}
