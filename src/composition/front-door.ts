import type { AskAbout } from '../facts.ts'
import type { Bridge } from '../http/bridge.ts'
import type { Journal } from '../journal/journal.ts'
import type { Receipts } from '../journal/receipts.ts'
import type { AnsweredRequest } from '../journal/request-line.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { RequestHead } from '../lib/request-head.ts'
import { type NamedBudget, rateLimitFields } from '../limits/rate-limit-fields.ts'
import type { LiveRegistry } from '../live/registry.ts'
import type { RouteFact } from '../policy/facts.ts'
import type { Entrance } from '../policy/plan.ts'
import type { Decision } from '../policy/verdict.ts'
import type { Proxy as ApplicationProxy } from '../proxy/forward.ts'
import type { Forwarding } from '../proxy/forwarding.ts'
import type { Exchange } from '../wire/exchange.ts'
import type { PartialHead } from '../wire/partial-head.ts'
import { identityOf } from './identity.ts'
import { pathForRecords, type RecordMaker } from './records.ts'

/**
 * The way of every request, on one screen: which host, which route, what the gates say, and then forward or answer.
 * Own pages answer themselves; what they ask and refuse is recorded through their own `ask`.
 */
export interface FrontDoor {
  serve(exchange: Exchange): void
  /** A message that the listener refused before it was a request: recorded, and its receipt told. */
  refused(fault: Fault, partial: PartialHead): string
}

export interface FrontDoorNeeds {
  readonly clock: Clock
  readonly receipts: Receipts
  readonly journal: Journal
  readonly records: RecordMaker
  readonly ask: AskAbout
  /** Whose session it is that a public route may know about: asked without spending. */
  readonly look: AskAbout
  readonly hosts: Hosts
  readonly portal: Bridge
  readonly appPages: Bridge
  readonly proxy: ApplicationProxy
  readonly live: Pick<LiveRegistry, 'moment'>
  /** The public keys, for backends: on the portal and below the own prefix of every application host. */
  readonly keys: () => { readonly status: number; readonly headers: readonly string[]; readonly body: string }
}

/** What is served where; it changes with a reload. */
export interface Hosts {
  isPortal(host: string): boolean
  isOwnPath(path: string): boolean
  isKeysPath(head: RequestHead): boolean
  find(head: RequestHead): FoundRoute | null
}

export interface FoundRoute {
  readonly rule: RouteFact
  readonly forwarding: Forwarding
}

export function createFrontDoor(needs: FrontDoorNeeds): FrontDoor {
  return {
    serve(exchange) {
      const { head } = exchange
      const visit: Visit = {
        exchange,
        head,
        receipt: needs.receipts.next(),
        outcome: { verdict: 'own', accountId: null, route: null },
      }
      exchange.onEnd(end => needs.journal.answered(answeredRequest(needs, visit, end.status ?? 0)))
      const failed = (cause: unknown) => failSafely(needs, visit, cause, null)
      try {
        const going = route(needs, visit)
        if (going instanceof Promise) going.catch(failed)
      } catch (cause) {
        failed(cause)
      }
    },
    refused(fault, partial) {
      const receipt = needs.receipts.next()
      needs.journal.faulted(needs.records.unread(receipt, partial, fault.code, fault.message), fault)
      return receipt
    },
  }
}

interface Visit {
  readonly exchange: Exchange
  readonly head: RequestHead
  readonly receipt: string
  outcome: Pick<AnsweredRequest, 'verdict' | 'accountId' | 'route'>
}

function route(needs: FrontDoorNeeds, visit: Visit): void | Promise<void> {
  const { exchange, head, receipt } = visit
  if (needs.hosts.isKeysPath(head)) return answerKeys(needs, exchange)
  if (needs.hosts.isPortal(head.host)) return needs.portal(exchange, receipt)
  if (needs.hosts.isOwnPath(head.path)) return needs.appPages(exchange, receipt)
  const found = needs.hosts.find(head)
  if (found === null) return fail(needs, visit, noRoute, null)
  if (needs.proxy.preflight(exchange, found.forwarding)) return
  const askedAt = needs.live.moment
  const asked = needs.ask(entranceOf(found), head, found.rule)
  // Awaited only when a fact has to be waited for: a warm request is forwarded in the turn it came in.
  if (asked instanceof Promise) return asked.then(decision => act(needs, visit, found, decision, askedAt))
  return act(needs, visit, found, asked, askedAt)
}

// One for all: anybody can ask for what is not there, and a stack trace for each costs more than its answer.
const noRoute = new Fault('not_found', { detail: 'no route' })

