import type { PageApp } from '../http/page-env.ts'
import { Fault } from '../lib/fault.ts'
import { isoInstant } from '../lib/instant.ts'
import { type Claiming, type Refused, type Removing, recordWanted, type Verifying } from '../people/domain-claims.ts'
import type { EmailDomain } from '../people/email-domains.ts'
import { invalid, operatorOrigin, organizationBySlug, readInput } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

const path = '/api/orgs/domains'

/** E-mail domains of organizations. What the DNS has to hold is no secret: it says nothing but who asked. */
export function addDomainRoutes(app: PageApp, rooms: OperatorRooms): void {
  const { domainClaims, organizations } = rooms
  app.get(path, async context => {
    const organization = await organizationBySlug(organizations, context.req.query('organization') ?? '')
    return context.json({ domains: (await domainClaims.listOf(organization)).map(describe) })
  })
  app.post(`${path}/add`, async context => {
    const input = await readInput(context)
    const organization = await organizationBySlug(organizations, input.text('organization'))
    const domain = input.text('domain')
    input.finish()
    return context.json(told(await domainClaims.claim(organization, domain, operatorOrigin(context))))
  })
  app.post(`${path}/verify`, async context => {
    const input = await readInput(context)
    const organization = await organizationBySlug(organizations, input.text('organization'))
    const domain = input.text('domain')
    const by = input.optionalText('by') ?? 'dns'
    input.finish()
    if (by !== 'dns' && by !== 'operator') throw invalid('by must be dns or operator')
    const verify = by === 'dns' ? domainClaims.verifyByRecord : domainClaims.verifyByWord
    return context.json(told(await verify(organization, domain, operatorOrigin(context))))
  })
  app.post(`${path}/remove`, async context => {
    const input = await readInput(context)
    const organization = await organizationBySlug(organizations, input.text('organization'))
    const domain = input.text('domain')
    input.finish()
    return context.json(told(await domainClaims.remove(organization, domain, operatorOrigin(context))))
  })
}

function told(outcome: Claiming | Verifying | Removing): Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case 'claimed':
    case 'there':
      return { outcome: outcome.kind, ...describe(outcome.domain) }
    case 'verified':
      return { outcome: outcome.kind, domain: outcome.domain }
    case 'removed':
      return { outcome: outcome.kind }
    case 'not_found':
    case 'unreachable':
      throw new Fault('conflict', {
        detail: `${outcome.detail}; expected at ${outcome.record.name}: ${outcome.record.text}`,
      })
    case 'last':
      throw new Fault('conflict', {
        detail: 'single sign-on is on, and this is the last domain that it may speak for: switch it off first',
      })
    default:
      throw refusal(outcome)
  }
}

function refusal(refused: Refused): Fault {
  switch (refused.kind) {
    case 'invalid':
      return invalid(
        refused.why === 'shared'
          ? 'this domain belongs to many: name one that is the organization’s own'
          : 'this is no domain of e-mail addresses: name what stands behind the @',
      )
    case 'taken':
      return new Fault('conflict', { detail: 'another organization has shown that this domain is its own' })
    case 'unknown':
      return new Fault('not_found', { detail: 'the organization has not claimed this domain' })
    case 'read_only':
      return new Fault('conflict', { detail: 'this organization comes from policies/: write emailDomains there' })
    default:
      return refused satisfies never
  }
}

function describe(domain: EmailDomain): Readonly<Record<string, unknown>> {
  const { verifiedAt, verifiedBy, addedAt } = domain
  const record = recordWanted(domain)
  return {
    domain: domain.domain,
    verifiedAt: verifiedAt === null ? null : isoInstant(verifiedAt),
    ...{ verifiedBy, addedAt: isoInstant(addedAt), record: `${record.name} TXT ${record.text}` },
  }
}
