import { Hono } from 'hono'
import type { PageApp, PageEnv } from '../http/page-env.ts'
import { Fault } from '../lib/fault.ts'
import type { RequestHead } from '../lib/request-head.ts'
import { addAccountRoutes } from './account-routes.ts'
import { addBanRoutes } from './ban-routes.ts'
import { addCampaignRoutes } from './campaign-routes.ts'
import { addDomainRoutes } from './domain-routes.ts'
import { addHandOverRoutes } from './hand-over-routes.ts'
import { addHouseRoutes } from './house-routes.ts'
import { addLeakRoutes } from './leak-routes.ts'
import { addNoticeRoutes } from './notice-routes.ts'
import { addOrganizationRoutes } from './organization-routes.ts'
import { addPeopleListRoutes } from './people-list-routes.ts'
import { addPersonRoutes } from './person-routes.ts'
import type { OperatorRooms } from './rooms.ts'
import { addSsoProofRoutes } from './sso-proof-routes.ts'
import { addSsoRoutes } from './sso-routes.ts'
import { addSsoSwitchRoutes } from './sso-switch-routes.ts'
import { addThreatRoutes } from './threat-routes.ts'

// The operators' API: what the CLI talks to, over a Unix socket that only the gateway's own user may open, or over TCP with a bearer token.
// It never decides about people's requests and never shows a secret; every change it makes leaves an audit row naming the operator.
// Start reading at the route groups.

export interface OperatorAccess {
  /** Who asks over a socket is a user of this machine; over TCP anybody who holds the token. */
  readonly over: 'socket' | 'tcp'
  /** True for the Unix socket (guarded by its file mode) and for a right bearer token. */
  mayOperate(head: RequestHead): boolean
}

export function createOperatorApi(rooms: OperatorRooms, access: OperatorAccess): PageApp {
  const app = new Hono<PageEnv>()
  app.get('/healthz', context => context.text('ok\n'))
  app.get('/readyz', context =>
    rooms.running?.ready() === true ? context.text('ready\n') : context.text('not ready\n', 503),
  )
  app.get('/metrics', async context => {
    if (rooms.running === null) throw new Fault('not_found')
    const { text, contentType } = await rooms.running.metrics()
    return context.body(text, 200, { 'Content-Type': contentType })
  })
  app.use('/api/*', async (context, next) => {
    if (!access.mayOperate(context.env.head)) return problem(401, 'unauthorized', 'A bearer token is needed here.')
    context.set('byToken', access.over === 'tcp')
    return next()
  })
  addAccountRoutes(app, rooms)
  addPeopleListRoutes(app, rooms)
  addPersonRoutes(app, rooms)
  addHandOverRoutes(app, rooms)
  addOrganizationRoutes(app, rooms)
  addDomainRoutes(app, rooms)
  addSsoSwitchRoutes(app, rooms)
  addSsoProofRoutes(app, rooms)
  addHouseRoutes(app, rooms)
  addNoticeRoutes(app, rooms)
  addLeakRoutes(app, rooms)
  addBanRoutes(app, rooms)
  addThreatRoutes(app, rooms)
  addSsoRoutes(app, rooms)
  addCampaignRoutes(app, rooms)
  app.notFound(() => problem(404, 'not_found', 'There is no such operation.'))
  app.onError(cause => {
    if (!(cause instanceof Fault)) return problem(500, 'internal', String(cause.message))
    // Operators are told the cause: it is their gateway.
    return problem(cause.status, cause.code, cause.message)
  })
  return app
}

function problem(status: number, code: string, detail: string): Response {
  return new Response(JSON.stringify({ type: `urn:sekisho:${code}`, status, detail }), {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
  })
}
