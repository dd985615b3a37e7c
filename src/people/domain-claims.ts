import type { AuditEvent } from '../journal/audit.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { sameSecret } from '../lib/secret.ts'
import { isShared } from '../lib/shared-domain.ts'
import type { ReadTextRecords } from '../outgoing/text-records.ts'
import { parseDomain } from './email.ts'
import type { EmailDomain, EmailDomains } from './email-domains.ts'
import type { Organization } from './organization.ts'
import { rulesAt } from './organization-rules.ts'
import { auditOf, type Origin } from './origin.ts'

/**
 * The domains of e-mail addresses that organizations say are theirs. A claim counts for nothing until it is shown: by a DNS record, or by
 * the operator's word. Those of an organization from `policies/` are written there (people/declared-domains.ts).
 */
export interface DomainClaims {
  listOf(organization: Organization): Promise<readonly EmailDomain[]>
  claim(organization: Organization, typed: string, by: Origin): Promise<Claiming>
  /** Asks the DNS for what the claim's token has to be found in. */
  verifyByRecord(organization: Organization, typed: string, by: Origin): Promise<Verifying>
  /** The operator says so; claims it where nobody has. */
  verifyByWord(organization: Organization, typed: string, by: Origin): Promise<Verifying>
  remove(organization: Organization, typed: string, by: Origin): Promise<Removing>
}

export type Refused =
  | { readonly kind: 'invalid'; readonly why: 'unreadable' | 'shared' }
  | { readonly kind: 'taken' | 'read_only' | 'unknown' }

export type Claiming = { readonly kind: 'claimed' | 'there'; readonly domain: EmailDomain } | Refused

export type Verifying =
  | { readonly kind: 'verified'; readonly domain: string }
  | { readonly kind: 'not_found' | 'unreachable'; readonly record: RecordWanted; readonly detail: string }
  | Refused

/** `last`: single sign-on is on, and no domain would be left that it may speak for. */
export type Removing = { readonly kind: 'removed' | 'last' } | Refused

export interface RecordWanted {
  readonly name: string
  readonly text: string
}

export interface DomainClaimsNeeds {
  readonly domains: EmailDomains
  readonly readTextRecords: ReadTextRecords
  readonly random: Random
  readonly clock: Clock
}

export function createDomainClaims(needs: DomainClaimsNeeds): DomainClaims {
  return {
    listOf: ({ id }) => needs.domains.listOf(id),
    claim: (organization, typed, by) => claim(needs, { organization, by }, typed),
    verifyByRecord: (organization, typed, by) => verifyByRecord(needs, { organization, by }, typed),
    async verifyByWord(organization, typed, by) {
      const claimed = await claim(needs, { organization, by }, typed)
      return 'domain' in claimed ? verify(needs, { organization, by }, claimed.domain.domain, by.actor.id) : claimed
    },
    remove: (organization, typed, by) => remove(needs, { organization, by }, typed),
  }
}

/** What the DNS has to hold. A name of its own below the domain: what stands at the domain itself is public and long. */
export function recordWanted({ domain, token }: Pick<EmailDomain, 'domain' | 'token'>): RecordWanted {
  return { name: `_sekisho.${domain}`, text: `sekisho-verification=${token}` }
}

const tokenBytes = 24

/** A claim that nobody has shown yet, under a token of its own. */
export function newDomain(domain: string, organizationId: EmailDomain['organizationId'], random: Random, at: number) {
  return { domain, organizationId, verifiedAt: null, verifiedBy: null, token: random.token(tokenBytes), addedAt: at }
}

interface Asking {
  readonly organization: Organization
  readonly by: Origin
}

async function claim({ domains, random, clock }: DomainClaimsNeeds, asking: Asking, typed: string): Promise<Claiming> {
  const read = readDomain(asking, typed)
  if (read.kind !== 'domain') return read
  const domain = newDomain(read.domain, asking.organization.id, random, clock.now())
  const claimed = await domains.claim(domain, auditFor('email_domain_claimed', asking, read.domain, clock))
  if (claimed === 'taken') return { kind: 'taken' }
  if (claimed === 'claimed') return { kind: 'claimed', domain }
  const standing = await find(domains, asking.organization, read.domain)
  return standing === null ? { kind: 'unknown' } : { kind: 'there', domain: standing }
}

async function verifyByRecord(needs: DomainClaimsNeeds, asking: Asking, typed: string): Promise<Verifying> {
  const read = readDomain(asking, typed)
  if (read.kind !== 'domain') return read
  const standing = await find(needs.domains, asking.organization, read.domain)
  if (standing === null) return { kind: 'unknown' }
  const record = recordWanted(standing)
  const found = await needs.readTextRecords(record.name)
  switch (found.kind) {
    case 'none':
      return { kind: 'not_found', record, detail: `the DNS has no TXT record at ${record.name}` }
    case 'failed':
      return { kind: 'unreachable', record, detail: found.why }
    case 'found':
      if (found.texts.some(text => sameSecret(text.trim(), record.text)))
        return verify(needs, asking, read.domain, 'dns')
      return {
        kind: 'not_found',
        record,
        detail: `${found.texts.length} TXT records at ${record.name}, none of them it`,
      }
    default:
      return found satisfies never
  }
}

async function verify(
  { domains, clock }: DomainClaimsNeeds,
  asking: Asking,
  domain: string,
  verifiedBy: string,
): Promise<Verifying> {
  const { id: organizationId } = asking.organization
  const audit = auditFor('email_domain_verified', asking, domain, clock, verifiedBy)
  const verified = await domains.verify({ domain, organizationId }, clock.now(), verifiedBy, audit)
  return verified === 'verified' ? { kind: 'verified', domain } : { kind: verified }
}

async function remove({ domains, clock }: DomainClaimsNeeds, asking: Asking, typed: string): Promise<Removing> {
  const { organization } = asking
  const read = readDomain(asking, typed)
  if (read.kind === 'read_only') return read
  // What could be claimed under earlier rules can be removed under these.
  const domain = read.kind === 'domain' ? read.domain : typed.trim().toLowerCase()
  const verified = (await domains.listOf(organization.id)).filter(({ verifiedAt }) => verifiedAt !== null)
  const isLast = verified.length === 1 && verified[0]?.domain === domain
  if (isLast && rulesAt(organization, clock.now()).sso.required) return { kind: 'last' }
  const removed = await domains.remove(domain, organization.id, auditFor('email_domain_removed', asking, domain, clock))
  return { kind: removed ? 'removed' : 'unknown' }
}

function readDomain({ organization }: Asking, typed: string): { kind: 'domain'; domain: string } | Refused {
  if (organization.managedBy === 'policies') return { kind: 'read_only' }
  const domain = parseDomain(typed)
  if (domain === null) return { kind: 'invalid', why: 'unreadable' }
  return isShared(domain) ? { kind: 'invalid', why: 'shared' } : { kind: 'domain', domain }
}

async function find(domains: EmailDomains, { id }: Organization, domain: string): Promise<EmailDomain | null> {
  return (await domains.listOf(id)).find(each => each.domain === domain) ?? null
}

function auditFor(event: AuditEvent, { organization, by }: Asking, domain: string, clock: Clock, verifiedBy?: string) {
  const subject = { accountId: null, organizationId: organization.id }
  const facts = { domain, ...(verifiedBy === undefined ? {} : { verifiedBy }) }
  return auditOf(event, subject, by, clock.now(), facts)
}
