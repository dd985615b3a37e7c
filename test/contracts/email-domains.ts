import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EmailDomain } from '../../src/people/email-domains.ts'
import type { OrganizationId } from '../../src/policy/facts.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import {
  anAttempt,
  anEntry,
  anOrganization,
  aTrail,
  emailKey,
  now,
  storedAccount,
  storedChild,
  storedSession,
  unique,
} from './samples.ts'

export function describeEmailDomains(open: OpenStore): void {
  describe('e-mail domains', () => {
    let store: DurablePorts
    let acme: OrganizationId
    let globex: OrganizationId
    beforeEach(async () => {
      store = await open()
      acme = await stand()
      globex = await stand()
    })
    afterEach(() => store.close())

    async function stand(): Promise<OrganizationId> {
      const organization = anOrganization()
      await store.organizations.create(organization, aTrail('organization_created'))
      return organization.id
    }

    const aDomain = (about: Partial<EmailDomain> = {}): EmailDomain => ({
      domain: 'acme.example',
      organizationId: acme,
      verifiedAt: null,
      verifiedBy: null,
      token: unique('token'),
      addedAt: now,
      ...about,
    })
    const claim = (domain: EmailDomain) => store.emailDomains.claim(domain, anEntry('email_domain_claimed'))
    const verify = (organizationId: OrganizationId, domain = 'acme.example', at = now + 1) =>
      store.emailDomains.verify({ domain, organizationId }, at, 'dns', anEntry('email_domain_verified'))

    test('that are only claimed are nobody’s; once verified they are of exactly that organization', async () => {
      const domain = aDomain()
      expect(await claim(domain)).toBe('claimed')
      expect(await store.emailDomains.ownerOf('acme.example')).toBeNull()

      expect(await verify(acme)).toBe('verified')

      expect(await store.emailDomains.ownerOf('acme.example')).toBe(acme)
      expect(await store.emailDomains.ownerOf('sub.acme.example')).toBeNull()
      expect(await store.emailDomains.listOf(acme)).toEqual([{ ...domain, verifiedAt: now + 1, verifiedBy: 'dns' }])
      expect(await store.emailDomains.listOf(globex)).toEqual([])
    })

    test('are claimed once by an organization, and the first token stays', async () => {
      const first = aDomain()
      await claim(first)

      expect(await claim(aDomain())).toBe('there')

      expect(await store.emailDomains.listOf(acme)).toEqual([first])
    })

    test('may be claimed by many and shown by one: the others can neither verify it nor claim it again', async () => {
      await claim(aDomain())
      await claim(aDomain({ organizationId: globex }))
      expect(await verify(globex)).toBe('verified')

      expect(await verify(acme)).toBe('taken')
      const third = await stand()
      expect(await claim(aDomain({ organizationId: third }))).toBe('taken')
      expect(await claim(aDomain({ organizationId: third, verifiedAt: now, verifiedBy: 'policies' }))).toBe('taken')

      expect(await store.emailDomains.ownerOf('acme.example')).toBe(globex)
    })

    test('that go take along the sessions that the provider opened for them, and an attempt with its word; no others', async () => {
      await claim(aDomain({ verifiedAt: now, verifiedBy: 'dns' }))
      const vouched = { proofs: [{ kind: 'saml', at: now, organization: acme } as const] }
      const member = (at: string, organizationId = acme) =>
        storedAccount(store, { organizationId, email: at, emailKey: emailKey(at) })
      const hana = await member(`${unique('hana')}@acme.example`)
      const root = await storedSession(store, hana.id, vouched)
      const child = await storedChild(store, root)
      const attempt = anAttempt(hana.id, vouched)
      await store.attempts.start(attempt, aTrail('sign_in_challenged'))
      const spared = await Promise.all([
        storedSession(store, hana.id),
        storedSession(store, (await member(`${unique('mika')}@xacme.example`)).id, vouched),
        storedSession(store, (await member(`${unique('ren')}@sub.acme.example`)).id, vouched),
        storedSession(store, (await member(`${unique('sora')}@acme.example`, globex)).id, {
          proofs: [{ kind: 'saml', at: now, organization: globex }],
        }),
      ])

      const heard = await heardDuring(store, async () => {
        const row = anEntry('email_domain_removed', { facts: { domain: 'acme.example' } })
        expect(await store.emailDomains.remove('acme.example', acme, row)).toBe(true)
      })

      expect(heard).toEqual([
        { kind: 'organization', id: acme },
        ...[root, child].map(({ id }) => ({ kind: 'session', id })),
      ])
      expect(await store.attempts.findByTokenHash(attempt.tokenHash)).toBeNull()
      for (const { tokenHash } of spared) expect(await store.sessions.findByTokenHash(tokenHash)).not.toBeNull()
      const rows = await store.audit.list({ limit: 100 })
      expect(rows.at(-1)?.entry.facts).toEqual({ domain: 'acme.example', sessions: 1 })
    })

    test('that nobody has claimed for that organization cannot be verified or removed, and nothing is left behind', async () => {
      await claim(aDomain())

      const heard = await heardDuring(store, async () => {
        expect(await verify(globex)).toBe('unknown')
        expect(await store.emailDomains.remove('acme.example', globex, anEntry('email_domain_removed'))).toBe(false)
      })

      expect(heard).toEqual([])
      const rows = await store.audit.list({ limit: 100 })
      expect(rows.map(({ entry }) => entry.event)).not.toContain('email_domain_removed')
      expect(await store.emailDomains.listOf(acme)).toHaveLength(1)
    })

    test('are free for another organization once they were removed', async () => {
      await claim(aDomain({ verifiedAt: now, verifiedBy: 'operator kei' }))
      expect(await store.emailDomains.remove('acme.example', acme, anEntry('email_domain_removed'))).toBe(true)
      expect(await store.emailDomains.ownerOf('acme.example')).toBeNull()

      expect(await claim(aDomain({ organizationId: globex, verifiedAt: now, verifiedBy: 'policies' }))).toBe('claimed')

      expect(await store.emailDomains.ownerOf('acme.example')).toBe(globex)
    })

    test('leave an audit row and are announced as changes of their organization', async () => {
      const heard = await heardDuring(store, async () => {
        await claim(aDomain())
        await verify(acme)
        await store.emailDomains.remove('acme.example', acme, anEntry('email_domain_removed'))
      })

      expect(heard).toEqual(Array.from({ length: 3 }, () => ({ kind: 'organization', id: acme })))
      const rows = await store.audit.list({ limit: 100 })
      expect(rows.map(({ entry }) => entry.event).filter(event => event.startsWith('email_domain'))).toEqual([
        'email_domain_claimed',
        'email_domain_verified',
        'email_domain_removed',
      ])
    })
  })
}
