import type { PageApp } from '../http/page-env.ts'
import { type HandOverNeeds, handOverRoutes } from './hand-over.ts'
import { type SsoNeeds, ssoRoutes } from './sso.ts'

// The organization's console: what its administrators do for their people. It lives on the portal's host and borrows the frame of its pages
// (`Host`); whether an act is allowed, it asks: the `admin` walk judges actor, act and target. It never decides, and never sees another organization.
// Start reading at hand-over.ts; how the organization signs in is sso.ts.

export function createAdmin(needs: HandOverNeeds & SsoNeeds): readonly PageApp[] {
  return [handOverRoutes(needs), ssoRoutes(needs)]
}
