import type { PageApp } from '../http/page-env.ts'
import { organizationBySlug } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

/** The proof that an organization's people have no local way in. The routes are those of this very API. */
export function addSsoProofRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.get('/api/prove/sso', async context => {
    const organization = await organizationBySlug(rooms.organizations, context.req.query('organization') ?? '')
    return context.json(await rooms.proveSso(organization, app.routes))
  })
}
