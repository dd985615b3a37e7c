import type { About, Ask } from './http/ask.ts'
import type { CookieJar, Cookies } from './http/cookies.ts'
import { budgetKey, type ClientAddress } from './lib/address.ts'
import type { Clock } from './lib/clock.ts'
import type { RequestHead } from './lib/request-head.ts'
import { fieldValue } from './lib/request-head.ts'
import { hashToken } from './lib/secret.ts'
import { unlimited } from './limits/budget.ts'
import type { Traffic } from './limits/traffic.ts'
import type { Account } from './people/account.ts'
import type { Attempt } from './people/attempt.ts'
import { describeAgent } from './people/device.ts'
import type { Directory } from './people/directory.ts'
import type { Session } from './people/session.ts'
import type { SessionBook } from './people/session-book.ts'
import { decide, type Readers } from './policy/decide.ts'
import type { AccountFact, DeviceFact, Facts, OrganizationFact, Proof, RouteFact, SessionFact } from './policy/facts.ts'
import type { Entrance, Walks } from './policy/plan.ts'
import type { Decision } from './policy/verdict.ts'

// How each fact is learned: the only place where policy, people and limits meet. What lies in memory is a value; only what has to be
// fetched is a promise, so that a warm request is decided without waiting. Readers that spend a budget are handed to the entrances of
// requests; `live` and `explain` get readers that look without spending.
// Start reading at `createAsk`; `createReaders` is the table.

export interface FactSources {
  readonly clock: Clock
  readonly walks: Walks
  readonly cookies: CookieJar
  readonly directory: Directory
  readonly sessions: Pick<SessionBook, 'find' | 'fact'>
  readonly attempts: { find(token: string): Promise<Attempt | null> }
  readonly traffic: Pick<Traffic, 'spend' | 'peek'>
  readonly originOf: (head: RequestHead, entrance: Entrance, rule: RouteFact) => Facts['origin']
}

/** Everything about one request (or one open connection, or one supposed request) that facts are learned from. */
export interface Subject {
  readonly rule: RouteFact
  readonly client: ClientAddress
  readonly origin: Facts['origin']
  readonly about: About
  readonly spends: boolean
  /** Open connections are never cut for their traffic budget: they spend nothing. */
  readonly budgeted: boolean
  deviceId(): string | null
  /** The agent as the client states it: a hint whether an unknown device is a phone, never a control. */
  agent(): string
  session(): Session | null | Promise<Session | null>
  attempt(): Promise<Attempt | null> | null
}

export type AskAbout = (
  entrance: Entrance,
  head: RequestHead,
  rule: RouteFact,
  about?: About,
) => Decision | Promise<Decision>

/** The question that requests are judged by: it spends the budgets that it asks about. */
export function createAsk(sources: FactSources): AskAbout {
  return askWith(sources, { spends: true, budgeted: true })
}

/** The same question about what is open already, or was only supposed: it spends nothing, and no budget cuts anybody. */
export function createLook(sources: FactSources): AskAbout {
  return askWith(sources, { spends: false, budgeted: false })
}

function askWith(sources: FactSources, manner: Pick<Subject, 'spends' | 'budgeted'>): AskAbout {
  return (entrance, head, rule, about = {}) => {
    const subject = { ...subjectOf(sources, entrance, head, rule, about), ...manner }
    return decide(sources.walks[entrance], createReaders(sources, entrance, subject))
  }
}

/** `Ask` as the gateway's own pages know it. */
export function askForOwnPages(ask: AskAbout): Ask {
  return (entrance, head, about) => ask(entrance, head, ownPages, about)
}

/** The one rule of our own pages: it demands nothing that the gates do not demand of everyone. */
export const ownPages: RouteFact = {
  name: 'own pages',
  access: 'signed-in',
  identityOptional: false,
  roles: null,
  secondFactor: false,
  proofAgeMaxMs: null,
  networks: null,
  secondFactorContexts: [],
}

