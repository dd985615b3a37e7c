import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import type { TextRecords } from '../../src/outgoing/text-records.ts'
import { createDomainClaims, type DomainClaims, recordWanted } from '../../src/people/domain-claims.ts'
import { type House, openHouse, openRules, operator } from './house.ts'

let house: House
let claims: DomainClaims
/** What the name servers say, by name. */
const dns = new Map<string, TextRecords>()
const asked: string[] = []

beforeAll(async () => {
  house = await openHouse()
  claims = createDomainClaims({
    domains: house.store.emailDomains,
    random: secureRandom,
    clock: house.clock,
    async readTextRecords(name) {
      asked.push(name)
      return dns.get(name) ?? { kind: 'none' }
    },
  })
})
afterAll(() => house.close())

let made = 0
const fresh = () => `domain-${++made}.example`

async function claimed(domain = fresh()) {
  const organization = await house.organization()
  const claim = await claims.claim(organization, domain, operator)
  if (claim.kind !== 'claimed') throw new Error(claim.kind)
  return { organization, domain, record: recordWanted(claim.domain) }
}

describe('an e-mail domain', () => {
  test('is an organization’s own once the DNS holds what was asked for, and not before', async () => {
    const { organization, domain, record } = await claimed()
    expect(await claims.verifyByRecord(organization, domain, operator)).toMatchObject({ kind: 'not_found' })
    expect(await house.store.emailDomains.ownerOf(domain)).toBeNull()
    dns.set(record.name, { kind: 'found', texts: ['v=spf1 -all', record.text] })

    expect(await claims.verifyByRecord(organization, domain, operator)).toEqual({ kind: 'verified', domain })

    expect(asked).toContain(`_sekisho.${domain}`)
    expect(await house.store.emailDomains.ownerOf(domain)).toBe(organization.id)
    expect(await claims.listOf(organization)).toMatchObject([{ domain, verifiedBy: 'dns' }])
  })

  test('is not shown by the record of another organization, of another domain, or by a part of it', async () => {
    const mine = await claimed()
    const theirs = await claimed()
    const texts = [theirs.record.text, mine.record.text.slice(0, -1), `${mine.record.text}x`, mine.record.name, '']
    dns.set(mine.record.name, { kind: 'found', texts })

    expect(await claims.verifyByRecord(mine.organization, mine.domain, operator)).toMatchObject({ kind: 'not_found' })
    expect(await house.store.emailDomains.ownerOf(mine.domain)).toBeNull()
  })

  test('stays unverified when the name servers cannot be reached, and that is told', async () => {
    const { organization, domain, record } = await claimed()
    dns.set(record.name, { kind: 'failed', why: 'ETIMEOUT' })
    const answer = await claims.verifyByRecord(organization, domain, operator)
    expect(answer).toMatchObject({ kind: 'unreachable', detail: 'ETIMEOUT' })
    expect(await house.store.emailDomains.ownerOf(domain)).toBeNull()
  })

  test('that was never claimed is asked of nobody', async () => {
    const organization = await house.organization()
    const before = asked.length
    expect(await claims.verifyByRecord(organization, fresh(), operator)).toEqual({ kind: 'unknown' })
    expect(asked.length).toBe(before)
  })

  test('is verified by the operator’s word, under the operator’s name', async () => {
    const organization = await house.organization()
    const domain = fresh()
    expect(await claims.verifyByWord(organization, domain, operator)).toEqual({ kind: 'verified', domain })
    expect(await claims.listOf(organization)).toMatchObject([{ domain, verifiedBy: operator.actor.id }])
    const rows = await house.store.audit.list({ limit: 1000 })
    const facts = { domain, verifiedBy: operator.actor.id }
    expect(rows.map(({ entry }) => entry)).toContainEqual(
      expect.objectContaining({ event: 'email_domain_verified', facts: expect.objectContaining(facts) }),
    )
  })

  test('that another organization has shown is theirs alone, also against the operator’s word', async () => {
    const { organization: first, domain } = await claimed()
    await claims.verifyByWord(first, domain, operator)
    const second = await house.organization()
    expect(await claims.claim(second, domain, operator)).toEqual({ kind: 'taken' })
    expect(await claims.verifyByWord(second, domain, operator)).toEqual({ kind: 'taken' })
    expect(await house.store.emailDomains.ownerOf(domain)).toBe(first.id)
  })

  test.each([
    ['BÜCHER-haus.Example', 'xn--bcher-haus-9db.example'],
    ['Capital.Example.', 'capital.example'],
    ['日本語.example', 'xn--wgv71a119e.example'],
  ])('%s is kept as %s', async (typed, kept) => {
    const organization = await house.organization()
    expect(await claims.claim(organization, typed, operator)).toMatchObject({
      kind: 'claimed',
      domain: { domain: kept },
    })
  })

  test.each([
    '',
    'localhost',
    'example',
    '@acme.example',
    'a@acme.example',
    '*.acme.example',
    'acme..example',
    '1.2.3.4',
  ])('%j is none', async typed => {
    const organization = await house.organization()
    expect(await claims.claim(organization, typed, operator)).toEqual({ kind: 'invalid', why: 'unreadable' })
    expect(await claims.verifyByWord(organization, typed, operator)).toEqual({ kind: 'invalid', why: 'unreadable' })
  })

  test.each(['co.jp', 'com.au', 'or.jp', 'gmail.com', 'YAHOO.co.jp', 'ltd.uk'])(
    '%s is nobody’s own, whoever says so',
    async typed => {
      const organization = await house.organization()
      expect(await claims.verifyByWord(organization, typed, operator)).toEqual({ kind: 'invalid', why: 'shared' })
    },
  )

  test('of an organization from files is changed there', async () => {
    await house.organizationAdmin.adopt([{ slug: 'filed', name: 'Filed', rules: openRules }], operator)
    const filed = await house.store.organizations.findBySlug('filed')
    if (filed === null) throw new Error('not adopted')
    for (const act of ['claim', 'verifyByWord', 'verifyByRecord', 'remove'] as const)
      expect(await claims[act](filed, 'filed.example', operator)).toEqual({ kind: 'read_only' })
  })

  test('is not removed while it is the last that single sign-on may speak for', async () => {
    const { organization, domain } = await claimed()
    const other = fresh()
    await claims.verifyByWord(organization, domain, operator)
    await claims.claim(organization, other, operator)
    const sso = { required: true, breakGlassEmails: ['glass@example.com'] }
    const rules = { ...organization.rules, active: { ...organization.rules.active, sso } }
    const withSso = { ...organization, rules }

    expect(await claims.remove(withSso, domain, operator)).toEqual({ kind: 'last' })
    // While a proposal speaks as well, and no longer than that.
    const proposed = { ...rules, previous: organization.rules.active, confirmedAt: null }
    const live = { ...organization, rules: { ...proposed, revertAt: house.clock.now() + 1 } }
    expect(await claims.remove(live, domain, operator)).toEqual({ kind: 'last' })
    expect(await claims.remove(withSso, other, operator)).toEqual({ kind: 'removed' })
    const rolledBack = { ...organization, rules: { ...proposed, revertAt: house.clock.now() } }
    expect(await claims.remove(rolledBack, domain, operator)).toEqual({ kind: 'removed' })
    expect(await claims.remove(organization, domain, operator)).toEqual({ kind: 'unknown' })
  })
})
