import type { Socket } from 'node:net'
import { Client } from 'undici'
import type { Clock } from '../lib/clock.ts'
import { connectChecked, type OutgoingRules, reasonOf } from './connect.ts'

// Outgoing speaks HTTP to others: providers of text messages, lists of leaked passwords, metadata of identity providers. It owns the
// bounds of that: time, size, where to. No redirects (the other side would choose the next address), no decompression (a small answer could
// become a large one), no private addresses unless they are named, and a name is resolved once: what was checked is what is connected to.
// Nobody else opens connections to foreign hosts but the proxy to its upstreams. Start reading at `createOutgoing`.

export interface Outgoing {
  /** One request, one answer; never throws for what the network does. */
  send(request: OutgoingRequest): Promise<OutgoingAnswer>
}

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Asked when the connection stands, before the first byte leaves; when it answers false, none does. */
  readonly handOver?: () => Promise<boolean>
  /** Raised: answers at once with what it knows. */
  readonly stop?: AbortSignal
  /** Where somebody waits for it, less than the usual time. */
  readonly wholeMs?: number
  /** Where long answers are the rule, more than the usual size. */
  readonly answerBytesMax?: number
}

export type OutgoingAnswer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  /** Nothing has left. `refused`: our own rules do not allow this address, whenever it is tried. */
  | { readonly kind: 'not_sent' | 'refused'; readonly why: string }
  /** It was given away, and the answer did not come, not in time, or not in the size that is taken. */
  | { readonly kind: 'lost'; readonly why: string }
  /** `handOver` said no. */
  | { readonly kind: 'withheld' }

export interface OutgoingNeeds {
  readonly clock: Clock
  /** Read at each use: a reload may change them. */
  readonly rules: () => OutgoingRules
  /** PEM of further authorities, for providers inside the house. */
  readonly ca?: string
}

const connectMs = 2_000
const usualMs = 10_000
const answerBytesMax = 64 * 1024

export function createOutgoing({ clock, rules, ca }: OutgoingNeeds): Outgoing {
  return {
    async send(request) {
      const ending = new AbortController()
      const end = () => ending.abort(new Error('stopping'))
      request.stop?.addEventListener('abort', end, { once: true })
      if (request.stop?.aborted === true) end()
      const wholeMs = request.wholeMs ?? usualMs
      const cancel = clock.after(wholeMs, () => ending.abort(new Error(`no answer within ${wholeMs / 1000} s`)))
      try {
        const url = new URL(request.url)
        const connecting = { url, rules: rules(), clock, timeoutMs: Math.min(connectMs, wholeMs), stop: ending.signal }
        const connected = await connectChecked({ ...connecting, ...(ca === undefined ? {} : { ca }) })
        if (connected.kind !== 'connected') return connected
        return await converse(connected.socket, url, request, ending.signal)
      } finally {
        cancel()
        request.stop?.removeEventListener('abort', end)
      }
    },
  }
}

async function converse(
  socket: Socket,
  url: URL,
  { method, headers = {}, body, handOver, answerBytesMax: bytesMax = answerBytesMax }: OutgoingRequest,
  stop: AbortSignal,
): Promise<OutgoingAnswer> {
  using _socket = { [Symbol.dispose]: () => socket.destroy() }
  if (handOver !== undefined && !(await handOver())) return { kind: 'withheld' }
  if (socket.destroyed) return { kind: 'not_sent', why: 'the connection was closed before anything was sent' }
  // One request on a connection of its own: nothing is pipelined, retried or kept.
  const client = new Client(url.origin, {
    // Not at once: undici notes that it connects after it has asked, and would wait for ever.
    connect: (_options, callback) => queueMicrotask(() => callback(null, socket)),
    headersTimeout: 0, // the deadline is ours
    bodyTimeout: 0,
    maxHeaderSize: 16 * 1024,
  })
  try {
    const answer = await client.request({
      method,
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, 'accept-encoding': 'identity' },
      reset: true,
      signal: stop,
      ...(body === undefined ? {} : { body }),
    })
    const text = await readCapped(answer.body, bytesMax)
    return { kind: 'answered', status: answer.statusCode, headers: plain(answer.headers), body: text }
  } catch (cause) {
    return { kind: 'lost', why: reasonOf(stop.aborted ? stop.reason : cause) }
  } finally {
    await client.destroy()
  }
}

async function readCapped(body: AsyncIterable<Buffer>, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > bytesMax) throw new Error(`the answer is longer than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function plain(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
}