/** The table of readers: one row per fact. */
export function createReaders(sources: FactSources, entrance: Entrance, subject: Subject): Readers {
  const { clock, directory, sessions } = sources
  const now = clock.now()
  const budgets = subject.spends ? sources.traffic.spend : sources.traffic.peek
  const session = once(() => subject.session())
  const attempt = once(() => (entrance === 'entry' ? subject.attempt() : null))
  const sessionFact = once(() => then(session(), found => (found === null ? null : sessions.fact(found))))
  const account = once(() =>
    entrance === 'entry'
      ? then(attempt(), found => (found === null ? null : directory.account(found.accountId)))
      : then(session(), found => (found === null ? null : directory.account(found.accountId))),
  )
  const organization = once(() =>
    then(account(), found =>
      found === null || found.organizationId === null ? null : directory.organizationFact(found.organizationId),
    ),
  )
  const accountKey = () => then(account(), found => found?.id ?? null)
  const addressKey = budgetKey(subject.client.address)
  return {
    now: () => now,
    address: () => subject.client,
    route: () => subject.rule,
    origin: () => subject.origin,
    addressBudget: () =>
      subject.budgeted ? then(session(), found => budgets.address(addressKey, found !== null)) : unlimited,
    accountBudget: () => then(accountKey(), id => (id === null || !subject.budgeted ? unlimited : budgets.account(id))),
    organizationBudget: () =>
      then(organization(), found => (found === null || !subject.budgeted ? unlimited : budgets.organization(found.id))),
    routeBudget: () =>
      subject.budgeted
        ? then(accountKey(), accountId => budgets.route(subject.rule.name, { addressKey, accountId }))
        : unlimited,
    session: (): SessionFact | null | Promise<SessionFact | null> => sessionFact(),
    account: (): AccountFact | null | Promise<AccountFact | null> =>
      then(account(), found => (found === null ? null : directory.accountFact(found))),
    organization: (): OrganizationFact | null | Promise<OrganizationFact | null> => organization(),
    exemption: () => then(account(), found => found?.exemption ?? null),
    proofs: (): readonly Proof[] | Promise<readonly Proof[]> =>
      entrance === 'entry'
        ? then(attempt(), found => found?.proofs ?? [])
        : then(sessionFact(), found => found?.proofs ?? []),
    risk: () => then(attempt(), found => found?.risk ?? { emailCode: false, why: 'none' as const }),
    device: () =>
      then(organization(), rules =>
        // Only an organization that restricts devices pays for looking one up.
        rules === null || rules.devices === 'any' ? null : then(account(), found => deviceOf(sources, subject, found)),
      ),
    act: () => subject.about.act ?? null,
    target: () => subject.about.target ?? null,
  }
}

function subjectOf(
  sources: FactSources,
  entrance: Entrance,
  head: RequestHead,
  rule: RouteFact,
  about: About,
): Omit<Subject, 'spends' | 'budgeted'> {
  const cookies = once((): Cookies => sources.cookies.read(head.headers))
  return {
    rule,
    client: head.client,
    origin: sources.originOf(head, entrance, rule),
    about,
    agent: () => fieldValue(head.headers, 'user-agent') ?? '',
    deviceId() {
      const { device } = cookies()
      return device === undefined ? null : hashToken(device)
    },
    session() {
      const token = cookies().session
      if (token === undefined) return null
      // A session belongs to one host: a cookie carried to another one is nothing there.
      return then(sources.sessions.find(token), found => (found?.host === head.host ? found : null))
    },
    attempt() {
      const token = cookies().attempt
      return token === undefined ? null : sources.attempts.find(token)
    },
  }
}

function deviceOf(
  sources: FactSources,
  subject: Subject,
  account: Account | null,
): DeviceFact | null | Promise<DeviceFact | null> {
  if (account === null) return null
  return then(subject.session(), session => {
    const deviceId = session?.deviceId ?? subject.deviceId()
    const unknown = () => ({ known: false, mobile: describeAgent(subject.agent()).mobile, approved: false })
    if (deviceId === null) return unknown()
    return then(sources.directory.device(account.id, deviceId), device =>
      device === null ? unknown() : { known: true, mobile: device.mobile, approved: device.approvedAt !== null },
    )
  })
}

function then<In, Out>(value: In | Promise<In>, next: (value: In) => Out | Promise<Out>): Out | Promise<Out> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Learns at most once, whichever of the readers asks first. */
function once<Value>(learn: () => Value): () => Value {
  let known: { readonly value: Value } | null = null
  return () => {
    known ??= { value: learn() }
    return known.value
  }
}
