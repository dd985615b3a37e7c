import { parseAddress } from '../../src/lib/address.ts'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'
import { decide, type Readers } from '../../src/policy/decide.ts'
import type {
  AccountFact,
  AccountId,
  ActFact,
  BudgetFact,
  DeviceFact,
  Facts,
  NetworkRules,
  OrganizationFact,
  OrganizationId,
  Proof,
  RouteFact,
  SessionFact,
  SessionId,
  TargetFact,
} from '../../src/policy/facts.ts'
import { buildWalks, type Entrance, type Walks } from '../../src/policy/plan.ts'
import type { Decision } from '../../src/policy/verdict.ts'

// Facts under which every gate at every entrance lets through. A test changes the one thing it is about, and nothing else:
// `ask('proxy', { account: account({ state: 'suspended' }) })`. Other rooms may use it to make decisions for their own tests.

export const now = 1_800_000_000_000
export const minuteMs = 60_000

// Casts, because a brand is given where an identity is parsed, and these are written by hand.
export const accountId = (text: string) => text as AccountId
export const organizationId = (text: string) => text as OrganizationId
const sessionId = (text: string) => text as SessionId

const acme = organizationId('acme')

export function proof(kind: Proof['kind'], more: Partial<Proof> = {}): Proof {
  return { kind, at: now - minuteMs, ...more }
}

export function address(text: string, uncertain = false): Facts['address'] {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(`not an address: ${text}`)
  return { address: parsed, uncertain }
}

export function networks(...rules: string[]): NetworkRules {
  const parsed = rules.map(rule => parseNetwork(rule)).filter(network => network !== null)
  return { compiled: compileNetworks(parsed), rules }
}

export function account(more: Partial<AccountFact> = {}): AccountFact {
  return {
    id: accountId('hana'),
    email: 'hana@acme.example',
    name: 'Hana',
    organizationId: acme,
    roles: ['person', 'administrator'],
    state: 'open',
    resetRequired: false,
    factors: [],
    ...more,
  }
}

export function organization(more: Partial<OrganizationFact> = {}): OrganizationFact {
  return {
    id: acme,
    slug: 'acme',
    name: 'Acme',
    sso: { required: false, breakGlassEmails: [] },
    networks: null,
    networksMode: 'enforce',
    secondFactor: null,
    devices: 'any',
    emailedCodes: false,
    validUntil: null,
    ...more,
  }
}

export function session(more: Partial<SessionFact> = {}): SessionFact {
  return {
    id: sessionId('s1'),
    rootId: sessionId('s1'),
    accountId: accountId('hana'),
    proofs: [proof('password')],
    openedAt: now - minuteMs,
    endsAt: now + 60 * minuteMs,
    breakGlass: false,
    ...more,
  }
}

export function route(more: Partial<RouteFact> = {}): RouteFact {
  return {
    name: 'chat',
    access: 'signed-in',
    identityOptional: false,
    roles: null,
    secondFactor: false,
    proofAgeMaxMs: null,
    networks: null,
    secondFactorContexts: [],
    ...more,
  }
}

export function budget(more: Partial<BudgetFact> = {}): BudgetFact {
  return { spent: false, retryAfterMs: 0, left: 10, quota: 10, windowSeconds: 60, ...more }
}

export function device(more: Partial<DeviceFact> = {}): DeviceFact {
  return { known: true, mobile: false, approved: false, ...more }
}

export function act(more: Partial<ActFact> = {}): ActFact {
  return { name: 'suspend-account', proofAgeMaxMs: null, roles: ['administrator'], ...more }
}

export function target(more: Partial<TargetFact> = {}): TargetFact {
  return { organizationId: acme, accountId: accountId('ken'), roles: ['person'], ...more }
}

export function facts(more: Partial<Facts> = {}): Facts {
  return {
    now,
    address: address('203.0.113.7'),
    route: route(),
    origin: { judged: true, from: 'same', noneAllowed: false },
    addressBudget: budget(),
    accountBudget: budget(),
    organizationBudget: budget(),
    routeBudget: budget(),
    session: session(),
    account: account(),
    organization: organization(),
    exemption: null,
    proofs: [proof('password')],
    risk: { emailCode: false, why: 'none' },
    device: device(),
    act: act(),
    target: target(),
    ...more,
  }
}

/** Readers that hold these facts in memory. `replaced` puts another reader in the place of one. */
export function readersOf(held: Facts, replaced: Partial<Readers> = {}): Readers {
  return {
    now: () => held.now,
    address: () => held.address,
    route: () => held.route,
    origin: () => held.origin,
    addressBudget: () => held.addressBudget,
    accountBudget: () => held.accountBudget,
    organizationBudget: () => held.organizationBudget,
    routeBudget: () => held.routeBudget,
    session: () => held.session,
    account: () => held.account,
    organization: () => held.organization,
    exemption: () => held.exemption,
    proofs: () => held.proofs,
    risk: () => held.risk,
    device: () => held.device,
    act: () => held.act,
    target: () => held.target,
    ...replaced,
  }
}

/** Walks the gates of an entrance over good facts with some of them changed. All of them lie in memory, so it answers at once. */
export function ask(entrance: Entrance, changed: Partial<Facts> = {}, walks: Walks = buildWalks()): Decision {
  const decision = decide(walks[entrance], readersOf(facts(changed)))
  if (decision instanceof Promise) throw new Error('a decision over facts in memory waited')
  return decision
}
