import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditOf } from '../../src/people/origin.ts'
import type { OrganizationId } from '../../src/policy/facts.ts'
import { type House, openHouse, operator } from './house.ts'

// An address decides whose provider speaks for an account: nobody moves into the domain of another organization by themselves.

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

async function owned(domain: string, verified = true): Promise<OrganizationId> {
  const { id } = await house.organization()
  const at = house.clock.now()
  const audit = auditOf('email_domain_claimed', { accountId: null, organizationId: id }, operator, at)
  const word = verified ? { verifiedAt: at, verifiedBy: 'dns' } : { verifiedAt: null, verifiedBy: null }
  await house.store.emailDomains.claim({ domain, organizationId: id, token: 'token', addedAt: at, ...word }, audit)
  return id
}

describe('another address', () => {
  test('in a domain that an organization has shown is refused to everybody outside it, however it is written', async () => {
    await owned('shown.example')
    const nobody = await house.person()
    const stranger = await house.person({ organizationId: await owned('theirs.example') })
    for (const account of [nobody, stranger])
      for (const typed of ['new@shown.example', 'New@SHOWN.Example', 'a.b+c@shown.example'])
        expect([typed, (await house.emailChange.judge(account, typed)).kind]).toEqual([typed, 'foreign_domain'])
  })

  test('in the domain of one’s own organization is possible', async () => {
    const account = await house.person({ organizationId: await owned('ours.example') })
    expect(await house.emailChange.judge(account, 'new@ours.example')).toMatchObject({ kind: 'possible' })
  })

  test('in a domain that was only claimed is possible: a claim counts for nothing', async () => {
    await owned('claimed.example', false)
    const account = await house.person()
    expect(await house.emailChange.judge(account, 'new@claimed.example')).toMatchObject({ kind: 'possible' })
  })

  test('below or beside a domain that was shown is another domain', async () => {
    await owned('whole.example')
    const account = await house.person()
    for (const typed of ['new@sub.whole.example', 'new@notwhole.example'])
      expect(await house.emailChange.judge(account, typed)).toMatchObject({ kind: 'possible' })
  })
})
