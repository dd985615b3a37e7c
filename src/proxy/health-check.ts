import type { Cancel, Clock } from '../lib/clock.ts'
import type { AnswerReader, Sending } from './sending.ts'
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
    const headers = ['Host', this.#address.authority]
    const request = { method: 'GET', target: path, headers, body: null, headMs: 0, bodyIdleMs: 0 }
    let asking: Sending | null = null
    const cancel = this.#clock.after(timeoutMs, () => {
      asking?.abort()
      end(false)
    })
    asking = this.#address.send(request, new Asking(end))
  }

  #count(healthy: boolean): void {
    const { unhealthyAfter = 1, healthyAfter = 1 } = this.#options
    const { healthy: good, unhealthy: bad } = this.#inRow
    this.#inRow = healthy ? { healthy: good + 1, unhealthy: 0 } : { healthy: 0, unhealthy: bad + 1 }
    if (this.#inRow.healthy >= healthyAfter) this.#address.foundHealthy()
    if (this.#inRow.unhealthy >= unhealthyAfter) this.#address.foundUnhealthy()
  }
}

class Asking implements AnswerReader {
  readonly #end: (healthy: boolean) => void
  #status = 0

  constructor(end: (healthy: boolean) => void) {
    this.#end = end
  }

  onInterim(): void {}

  onHead(status: number): void {
    this.#status = status
  }

  onData(): boolean {
    return true
  }

  onEnd(): void {
    this.#end(this.#status >= 200 && this.#status < 400)
  }

  onUpgrade(): void {}

  onFailure(): void {
    this.#end(false)
  }
}
