import type { Account } from '../../src/people/account.ts'
import { seededPassword } from './books.ts'
import { type OpenConnections, openConnections } from './open-connections.ts'
import { createPortalVisitor, type PortalVisitor } from './portal-visitor.ts'
import { nextEmail, type RaceTrack, sameBrowser } from './races.ts'

/** Somebody who signed in at the first gateway and talks to the application through the second one. */
export interface Straddler {
  readonly account: Account
  /** At the first gateway. */
  readonly visitor: PortalVisitor
  readonly connections: OpenConnections
  /** What a program is answered with these cookies at each gateway. */
  statuses(): Promise<readonly number[]>
}

export async function startStraddler({ deployment, books, ports }: RaceTrack): Promise<Straddler> {
  const { appOrigin } = deployment
  const [here = 0, there = 0] = ports
  const account = await books.addPerson(nextEmail('both'))
  const visitor = createPortalVisitor({ port: here })
  const first = await visitor.follow(await visitor.get(`${appOrigin}/room`))
  const second = await visitor.submit(first, { email: account.email })
  await visitor.follow(await visitor.submit(second, { password: seededPassword }))
  const connections = await openConnections(sameBrowser(visitor, there), there, appOrigin)
  return {
    account,
    visitor,
    connections,
    statuses: () =>
      Promise.all(
        ports.map(async port => {
          const asking = { headers: { Accept: 'application/json', 'Sec-Fetch-Mode': 'cors' } }
          return (await sameBrowser(visitor, port).get(`${appOrigin}/probe`, asking)).status
        }),
      ),
  }
}

export async function signOut({ deployment, ports }: RaceTrack, { visitor }: Straddler): Promise<void> {
  // The cookies are kept by whoever copied them: leaving must not depend on the browser forgetting.
  const leaving = sameBrowser(visitor, ports[0] ?? 0)
  await leaving.submit(await leaving.get(`${deployment.portalOrigin}/sign-out`), {})
}
