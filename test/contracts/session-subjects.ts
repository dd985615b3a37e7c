import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProviderSubject } from '../../src/people/session.ts'
import type { Proof } from '../../src/policy/facts.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import { aTrail, now, organizationId, storedAccount, storedChild, storedSession, totp } from './samples.ts'

export function describeSessionSubjects(open: OpenStore): void {
  let store: DurablePorts
  beforeAll(async () => {
    store = await open()
  })
  afterAll(() => store.close())

  const corp = organizationId()
  const other = organizationId()
  const issuer = 'https://idp.corp.test'
  const vouched = (nameId: string, sessionIndex = '_s1', organization = corp): Proof => ({
    kind: 'saml',
    at: now,
    organization,
    subject: { issuer, nameId, nameIdFormat: null, sessionIndex },
  })
  const rootsOf = async (nameId: string, about: Partial<ProviderSubject> = {}) => {
    const roots = await store.sessions.listOfSubject({ organizationId: corp, issuer, nameId, ...about })
    return roots.map(({ id }) => id).toSorted()
  }

  describe('the sessions that a provider vouched for', () => {
    test('are found by its name for the person, without their children', async () => {
      const { id } = await storedAccount(store)
      const first = await storedSession(store, id, { proofs: [totp, vouched('aki')] })
      const second = await storedSession(store, id, { proofs: [vouched('aki', '_s2')] })
      await storedSession(store, id)
      await storedChild(store, first)

      expect(await rootsOf('aki')).toEqual([first.id, second.id].toSorted())
    })

    test('are those of one organization, one provider, one person', async () => {
      const { id } = await storedAccount(store)
      await storedSession(store, id, { proofs: [vouched('bea', '_s1', other)] })

      expect(await rootsOf('bea')).toEqual([])
      expect(await rootsOf('Bea', { organizationId: other })).toEqual([])
      expect(await rootsOf('bea', { organizationId: other, issuer: 'https://else.test' })).toEqual([])
      expect(await rootsOf('bea', { organizationId: other })).toHaveLength(1)
    })

    test('are known by the newest proof after a step-up', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id, { proofs: [vouched('cho')] })

      await store.sessions.rotate(root.id, 'cho-again', [vouched('cho-new')], aTrail('session_proved_again'))

      expect(await rootsOf('cho')).toEqual([])
      expect(await rootsOf('cho-new')).toEqual([root.id])
    })

    test('end together with their children, announced, and the row says how many', async () => {
      const { id } = await storedAccount(store)
      const first = await storedSession(store, id, { proofs: [vouched('dan')] })
      const second = await storedSession(store, id, { proofs: [vouched('dan')] })
      const child = await storedChild(store, first)
      const gone = await storedSession(store, id)
      await store.sessions.end(gone.id, aTrail('session_ended'))
      const spared = await storedSession(store, id)
      const trail = aTrail('sso_logout', [], { accountId: id, facts: { issuer } })

      const heard = await heardDuring(store, async () => {
        expect(await store.sessions.endThese([first.id, second.id, gone.id], trail)).toBe(2)
      })

      expect(heard.map(change => ('id' in change ? change.id : '')).toSorted()).toEqual(
        [first.id, second.id, child.id].toSorted(),
      )
      expect((await store.sessions.listOf(id)).map(session => session.id)).toEqual([spared.id])
      const rows = await store.audit.list({ accountId: id, limit: 10 })
      expect(rows.filter(({ entry }) => entry.event === 'sso_logout').map(({ entry }) => entry.facts)).toEqual([
        { issuer, sessions: 2 },
      ])
    })

    test('that have all ended leave no second row, and nobody is nobody', async () => {
      const { id } = await storedAccount(store)
      const trail = aTrail('sso_logout', [], { accountId: id })

      expect(await store.sessions.endThese([], trail)).toBe(0)
      expect(await store.audit.list({ accountId: id, limit: 10 })).toEqual([])
    })
  })
}
