import { compileNetworks, parseNetwork } from '../lib/cidr.ts'
import { Fault } from '../lib/fault.ts'
import type { NetworkRules, OrganizationFact } from '../policy/facts.ts'
import type { Organization, OrganizationRules } from './organization.ts'

/** An organization ready for the gates. */
export interface CompiledOrganization {
  readonly organization: Organization
  /** The rules that speak at that moment. Mostly the same object as before. */
  factAt(now: number): OrganizationFact
}

/** The rules that speak now: `previous` again from `revertAt` on, unless the change was confirmed. The clock chooses; no timer is needed. */
export function rulesAt(organization: Organization, now: number): OrganizationRules {
  const { active, previous, revertAt, confirmedAt } = organization.rules
  const reverted = previous !== null && revertAt !== null && confirmedAt === null && now >= revertAt
  return reverted ? previous : active
}

/** Networks are compiled when their rules first speak, once. */
export function compileOrganization(organization: Organization): CompiledOrganization {
  const compiled = new Map<OrganizationRules, NetworkRules | null>()
  const networksOf = (rules: OrganizationRules): NetworkRules | null => {
    const known = compiled.get(rules)
    if (known !== undefined) return known
    const networks = compileRules(rules)
    compiled.set(rules, networks)
    return networks
  }
  const build = (now: number): OrganizationFact => {
    const rules = rulesAt(organization, now)
    const { id, slug, name } = organization
    const { sso, networksMode, secondFactor, devices, emailedCodes } = rules
    const validUntil = nextTurn(organization, rules, now)
    return {
      id,
      slug,
      name,
      sso,
      networks: networksOf(rules),
      networksMode,
      secondFactor,
      devices,
      emailedCodes,
      validUntil,
    }
  }
  let spoken: { readonly fact: OrganizationFact; readonly from: number } | null = null
  return {
    organization,
    factAt(now) {
      const { fact, from } = spoken ?? { fact: null, from: now }
      // `from`: a clock that is set back may lead behind a turn that was already taken.
      if (fact !== null && now >= from && (fact.validUntil === null || now < fact.validUntil)) return fact
      spoken = { fact: build(now), from: now }
      return spoken.fact
    },
  }
}

function nextTurn({ rules: timed }: Organization, speaking: OrganizationRules, now: number): number | null {
  const revertAt = timed.confirmedAt === null && timed.previous !== null ? timed.revertAt : null
  const turns = [revertAt, speaking.secondFactor?.from ?? null].filter(at => at !== null && at > now)
  return turns.length === 0 ? null : Math.min(...turns.filter(at => at !== null))
}

function compileRules({ networks }: OrganizationRules): NetworkRules | null {
  if (networks === null) return null
  const parsed = networks.map(({ network }) => {
    const rule = parseNetwork(network)
    // Only checked rules are stored. Leaving one out that cannot be read would change what the others mean.
    if (rule === null) throw new Fault('internal', { detail: `stored network ${network}` })
    return rule
  })
  return { compiled: compileNetworks(parsed), rules: networks.map(({ network }) => network) }
}
