import { exchange } from '../support/raw-http.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'
import { type GatewaySetup, type RunningGateway, startGateway } from './gateway.ts'
import type { SessionCookie } from './placeholders.ts'
import { createVisitor, type Person } from './visitor.ts'

// A gateway with a recording application behind it, and what every suite asks of the two.

export interface Deployment extends AsyncDisposable {
  readonly gateway: RunningGateway
  readonly upstream: RecordingUpstream
}

/** Starts both; the upstream comes first, because the gateway's configuration names its port. */
export async function deploy(setup: Omit<GatewaySetup, 'upstreamPort'>): Promise<Deployment> {
  const upstream = await startRecordingUpstream()
  try {
    const gateway = await startGateway({ ...setup, upstreamPort: upstream.port })
    const stop = async () => {
      await gateway.stop()
      await upstream.close()
    }
    return { gateway, upstream, [Symbol.asyncDispose]: stop }
  } catch (cause) {
    await upstream.close()
    throw cause
  }
}

let probes = 0

/**
 * The invariant after every case: the gateway lives, and a clean request on a new connection is answered 200. It also is the barrier
 * behind which everything that the case sent has reached the upstream.
 */
export async function cleanRequestWorks(
  { gateway, upstream }: Deployment,
  host: string,
  prefix: string,
): Promise<string[]> {
  const target = `${prefix}clean-${++probes}`
  const answer = await exchange(
    { port: gateway.port },
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  )
  if (answer?.status !== 200) return [`the next clean request was answered ${answer?.status ?? 'not at all'}`]
  await upstream.until(request => request.target === target)
  return []
}

export function isCleanRequest(target: string, prefix: string): boolean {
  return target.startsWith(`${prefix}clean-`)
}

export const password = 'a long pass phrase for cases'

/** An account of its own by the CLI; throws with what the CLI said when it was refused. */
export async function addPerson(
  gateway: RunningGateway,
  email: string,
  roles: readonly string[] = [],
): Promise<Person> {
  const added = await gateway.addUser(email, password, roles)
  if (added.code !== 0) throw new Error(`users add ${email}: ${added.err || added.out}`)
  return { email, password }
}

/** Signs a person in through the portal, from a protected address of the application, and returns the application's own cookie. */
export async function openSession(
  gateway: RunningGateway,
  person: Person,
  { host, path, portalHost }: { host: string; path: string; portalHost: string },
): Promise<SessionCookie> {
  const visitor = createVisitor({ port: gateway.port, hosts: [host, portalHost] })
  const arrived = await visitor.signIn(await visitor.open(`https://${host}${path}`), person)
  const cookie = visitor.cookies(host).find(({ name }) => /^(__Host-)?sekisho$/.test(name))
  if (cookie === undefined || arrived.status !== 200)
    throw new Error(`${person.email} ended at ${arrived.url.href} (${arrived.status}) without a session on ${host}`)
  return cookie
}