function entranceOf({ rule }: FoundRoute): Entrance {
  return rule.access === 'public' ? 'public' : 'proxy'
}

function act(
  needs: FrontDoorNeeds,
  visit: Visit,
  found: FoundRoute,
  decision: Decision,
  askedAt: number,
): void | Promise<void> {
  const { exchange, head, receipt } = visit
  const { rule, forwarding } = found
  record(needs, visit, entranceOf(found), decision, rule)
  const rateLimits = rateLimitsOf(decision)
  if (decision.verdict.kind !== 'allow') {
    needs.proxy.refuse(exchange, decision, { receipt, route: forwarding, rateLimits })
    return
  }
  const failed = (cause: unknown) => failSafely(needs, visit, cause, forwarding)
  const forward = (known: Decision | null) => {
    const identity = known === null ? null : identityOf(known)
    const allowed = { route: forwarding, identity, decision: known ?? decision, askedAt, receipt, rateLimits }
    needs.proxy.forward(exchange, allowed, failed)
  }
  if (rule.access !== 'public') return forward(decision)
  if (!rule.identityOptional) return forward(null)
  return knownOnPublic(needs, head, rule).then(forward).catch(failed)
}

function answerKeys(needs: FrontDoorNeeds, exchange: Exchange): void {
  const { method } = exchange.head
  if (method !== 'GET' && method !== 'HEAD') throw new Fault('method_not_allowed')
  const { status, headers, body } = needs.keys()
  exchange.answer(status, headers, body)
}

/** On a public route somebody is named only when a full walk would allow them; nothing is spent for asking. */
async function knownOnPublic(needs: FrontDoorNeeds, head: RequestHead, rule: RouteFact): Promise<Decision | null> {
  const decision = await needs.look('proxy', head, rule)
  return decision.verdict.kind === 'allow' ? decision : null
}

function record(needs: FrontDoorNeeds, visit: Visit, entrance: Entrance, decision: Decision, rule: RouteFact): void {
  const { verdict, learned } = decision
  visit.outcome = { verdict: verdict.kind, accountId: learned.account?.id ?? null, route: rule.name }
  if (verdict.kind === 'allow') return
  const reason = verdict.kind === 'deny' ? verdict.reason : verdict.step
  needs.journal.refused(needs.records.refusal(visit.receipt, entrance, visit.head, decision), reason)
}

/** The last door: a refusal that cannot be written ends this request, never the process. */
function failSafely(needs: FrontDoorNeeds, visit: Visit, cause: unknown, forwarding: Forwarding | null): void {
  try {
    fail(needs, visit, cause, forwarding)
  } catch (trouble) {
    visit.exchange.abort()
    needs.journal.trouble('answering a failed request', trouble)
  }
}

function fail(needs: FrontDoorNeeds, visit: Visit, cause: unknown, forwarding: Forwarding | null): void {
  const fault = cause instanceof Fault ? cause : new Fault('internal', { cause })
  const { exchange, head, receipt } = visit
  visit.outcome = { ...visit.outcome, verdict: 'fault' }
  needs.journal.faulted(needs.records.fault(receipt, head, fault.code, fault.message), fault)
  if (exchange.began) exchange.abort()
  else needs.proxy.refuse(exchange, fault, { receipt, route: forwarding })
}

/** Ordinary traffic is told how its budgets stand; times are coarse for those whom we do not know. */
function rateLimitsOf({ learned }: Decision): readonly string[] {
  const budgets: NamedBudget[] = []
  if (learned.addressBudget !== undefined) budgets.push({ name: 'address', budget: learned.addressBudget })
  if (learned.accountBudget !== undefined) budgets.push({ name: 'account', budget: learned.accountBudget })
  if (learned.organizationBudget !== undefined)
    budgets.push({ name: 'organization', budget: learned.organizationBudget })
  if (learned.routeBudget !== undefined) budgets.push({ name: 'route', budget: learned.routeBudget })
  return rateLimitFields(budgets, { coarse: learned.session == null })
}

function answeredRequest(
  needs: FrontDoorNeeds,
  { exchange, head, receipt, outcome }: Visit,
  status: number,
): AnsweredRequest {
  const { verdict, accountId, route: name } = outcome
  return {
    receipt,
    method: head.method,
    host: head.host,
    path: pathForRecords(head.path),
    status,
    address: head.client.address.text,
    durationMs: needs.clock.monotonicMs() - exchange.startedMs,
    verdict,
    accountId,
    route: name,
  }
}
