import type { About, Ask } from './http/ask.ts'
import type { CookieJar, Cookies } from './http/cookies.ts'
import { budgetKey, type ClientAddress } from './lib/address.ts'
import type { Clock } from './lib/clock.ts'
import type { RequestHead } from './lib/request-head.ts'
import { fieldValue } from './lib/request-head.ts'
import { hashToken } from './lib/secret.ts'
import { type Budget, unlimited } from './limits/budget.ts'
import type { Traffic, TrafficBudgets } from './limits/traffic.ts'
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

function askWith(sources: FactSources, manner: Manner): AskAbout {
  return (entrance, head, rule, about = {}) => {
    const origin = sources.originOf(head, entrance, rule)
    const subject = new RequestSubject(sources, head, { rule, origin, about, ...manner })
    return decide(sources.walks[entrance], createReaders(sources, entrance, subject))
  }
}

type Manner = Pick<Subject, 'spends' | 'budgeted'>
type Stated = Pick<Subject, 'rule' | 'origin' | 'about'> & Manner

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
  return new RequestReaders(sources, entrance === 'entry', subject)
}

type Read<Value> = Value | Promise<Value>

/** One object for each question, without functions of its own: it is made for every request. */
class RequestReaders implements Readers {
  readonly #sources: FactSources
  readonly #isEntry: boolean
  readonly #subject: Subject
  readonly #now: number
  readonly #budgets: TrafficBudgets
  readonly #addressKey: string
  // What several facts are learned from is learned at most once, whichever of them is asked for first.
  #session: Read<Session | null> | undefined
  #attempt: Read<Attempt | null> | undefined
  #account: Read<Account | null> | undefined
  #organization: Read<OrganizationFact | null> | undefined

  constructor(sources: FactSources, isEntry: boolean, subject: Subject) {
    this.#sources = sources
    this.#isEntry = isEntry
    this.#subject = subject
    this.#now = sources.clock.now()
    this.#budgets = subject.spends ? sources.traffic.spend : sources.traffic.peek
    this.#addressKey = budgetKey(subject.client.address)
  }

  now(): number {
    return this.#now
  }

  address(): ClientAddress {
    return this.#subject.client
  }

  route(): RouteFact {
    return this.#subject.rule
  }

  origin(): Facts['origin'] {
    return this.#subject.origin
  }

  addressBudget(): Read<Budget> {
    if (!this.#subject.budgeted) return unlimited
    return then(this.#readSession(), found => this.#budgets.address(this.#addressKey, found !== null))
  }

  accountBudget(): Read<Budget> {
    if (!this.#subject.budgeted) return unlimited
    return then(this.#readAccount(), found => (found === null ? unlimited : this.#budgets.account(found.id)))
  }

  organizationBudget(): Read<Budget> {
    if (!this.#subject.budgeted) return unlimited
    return then(this.organization(), found => (found === null ? unlimited : this.#budgets.organization(found.id)))
  }

  routeBudget(): Read<Budget> {
    if (!this.#subject.budgeted) return unlimited
    const { name } = this.#subject.rule
    return then(this.#readAccount(), found =>
      this.#budgets.route(name, { addressKey: this.#addressKey, accountId: found?.id ?? null }),
    )
  }

  session(): Read<SessionFact | null> {
    return then(this.#readSession(), found => (found === null ? null : this.#sources.sessions.fact(found)))
  }

  account(): Read<AccountFact | null> {
    return then(this.#readAccount(), found => (found === null ? null : this.#sources.directory.accountFact(found)))
  }

  organization(): Read<OrganizationFact | null> {
    this.#organization ??= then(this.#readAccount(), found =>
      found === null || found.organizationId === null
        ? null
        : this.#sources.directory.organizationFact(found.organizationId),
    )
    return this.#organization
  }

  exemption(): Read<Facts['exemption']> {
    return then(this.#readAccount(), found => found?.exemption ?? null)
  }

  proofs(): Read<readonly Proof[]> {
    return this.#isEntry
      ? then(this.#readAttempt(), found => found?.proofs ?? [])
      : then(this.#readSession(), found => found?.proofs ?? [])
  }

  risk(): Read<Facts['risk']> {
    return then(this.#readAttempt(), found => found?.risk ?? { emailCode: false, why: 'none' })
  }

  device(): Read<DeviceFact | null> {
    return then(this.organization(), rules =>
      // Only an organization that restricts devices pays for looking one up.
      rules === null || rules.devices === 'any'
        ? null
        : then(this.#readAccount(), found => deviceOf(this.#sources, this.#subject, found)),
    )
  }

  act(): Facts['act'] {
    return this.#subject.about.act ?? null
  }

  target(): Facts['target'] {
    return this.#subject.about.target ?? null
  }

  #readSession(): Read<Session | null> {
    if (this.#session === undefined) this.#session = this.#subject.session()
    return this.#session
  }

  #readAttempt(): Read<Attempt | null> {
    if (this.#attempt === undefined) this.#attempt = this.#isEntry ? this.#subject.attempt() : null
    return this.#attempt
  }

  #readAccount(): Read<Account | null> {
    if (this.#account === undefined) {
      const owner: Read<Session | Attempt | null> = this.#isEntry ? this.#readAttempt() : this.#readSession()
      this.#account = then(owner, found => (found === null ? null : this.#sources.directory.account(found.accountId)))
    }
    return this.#account
  }
}

class RequestSubject implements Subject {
  readonly rule: RouteFact
  readonly client: ClientAddress
  readonly origin: Facts['origin']
  readonly about: About
  readonly spends: boolean
  readonly budgeted: boolean
  readonly #sources: FactSources
  readonly #head: RequestHead
  #cookies: Cookies | null = null

  constructor(sources: FactSources, head: RequestHead, { rule, origin, about, spends, budgeted }: Stated) {
    this.rule = rule
    this.client = head.client
    this.origin = origin
    this.about = about
    this.spends = spends
    this.budgeted = budgeted
    this.#sources = sources
    this.#head = head
  }

  agent(): string {
    return fieldValue(this.#head.headers, 'user-agent') ?? ''
  }

  deviceId(): string | null {
    const { device } = this.#readCookies()
    return device === undefined ? null : hashToken(device)
  }

  session(): Read<Session | null> {
    const token = this.#readCookies().session
    if (token === undefined) return null
    const { host } = this.#head
    // A session belongs to one host: a cookie carried to another one is nothing there.
    return then(this.#sources.sessions.find(token), found => (found?.host === host ? found : null))
  }

  attempt(): Promise<Attempt | null> | null {
    const token = this.#readCookies().attempt
    return token === undefined ? null : this.#sources.attempts.find(token)
  }

  #readCookies(): Cookies {
    this.#cookies ??= this.#sources.cookies.read(this.#head.headers)
    return this.#cookies
  }
}

function deviceOf(sources: FactSources, subject: Subject, account: Account | null): Read<DeviceFact | null> {
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
