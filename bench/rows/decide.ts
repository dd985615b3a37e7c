import { parseAddress } from '../../src/lib/address.ts'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'
import { decide, type Readers } from '../../src/policy/decide.ts'
import type { AccountId, OrganizationId, RouteFact, SessionId } from '../../src/policy/facts.ts'
import { buildWalks } from '../../src/policy/plan.ts'
import { type Figure, measure } from '../measure.ts'

/** decide() alone: a signed-in person with a second factor, an organization with 10 or 100,000 networks, everything in memory. */
export function benchDecide(): readonly Figure[] {
  return [10, 100_000].map(count => {
    const readers = readersOf(count)
    const walk = buildWalks().proxy
    return measure(`decide(), ${count.toLocaleString('en')} networks`, 200_000, () => {
      const decision = decide(walk, readers)
      if (decision instanceof Promise || decision.verdict.kind !== 'allow') throw new Error('the bench was refused')
    })
  })
}

function readersOf(count: number): Readers {
  const networks = Array.from({ length: count }, (_, i) => `10.${(i >> 8) & 255}.${i & 255}.${(i >> 16) * 16}/28`)
  const compiled = compileNetworks(networks.map(text => parseNetwork(text) ?? fail(text)))
  const now = 1_800_000_000_000
  // Names of the bench's own making: the brands are restated here because no store made them.
  const accountId = 'a1' as AccountId
  const organizationId = 'o1' as OrganizationId
  const sessionId = 's1' as SessionId
  const proofs = [{ kind: 'password', at: now } as const, { kind: 'totp', at: now } as const]
  const budget = { spent: false, retryAfterMs: 0, left: 9, quota: 10, windowSeconds: 1 }
  const route: RouteFact = {
    name: 'bench',
    access: 'signed-in',
    identityOptional: false,
    roles: ['person'],
    secondFactor: true,
    proofAgeMaxMs: null,
    networks: null,
    secondFactorContexts: [],
  }
  const address = parseAddress('10.0.3.7') ?? fail('address')
  const client = { address, uncertain: false }
  const session = {
    id: sessionId,
    rootId: sessionId,
    accountId,
    proofs,
    openedAt: now,
    endsAt: now + 1e6,
    breakGlass: false,
  }
  const account = {
    id: accountId,
    email: 'a@example.com',
    name: 'A',
    organizationId,
    roles: ['person'],
    state: 'open' as const,
    resetRequired: false,
    factors: ['totp' as const],
  }
  const organization = {
    id: organizationId,
    slug: 'o',
    name: 'O',
    sso: { required: false, breakGlassEmails: [] },
    networks: { compiled, rules: networks },
    networksMode: 'enforce' as const,
    secondFactor: null,
    devices: 'any' as const,
    emailedCodes: false,
    validUntil: null,
  }
  return {
    now: () => now,
    address: () => client,
    route: () => route,
    origin: () => ({ judged: false, from: 'none', noneAllowed: true }),
    addressBudget: () => budget,
    accountBudget: () => budget,
    organizationBudget: () => budget,
    routeBudget: () => budget,
    session: () => session,
    account: () => account,
    organization: () => organization,
    exemption: () => null,
    proofs: () => proofs,
    risk: () => ({ emailCode: false, why: 'none' }),
    device: () => null,
    act: () => null,
    target: () => null,
  }
}

function fail(what: string): never {
  throw new Error(`cannot be read: ${what}`)
}
