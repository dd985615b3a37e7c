import type { PortalHarness } from './portal-harness.ts'
import { goodPassword } from './portal-people.ts'
import { createPortalVisitor, type PortalVisitor, type Reply, type VisitorOptions } from './portal-visitor.ts'

/** Up to the answer to the password: the address page, the password page, one try. */
export async function tryPassword(
  portal: PortalHarness,
  visitor: PortalVisitor,
  email: string,
  password: string = goodPassword,
  path = '/sign-in',
): Promise<Reply> {
  const first = await visitor.follow(await visitor.get(`${portal.portalOrigin}${path}`))
  const second = await visitor.submit(first, { email })
  return visitor.submit(second, { password })
}

/** A visitor who is signed in on the portal. The account must not ask for more than a password. */
export async function signedIn(
  portal: PortalHarness,
  email: string,
  options: Partial<VisitorOptions> = {},
): Promise<PortalVisitor> {
  const visitor = createPortalVisitor({ port: portal.port, ...options })
  const reply = await tryPassword(portal, visitor, email)
  if (reply.location !== '/account')
    throw new Error(`not signed in: ${reply.status} ${reply.heading} ${reply.location}`)
  return visitor
}

export const portalHost = 'auth.localhost'
export const appHost = 'localhost'
