import type { Account } from '../../src/people/account.ts'
import { parseEmail } from '../../src/people/email.ts'
import type { Organization } from '../../src/people/organization.ts'
import { byTest, testPassword } from './gateway.ts'
import { type App, createApp } from './portal-people.ts'
import type { PortalVisitor, Reply } from './portal-visitor.ts'
import { rooms, type SamlGateway } from './saml-gateway.ts'

// People of an organization that turns to single sign-on, in a whole gateway.

export async function accountOf({ gateway }: SamlGateway, email: string): Promise<Account> {
  const parsed = parseEmail(email)
  const account = parsed === null ? null : await rooms(gateway).store.accounts.findByEmail(parsed.key)
  if (account === null) throw new Error(`no account ${email}`)
  return account
}

export async function organizationOf({ gateway }: SamlGateway, slug: string): Promise<Organization> {
  const organization = await rooms(gateway).store.organizations.findBySlug(slug)
  if (organization === null) throw new Error(`no organization ${slug}`)
  return organization
}

/** Switches an authenticator app on. */
export async function enrolApp(world: SamlGateway, email: string): Promise<App> {
  const { secondFactors } = rooms(world.gateway).people
  const account = await accountOf(world, email)
  const { secret, sealed } = secondFactors.newTotp(account)
  const app = createApp(secret, world.clock)
  const added = await secondFactors.addTotp(account, sealed, await app.code(), 'Phone', byTest)
  if (added.kind !== 'added') throw new Error(added.kind)
  world.clock.advance(60_000) // the step that confirmed it is used up
  return app
}

/** The page that follows a password, on the way that is open to everybody. */
export async function tryPassword(
  { gateway }: SamlGateway,
  visitor: PortalVisitor,
  email: string,
  password = testPassword,
): Promise<Reply> {
  const first = await visitor.get(`${gateway.portalOrigin}/sign-in?way=password`)
  const second = await visitor.submit(first, { email })
  return visitor.submit(second, { password })
}

export async function signInLocally(world: SamlGateway, email: string, app?: App): Promise<PortalVisitor> {
  const visitor = world.visitor()
  let reply = await tryPassword(world, visitor, email)
  if (app !== undefined) {
    world.clock.advance(60_000)
    reply = await visitor.submit(await visitor.follow(reply), { code: await app.code() })
  }
  if (reply.location === null || !reply.location.startsWith('/account'))
    throw new Error(`not signed in: ${reply.status} ${reply.heading} ${reply.location}`)
  return visitor
}

/** What the account page answers: 200 for who is in, 303 for who is led to sign in. */
export async function accountPage({ gateway }: SamlGateway, visitor: PortalVisitor): Promise<Reply> {
  return visitor.get(`${gateway.portalOrigin}/account`)
}
