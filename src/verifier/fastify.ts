import type { Identity } from './claims.ts'
import { describeRefusal } from './refusal.ts'
import type { Refusal, Verifier } from './verify.ts'

/** What is needed of Fastify's request. */
export interface GuardedFastifyRequest {
  readonly raw: { readonly rawHeaders: readonly string[] }
  identity?: Identity | null
}

export interface GuardedFastifyReply {
  code(status: number): { headers(headers: Record<string, string>): { send(body: string): unknown } }
}

/**
 * A hook for Fastify.
 * @example
 * app.decorateRequest('identity', null)
 * app.addHook('onRequest', createFastifyGuard(verifier))
 * app.get('/', request => `Hello ${request.identity?.name}`)
 */
export function createFastifyGuard(verifier: Verifier, onRefused?: (reason: Refusal) => void) {
  return async <Reply extends GuardedFastifyReply>(
    request: GuardedFastifyRequest,
    reply: Reply,
  ): Promise<Reply | undefined> => {
    const verified = await verifier.verify(request.raw.rawHeaders)
    if (verified.kind === 'verified') {
      request.identity = verified.identity
      return undefined
    }
    onRefused?.(verified.reason)
    const { status, headers, body } = describeRefusal(verified.reason)
    reply.code(status).headers(headers).send(body)
    return reply // an async hook that has answered returns the reply, so that Fastify goes no further
  }
}
