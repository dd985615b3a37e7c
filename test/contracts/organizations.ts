import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import { anOrganization, aTrail, hourMs, now, openRules, organizationId } from './samples.ts'

export function describeOrganizations(open: OpenStore): void {
  describe('organizations', () => {
    let store: DurablePorts
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    test('come back as they were created, with both versions of rules that may return', async () => {
      const organization = anOrganization({
        name: '株式会社 例',
        rules: {
          active: { ...openRules, networks: [{ network: '203.0.113.0/24', comment: 'office' }], devices: 'approved' },
          previous: { ...openRules, sso: { required: true, breakGlassEmails: ['root@example.com'] } },
          revertAt: now + hourMs,
          confirmedAt: null,
        },
      })

      expect(await store.organizations.create(organization, aTrail('organization_created'))).toBe('created')

      expect(await store.organizations.find(organization.id)).toEqual(organization)
      expect(await store.organizations.findBySlug(organization.slug)).toEqual(organization)
    })

    test('have a slug of their own', async () => {
      const first = anOrganization()
      await store.organizations.create(first, aTrail('organization_created'))

      const second = anOrganization({ slug: first.slug })

      expect(await store.organizations.create(second, aTrail('organization_created'))).toBe('taken')
      expect(await store.organizations.find(second.id)).toBeNull()
    })

    test('are announced when they are created and when their rules change', async () => {
      const organization = anOrganization()
      const changed = {
        ...organization,
        name: 'New name',
        managedBy: 'policies' as const,
        rules: { ...organization.rules, active: { ...openRules, networks: [] } },
      }

      const heard = await heardDuring(store, async () => {
        await store.organizations.create(organization, aTrail('organization_created'))
        expect(await store.organizations.change(changed, aTrail('organization_changed'))).toBe(true)
      })

      expect(await store.organizations.find(organization.id)).toEqual(changed)
      expect(heard).toEqual(Array.from({ length: 2 }, () => ({ kind: 'organization', id: organization.id })))
    })

    test('that are unknown are not found and cannot be changed', async () => {
      expect(await store.organizations.find(organizationId())).toBeNull()
      expect(await store.organizations.findBySlug('unknown')).toBeNull()
      expect(await store.organizations.change(anOrganization(), aTrail('organization_changed'))).toBe(false)
    })

    test('are listed by slug', async () => {
      const slugs = (await store.organizations.list()).map(organization => organization.slug)

      expect(slugs).toEqual(slugs.toSorted())
      expect(slugs.length).toBeGreaterThan(1)
    })
  })
}
