import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Route } from '../config/route.ts'
import { matchRoute } from '../config/route-table.ts'
import { createReaders, type FactSources } from '../facts.ts'
import { parseAddress } from '../lib/address.ts'
import type { ExplainQuestion, Explanation } from '../operator/rooms.ts'
import type { Account, Accounts } from '../people/account.ts'
import { parseEmail } from '../people/email.ts'
import { hasLocalWays } from '../people/local-ways.ts'
import type { Device, Devices, Session } from '../people/session.ts'
import { decide } from '../policy/decide.ts'
import type { Proof, RouteFact, SessionId } from '../policy/facts.ts'
import { describeVerdict, traceOf } from '../policy/trace.ts'
import { refusals } from '../wire/refusals.ts'
import { readTarget } from '../wire/target.ts'
import { otherReading } from './hosts.ts'

/**
 * "What if this person came from there?": the same walk as a request's, over the same facts, with a session supposed that was opened just
 * now with everything the account can prove. Spends nothing and changes nothing.
 */
export async function explain(
  question: ExplainQuestion,
  config: GatewayConfig,
  sources: FactSources,
  store: ExplainStore,
): Promise<Explanation> {
  const address = parseAddress(question.address)
  if (address === null) return { kind: 'invalid', problem: `${question.address} is not an address` }
  const host = question.host ?? config.routes.routes[0]?.hosts[0] ?? config.portal.host
  const found = findRoute(config, host, question.path)
  if ('problem' in found) return { kind: 'invalid', problem: found.problem }
  const { route } = found
  const { fact } = route
  const person =
    question.email === null ? nobody : await suppose({ email: question.email, host, route: fact }, store, sources)
  if (person === 'unknown') return { kind: 'invalid', problem: `there is no account ${question.email}` }
  const { session, device } = person
  const entrance = fact.access === 'public' ? 'public' : 'proxy'
  const decision = await decide(
    sources.walks[entrance],
    createReaders(supposed(sources, session), entrance, {
      rule: fact,
      client: { address, uncertain: false },
      origin: { judged: false, from: 'none', noneAllowed: true },
      about: {},
      spends: false,
      budgeted: false,
      deviceId: () => null,
      agent: () => '',
      session: () => session,
      attempt: () => null,
    }),
  )
  return {
    kind: 'explained',
    route: `${fact.name} (${route.writtenAt})`,
    entrance,
    device: device === null ? null : device.label,
    verdict: describeVerdict(decision.verdict),
    gate: decision.gate,
    rule: decision.rule,
    notes: decision.notes,
    policyVersion: config.digest,
    walk: traceOf(sources.walks[entrance], decision),
  }
}

/** Where the question is looked up. */
export interface ExplainStore {
  readonly accounts: Accounts
  readonly devices: Pick<Devices, 'listOf'>
}

/** The same way as a request's before any gate is asked: most questions without a route are about one that never reaches the gates. */
function findRoute(config: GatewayConfig, host: string, target: string): { route: Route } | { problem: string } {
  const reading = readTarget(target)
  if (reading.kind === 'refused')
    return { problem: `the listener refuses the path ${target}: ${refusals[reading.why].rule}` }
  const { path } = reading
  if (host === config.portal.host) return { problem: `${host} is the portal's own host: no route serves it` }
  if (path.startsWith(config.ownPrefix))
    return { problem: `${path} is a page of the gateway's own (ownPrefix ${config.ownPrefix}): no route serves it` }
  const match = matchRoute(config.routes, host, path)
  const other = match.kind === 'unknown_host' ? null : otherReading(config, host, path)
  if (other !== null)
    return { problem: `${path} is refused as ambiguous: it may be read as ${other}, which stands under another route` }
  return match.kind === 'route' ? { route: match.route } : { problem: `no route serves ${host}${path}` }
}

interface Supposed {
  readonly session: Session | null
  readonly device: Device | null
}

const nobody: Supposed = { session: null, device: null }

async function suppose(
  { email, host, route }: { readonly email: string; readonly host: string; readonly route: RouteFact },
  { accounts, devices }: ExplainStore,
  sources: FactSources,
): Promise<Supposed | 'unknown'> {
  const parsed = parseEmail(email)
  const account = parsed === null ? null : await accounts.findByEmail(parsed.key)
  if (account === null) return 'unknown'
  const device = await supposeDevice(account, devices, sources)
  const now = sources.clock.now()
  const proofs = (await hasLocalWays(account, sources.directory))
    ? ownProofs(account, now)
    : [providersWord(account, route, now)]
  return { session: supposeSession(account, { host, deviceId: device?.deviceId ?? '', proofs, now }), device }
}

function ownProofs({ factors }: Account, at: number): Proof[] {
  const inUse = factors.filter(factor => factor.setAsideAt === null)
  return [{ kind: 'password', at }, ...inUse.map(({ kind }): Proof => ({ kind, at }))]
}

/** Single sign-on: the provider vouches, with the kind of sign-in that the route would make us ask for. */
function providersWord({ organizationId }: Account, { secondFactorContexts: [context] }: RouteFact, at: number): Proof {
  return {
    kind: 'saml',
    at,
    ...(organizationId === null ? {} : { organization: organizationId }),
    ...(context === undefined ? {} : { context }),
  }
}

/** The one last seen, where the organization asks about devices: an unknown one would be refused whatever the question was about. */
async function supposeDevice(
  { id, organizationId }: Account,
  devices: ExplainStore['devices'],
  { directory }: FactSources,
): Promise<Device | null> {
  const organization = organizationId === null ? null : await directory.organizationFact(organizationId)
  if (organization === null || organization.devices === 'any') return null
  const [latest] = [...(await devices.listOf(id))].sort((left, right) => right.lastSeenAt - left.lastSeenAt)
  return latest ?? null
}

/** The supposed session is in no book. */
function supposed(sources: FactSources, session: Session | null): FactSources {
  return { ...sources, sessions: { find: () => session, fact: one => sources.sessions.fact(one) } }
}

interface SupposedSession extends Pick<Session, 'host' | 'deviceId' | 'proofs'> {
  readonly now: number
}

function supposeSession(account: Account, { host, deviceId, proofs, now }: SupposedSession): Session {
  // A name that no store gives out; the cast is made because only stores make real ones.
  const id = 'supposed' as SessionId
  return {
    id,
    tokenHash: '',
    rootId: id,
    accountId: account.id,
    organizationId: account.organizationId,
    host,
    proofs,
    openedAt: now,
    seenAt: now,
    idleMs: supposedLifeMs,
    absoluteEndsAt: now + supposedLifeMs,
    deviceId,
    address: '',
    agent: '',
    breakGlass: false,
  }
}

const supposedLifeMs = 3_600_000
