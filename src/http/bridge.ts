import { Fault } from '../lib/fault.ts'
import { fieldValue, type RawHeaders, type RequestHead } from '../lib/request-head.ts'
import type { Exchange } from '../wire/exchange.ts'
import { formBytesMax } from './forms.ts'
import type { PageApp } from './page-env.ts'
import { StreamedResponse } from './streamed.ts'

// http/ is the glue between the listener and our own pages: cookies, forms, headers, the frame of a page, faults as answers.
// It decides nothing: pages are handed `Ask`. What it must never do: hand a framework's request to a room below it.
// Start reading here: one exchange becomes one web request, and the web response goes back.

/** Serves one exchange by a Hono app. */
export type Bridge = (exchange: Exchange, receipt: string) => Promise<void>

export interface BridgeOptions {
  readonly app: PageApp
  /** Bytes that a body may have; forms by default. */
  readonly bodyBytesMax?: (head: RequestHead) => number
  /** Answers what failed before the app could (a body that is too large, a target that is none). */
  readonly answerFault: (cause: unknown, head: RequestHead, receipt: string) => Response | Promise<Response>
}

export function createBridge({ app, answerFault, bodyBytesMax = () => formBytesMax }: BridgeOptions): Bridge {
  return async (exchange, receipt) => {
    const { head } = exchange
    let response: Response
    try {
      const request = await readRequest(exchange, bodyBytesMax(head))
      response = await app.fetch(request, { head, receipt })
    } catch (cause) {
      response = await answerFault(cause, head, receipt)
    }
    await answer(exchange, response)
  }
}

// Routes are matched on the path alone, so the host of this address is nobody's; links are made from configuration.
const base = 'http://own.invalid'

async function readRequest(exchange: Exchange, bodyBytesMax: number): Promise<Request> {
  const { head } = exchange
  if (!head.target.startsWith('/')) throw new Fault('bad_request')
  if (!servedMethods.has(head.method)) throw new Fault('not_implemented')
  const body = await readBody(exchange, bodyBytesMax)
  const type = fieldValue(head.headers, 'content-type')
  return new Request(base + head.target, {
    method: head.method,
    ...(type === undefined ? {} : { headers: { 'Content-Type': type } }),
    ...(body === null || bodiless.has(head.method) ? {} : { body }),
  })
}

const servedMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const bodiless = new Set(['GET', 'HEAD'])

async function readBody(exchange: Exchange, bodyBytesMax: number): Promise<Uint8Array<ArrayBuffer> | null> {
  if (exchange.head.bodyLength === 0) return null
  exchange.limitBody(bodyBytesMax)
  const chunks: Uint8Array[] = []
  for await (const chunk of exchange.body) {
    if (!(chunk instanceof Uint8Array))
      throw new Fault('internal', { detail: 'the body gave something else than bytes' })
    chunks.push(chunk)
  }
  return Uint8Array.from(Buffer.concat(chunks))
}

async function answer(exchange: Exchange, response: Response): Promise<void> {
  const headers: string[] = []
  // Iterating gives each Set-Cookie on its own, as it must be sent (RFC 9110 §5.3).
  for (const [name, value] of response.headers) headers.push(name, value)
  if (response instanceof StreamedResponse && exchange.head.method !== 'HEAD')
    return stream(exchange, response, headers)
  const body = new Uint8Array(await response.arrayBuffer())
  exchange.answer(response.status, headers satisfies RawHeaders, body)
}

async function stream(exchange: Exchange, { status, body }: StreamedResponse, headers: RawHeaders): Promise<void> {
  const writer = exchange.begin(status, '', headers)
  const reader = body?.getReader()
  let wake = (): void => {}
  let left = false
  writer.onDrain(() => wake())
  exchange.onAbort(() => {
    left = true
    wake()
  })
  try {
    for (;;) {
      const next = left ? undefined : await reader?.read()
      if (next?.value === undefined) break
      if (!writer.write(next.value) && !left)
        await new Promise<void>(resolve => {
          wake = resolve
        })
    }
  } catch {
    return writer.abort() // half a list must not look like a whole one; the cause was told where it arose
  }
  if (left) await reader?.cancel()
  else writer.end()
}
