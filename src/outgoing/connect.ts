import { lookup } from 'node:dns/promises'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { asError } from '../lib/as-error.ts'
import type { Networks } from '../lib/cidr.ts'
import type { Clock } from '../lib/clock.ts'
import { isPublic } from './addresses.ts'

export interface OutgoingRules {
  /** Otherwise https alone. */
  readonly plainHttp: boolean
  /** Addresses that are not public and may be reached all the same. */
  readonly privateNetworks: Networks
}

export interface Connecting {
  readonly url: URL
  readonly rules: OutgoingRules
  readonly clock: Clock
  readonly timeoutMs: number
  readonly stop: AbortSignal
  readonly ca?: string
}

export type Connected =
  | { readonly kind: 'connected'; readonly socket: Socket }
  | { readonly kind: 'not_sent' | 'refused'; readonly why: string }

/** Resolves the name once, and connects to an address that was checked: a second answer of the name server changes nothing (DNS rebinding). */
export async function connectChecked(connecting: Connecting): Promise<Connected> {
  const { url, rules, clock, timeoutMs, stop } = connecting
  const isHttps = url.protocol === 'https:'
  if (!isHttps && !(url.protocol === 'http:' && rules.plainHttp))
    return { kind: 'refused', why: `${url.protocol} is not allowed; only https is` }
  const late = new AbortController()
  const cancel = clock.after(timeoutMs, () => late.abort(new Error(`no connection within ${timeoutMs / 1000} s`)))
  const signal = AbortSignal.any([late.signal, stop])
  try {
    const name = url.hostname.replace(/^\[|\]$/g, '')
    const found = await within(signal, lookup(name, { all: true }))
    const allowed = found.find(({ address }) => isPublic(address, rules.privateNetworks))
    if (allowed === undefined)
      return { kind: 'refused', why: `${name} has no public address, and none that outgoing.privateNetworks names` }
    return { kind: 'connected', socket: await open(connecting, allowed.address, signal) }
  } catch (cause) {
    return { kind: 'not_sent', why: reasonOf(cause) }
  } finally {
    cancel()
  }
}

function open({ url, ca }: Connecting, address: string, signal: AbortSignal): Promise<Socket> {
  const isHttps = url.protocol === 'https:'
  const port = Number(url.port === '' ? (isHttps ? 443 : 80) : url.port)
  const name = url.hostname.replace(/^\[|\]$/g, '')
  const names = isIP(name) === 0 ? { servername: name } : {}
  return new Promise((resolve, reject) => {
    const socket = isHttps
      ? connectTls({ host: address, port, ALPNProtocols: ['http/1.1'], ...names, ...(ca === undefined ? {} : { ca }) })
      : connectPlain({ host: address, port })
    const fail = (cause: Error) => {
      signal.removeEventListener('abort', stop)
      socket.destroy()
      reject(cause)
    }
    const stop = () => fail(asError(signal.reason))
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    socket.once('error', fail)
    socket.once(isHttps ? 'secureConnect' : 'connect', () => {
      signal.removeEventListener('abort', stop)
      socket.off('error', fail)
      socket.on('error', () => {}) // whoever uses it finds it destroyed
      resolve(socket)
    })
  })
}

/** A look-up cannot be called off; nobody waits for it any longer. */
function within<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(asError(signal.reason))
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** For logs and the outbox: what happened, without what was sent. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause && typeof cause.code === 'string' ? `${cause.code} ${cause.message}` : cause.message
}
