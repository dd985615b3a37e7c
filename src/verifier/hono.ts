import type { Identity } from './claims.ts'
import { describeRefusal } from './refusal.ts'
import type { Refusal, Verifier } from './verify.ts'

/** What is needed of Hono's context. */
export interface GuardedContext {
  readonly req: { readonly raw: { readonly headers: { get(name: string): string | null } } }
  set(key: 'identity', identity: Identity): void
}

/**
 * A middleware for Hono (and whatever speaks its context).
 * @example
 * const app = new Hono<{ Variables: { identity: Identity } }>()
 * app.use(createHonoGuard(verifier))
 * app.get('/', context => context.text(`Hello ${context.get('identity').name}`))
 */
export function createHonoGuard(verifier: Verifier, onRefused?: (reason: Refusal) => void) {
  return async (context: GuardedContext, next: () => Promise<void>): Promise<Response | undefined> => {
    const verified = await verifier.verify(context.req.raw.headers)
    if (verified.kind === 'verified') {
      context.set('identity', verified.identity)
      await next()
      return undefined
    }
    onRefused?.(verified.reason)
    const { status, headers, body } = describeRefusal(verified.reason)
    return new Response(body, { status, headers })
  }
}
