import type { GatewayConfig } from '../config/gateway-config.ts'
import { matchRoute } from '../config/route-table.ts'
import { createReaders, type FactSources } from '../facts.ts'
import { parseAddress } from '../lib/address.ts'
import type { ExplainQuestion, Explanation } from '../operator/rooms.ts'
import type { Accounts } from '../people/account.ts'
import { parseEmail } from '../people/email.ts'
import type { Session } from '../people/session.ts'
import { decide } from '../policy/decide.ts'
import type { Proof, SessionId } from '../policy/facts.ts'
import { describeVerdict, traceOf } from '../policy/trace.ts'

/**
 * "What if this person came from there?": the same walk as a request's, over the same facts, with a session supposed that was opened just
 * now with everything the account can prove. Spends nothing and changes nothing.
 */
export async function explain(
  question: ExplainQuestion,
  config: GatewayConfig,
  sources: FactSources,
  accounts: Accounts,
): Promise<Explanation> {
  const address = parseAddress(question.address)
  if (address === null) return { kind: 'invalid', problem: `${question.address} is not an address` }
  const host = question.host ?? config.routes.routes[0]?.hosts[0] ?? config.portal.host
  const match = matchRoute(config.routes, host, question.path.split('?')[0] ?? '/')
  if (match.kind !== 'route') return { kind: 'invalid', problem: `no route serves ${host}${question.path}` }
  const session = question.email === null ? null : await supposeSession(question.email, host, accounts, sources)
  if (session === 'unknown') return { kind: 'invalid', problem: `there is no account ${question.email}` }
  const { fact } = match.route
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
    route: `${fact.name} (${match.route.writtenAt})`,
    entrance,
    verdict: describeVerdict(decision.verdict),
    gate: decision.gate,
    rule: decision.rule,
    notes: decision.notes,
    policyVersion: config.digest,
    walk: traceOf(sources.walks[entrance], decision),
  }
}

/** The supposed session is in no book: its fact is made from what is supposed of it. */
function supposed(sources: FactSources, session: Session | null): FactSources {
  return {
    ...sources,
    sessions: {
      find: () => session,
      fact: one => ({
        id: one.id,
        rootId: one.rootId,
        accountId: one.accountId,
        proofs: one.proofs,
        openedAt: one.openedAt,
        endsAt: one.absoluteEndsAt,
        breakGlass: one.breakGlass,
      }),
    },
  }
}

async function supposeSession(
  email: string,
  host: string,
  accounts: Accounts,
  { clock }: FactSources,
): Promise<Session | 'unknown'> {
  const parsed = parseEmail(email)
  const account = parsed === null ? null : await accounts.findByEmail(parsed.key)
  if (account === null) return 'unknown'
  const now = clock.now()
  const factors = account.factors.filter(factor => factor.setAsideAt === null)
  const proofs: Proof[] = [{ kind: 'password', at: now }, ...factors.map(({ kind }): Proof => ({ kind, at: now }))]
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
    deviceId: '',
    address: '',
    agent: '',
    breakGlass: false,
  }
}

const supposedLifeMs = 3_600_000
