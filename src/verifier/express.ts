import type { Identity } from './claims.ts'
import { describeRefusal } from './refusal.ts'
import type { Refusal, Verifier } from './verify.ts'

/** What is needed of a request: those of Express, connect and plain node:http fit. `identity` is set when the token holds. */
export interface GuardedRequest {
  readonly rawHeaders: readonly string[]
  identity?: Identity
}

export interface GuardedResponse {
  writeHead(status: number, headers: Record<string, string>): { end(body: string): unknown }
}

/**
 * A middleware for Express and connect; in plain node:http, call it with what is to happen next.
 * @example
 * const guard = createExpressGuard(verifier)
 * app.use(guard)
 * app.get('/', (request, response) => response.send(`Hello ${request.identity?.name}`))
 * @example
 * createServer((request: IncomingMessage & { identity?: Identity }, response) => {
 *   guard(request, response, () => response.end(`Hello ${request.identity?.name}`))
 * })
 */
export function createExpressGuard(verifier: Verifier, onRefused?: (reason: Refusal) => void) {
  const admit = async (request: GuardedRequest, response: GuardedResponse, next: () => void): Promise<void> => {
    // rawHeaders, because Node keeps silent about a repeated Authorization field in `headers`.
    const verified = await verifier.verify(request.rawHeaders)
    if (verified.kind === 'verified') {
      request.identity = verified.identity
      next()
      return
    }
    onRefused?.(verified.reason)
    const { status, headers, body } = describeRefusal(verified.reason)
    response.writeHead(status, headers).end(body)
  }
  return (request: GuardedRequest, response: GuardedResponse, next: () => void): void => {
    void admit(request, response, next) // verify never rejects; what `next` throws is the application's
  }
}
