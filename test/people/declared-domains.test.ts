import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import { createDeclaredDomains, type DeclaredDomains, type DomainsOf } from '../../src/people/declared-domains.ts'
import { createDomainClaims } from '../../src/people/domain-claims.ts'
import type { Organization } from '../../src/people/organization.ts'
import type { Origin } from '../../src/people/origin.ts'
import { type House, openHouse, operator } from './house.ts'

const policies: Origin = {
  actor: { kind: 'policies', id: 'policies' },
  address: null,
  receipt: null,
  device: 'policies',
}
let house: House
let declared: DeclaredDomains
let acme: Organization
let beta: Organization

beforeAll(async () => {
  house = await openHouse()
  const { emailDomains: domains, organizations } = house.store
  declared = createDeclaredDomains({ domains, organizations, random: secureRandom, clock: house.clock })
})
afterAll(() => house.close())
beforeEach(async () => {
  acme = await house.organization()
  beta = await house.organization()
})

let made = 0
const fresh = () => `filed-${++made}.example`
const ofAcme = (...emailDomains: string[]): DomainsOf => ({ slug: acme.slug, emailDomains })
const ofBeta = (...emailDomains: string[]): DomainsOf => ({ slug: beta.slug, emailDomains })
const adopt = async (...files: DomainsOf[]) => {
  await declared.check(files)
  await declared.adopt(files, policies)
}
const owner = (domain: string) => house.store.emailDomains.ownerOf(domain)
const shown = (organization: Organization, domain: string) =>
  createDomainClaims({
    domains: house.store.emailDomains,
    ...{ random: secureRandom, clock: house.clock, readTextRecords: async () => ({ kind: 'none' }) as const },
  }).verifyByWord(organization, domain, operator)

describe('an e-mail domain', () => {
  test('in a file is verified by it, and gone when it leaves the file', async () => {
    const domain = fresh()
    await adopt(ofAcme(domain))
    expect(await owner(domain)).toBe(acme.id)
    expect(await house.store.emailDomains.listOf(acme.id)).toMatchObject([{ domain, verifiedBy: 'policies' }])

    await adopt(ofAcme())
    expect(await owner(domain)).toBeNull()
    expect(await house.store.emailDomains.listOf(acme.id)).toEqual([])
  })

  test('that stays in its file is written once', async () => {
    const domain = fresh()
    await adopt(ofAcme(domain))
    const before = (await house.store.audit.list({ limit: 1_000 })).length
    await adopt(ofAcme(domain))
    expect((await house.store.audit.list({ limit: 1_000 })).length).toBe(before)
  })

  test('that was shown in another way does not leave with a file', async () => {
    const domain = fresh()
    await shown(acme, domain)
    await adopt(ofAcme(domain))
    await adopt(ofAcme())
    expect(await owner(domain)).toBe(acme.id)
  })

  test('that was only claimed counts from the moment a file names it', async () => {
    const domain = fresh()
    const claim = { domain, organizationId: acme.id, verifiedAt: null, verifiedBy: null, token: 't', addedAt: 1 }
    const audit = { event: 'email_domain_claimed', at: 1, actor: operator.actor } as const
    const rest = { accountId: null, organizationId: acme.id, address: null, receipt: null, facts: {} }
    await house.store.emailDomains.claim(claim, { ...audit, ...rest })
    await adopt(ofAcme(domain))
    expect(await owner(domain)).toBe(acme.id)
  })

  test('moves from one file to another in one load', async () => {
    const domain = fresh()
    await adopt(ofAcme(domain), ofBeta())
    await adopt(ofAcme(), ofBeta(domain))
    expect(await owner(domain)).toBe(beta.id)
  })

  test('that two files name, or that its owner has shown in another way and names no more, stays where it is', async () => {
    const [domain, other] = [fresh(), fresh()]
    await adopt(ofAcme(domain), ofBeta())
    await expect(adopt(ofAcme(domain), ofBeta(domain))).rejects.toMatchObject({ code: 'invalid_input' })
    await shown(acme, other)
    await expect(adopt(ofAcme(domain), ofBeta(other))).rejects.toMatchObject({ code: 'invalid_input' })
    expect([await owner(domain), await owner(other)]).toEqual([acme.id, acme.id])
  })

  test('that another organization has shown to be its own refuses the whole load', async () => {
    const domain = fresh()
    await shown(beta, domain)
    const load = adopt(ofAcme(fresh(), domain))
    await expect(load).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(load).rejects.toThrow(new RegExp(`${domain}.*${acme.slug}.*${beta.slug}`))
    expect(await house.store.emailDomains.listOf(acme.id)).toEqual([])
  })
})
