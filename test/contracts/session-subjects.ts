import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProviderLogout, ProviderSubject } from '../../src/people/session.ts'
import type { Proof } from '../../src/policy/facts.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import {
  aDevice,
  aSession,
  aTrail,
  dayMs,
  now,
  organizationId,
  storedAccount,
  storedChild,
  storedSession,
  totp,
} from './samples.ts'

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

  describe('a sign-in that its provider has ended', () => {
    const noted = (nameId: string, sessionIndexes: readonly string[], at = now, about: Partial<ProviderLogout> = {}) =>
      store.sessions.noteLogout({ organizationId: corp, issuer, nameId, sessionIndexes, at, ...about })
    const isOut = (nameId: string, sessionIndex: string | null = '_s1', issuedAt = now - 1, about = {}) =>
      store.sessions.wasSignedOut({ organizationId: corp, issuer, nameId, sessionIndex, issuedAt, ...about })
    const told = (nameId: string, issuedAt: number | undefined): Proof => ({
      ...{ kind: 'saml', at: now, organization: corp },
      subject: {
        ...{ issuer, nameId, nameIdFormat: null, sessionIndex: '_s1' },
        ...(issuedAt === undefined ? {} : { issuedAt }),
      },
    })

    test('is known by its index and its moment, also when the index was never told, for a day', async () => {
      await noted('eri', ['_s0', '_s1'])
      expect(await isOut('eri')).toBe(true)
      expect(await isOut('eri', null)).toBe(true)
      expect(await isOut('eri', '_s1', now)).toBe(true)
      expect([await isOut('eri', '_s1', now + 1), await isOut('eri', null, now + 1)]).toEqual([false, false])
      expect(await isOut('eri', '_s2')).toBe(false)

      await store.sweep(now + dayMs)
      expect(await isOut('eri')).toBe(true)
      await store.sweep(now + 2 * dayMs)
      expect(await isOut('eri')).toBe(false)
    })

    test('is every one when none is named, and when more are named than are kept apart', async () => {
      await noted('fumi', [])
      expect([await isOut('fumi', '_any'), await isOut('fumi', null)]).toEqual([true, true])
      await noted(
        'gen',
        Array.from({ length: 9 }, (_, i) => `_${i}`),
      )
      expect([await isOut('gen', '_any'), await isOut('gen', null)]).toEqual([true, true])
    })

    test('is of one organization, one provider, one person; the later of two logouts speaks', async () => {
      await noted('hiro', ['_s1'])
      expect(await isOut('Hiro')).toBe(false)
      expect(await isOut('hiro', '_s1', now - 1, { organizationId: other })).toBe(false)
      expect(await isOut('hiro', '_s1', now - 1, { issuer: 'https://else.test' })).toBe(false)
      await noted('hiro', ['_s1'], now + 10)
      await noted('hiro', ['_s1'], now + 5)
      expect(await isOut('hiro', '_s1', now + 10)).toBe(true)
    })

    test('is not pushed out by somebody who signs in and out all day: of one person few are kept apart, the others as one', async () => {
      await noted('jun', ['_s1'])
      for (let i = 0; i < 100; i++) await noted('kai', [`_k${i}`], now + i)

      expect(await isOut('jun')).toBe(true)
      // Told from its sign-ins no longer: there is one row for all of them.
      expect(await isOut('kai', '_never', now + 60)).toBe(true)
      expect(await isOut('kai', '_k0', now)).toBe(true)
      expect(await isOut('kai', '_k99', now + 99)).toBe(true)
      expect(await isOut('kai', '_k99', now + 100)).toBe(false)
    })

    test('opens no session and is no new proof, whoever asked before; what came later is', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id, { proofs: [told('ito', now - 5)] })
      await noted('ito', ['_s1'])
      const open = (proof: Proof) =>
        store.sessions.open(aSession(id, { proofs: [proof] }), aDevice(id), null, aTrail('session_opened'))
      const prove = (proof: Proof, token: string) =>
        store.sessions.rotate(root.id, token, [proof], aTrail('session_proved_again'))

      expect(await open(told('ito', now))).toBe(false)
      expect(await prove(told('ito', now), 'ito-1')).toBe(false)

      expect(await store.sessions.findByTokenHash(root.tokenHash)).toEqual(root)
      expect(await prove(told('ito', now + 1), 'ito-2')).toBe(true)
      expect(await open(told('ito', now + 1))).toBe(true)
      // Kept before the moment was: as it was then.
      expect(await open(told('ito', undefined))).toBe(true)
    })
  })

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
