import type { RawHeaders } from '../lib/request-head.ts'
import type { Exchange, ExchangeEnd, ResponseWriter } from './exchange.ts'

/** How an exchange ended, and who is told. Only the first end counts; whoever asks later is told at once. */
export class Ending {
  outcome: ExchangeEnd | null = null
  #onAborts: (() => void)[] = []
  #onEnds: ((end: ExchangeEnd) => void)[] = []

  onAbort(callback: () => void): void {
    if (this.outcome === null) this.#onAborts.push(callback)
    else if (!this.outcome.complete) callback()
  }

  onEnd(callback: (end: ExchangeEnd) => void): void {
    if (this.outcome === null) this.#onEnds.push(callback)
    else callback(this.outcome)
  }

  /** False: it had ended before. What hangs on the exchange is ended between this and `tell`. */
  settle(outcome: ExchangeEnd): boolean {
    if (this.outcome !== null) return false
    this.outcome = outcome
    return true
  }

  tell(): void {
    const { outcome } = this
    if (outcome === null) return
    const aborts = this.#onAborts
    const ends = this.#onEnds
    this.#onAborts = []
    this.#onEnds = []
    if (!outcome.complete) for (const callback of aborts) callback()
    for (const callback of ends) callback(outcome)
  }
}

/** An answer in one piece: `Exchange.answer` by `Exchange.begin`. */
export function answerWhole(exchange: Exchange, status: number, headers: RawHeaders, body: string | Uint8Array): void {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body
  const length = status === 204 || status === 304 ? [] : ['Content-Length', String(bytes.length)]
  const writer = exchange.begin(status, '', [...headers, ...length])
  if (bytes.length > 0 && exchange.head.method !== 'HEAD') writer.write(bytes)
  writer.end()
}

/** What an exchange that cannot be answered any more is written by. */
export const silentWriter: ResponseWriter = { write: () => false, onDrain: () => {}, end: () => {}, abort: () => {} }
