import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import { type PeopleFilter, type PersonState, personStates } from '../../src/people/people-list.ts'
import type { DurablePorts, OpenStore } from './ports.ts'
import { accountId, aFactor, anAccount, anOrganization, aTrail, dayMs, now, storedAccount } from './samples.ts'

export function describePeopleList(open: OpenStore): void {
  describe('people as a list', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const flagged: Partial<Account> = { reset: { reason: 'leak', at: now, by: 'operator mika', since: null } }
    const held: Partial<Account> = { held: { at: now, cause: 'attack' } }
    const used: Partial<Account> = { lastSignInAt: now - dayMs }
    /** One person in each state, and one each where several are true. */
    const samples: readonly (readonly [name: string, about: Partial<Account>, state: PersonState])[] = [
      ['in use', used, 'in_use'],
      ['new', {}, 'not_signed_in'],
      ['invited', { state: 'invited', password: null }, 'invited'],
      ['suspended', { ...used, state: 'suspended' }, 'suspended'],
      ['flagged', { ...used, ...flagged }, 'reset_required'],
      ['held', { ...used, ...held }, 'held'],
      ['suspended, flagged and held', { ...flagged, ...held, state: 'suspended' }, 'suspended'],
      ['flagged and held', { ...flagged, ...held }, 'reset_required'],
    ]

    const namesOf = async (filter: PeopleFilter) =>
      (await store.peopleList.page({ ...filter, limit: 1_000 })).map(({ name }) => name).toSorted()
    const addSamples = async () => {
      for (const [name, about] of samples) await storedAccount(store, { ...about, name })
      await storedAccount(store, { name: 'deleted', state: 'deleted' })
    }

    test('everybody is in one state, is found by it, and deleted accounts by none', async () => {
      await addSamples()

      const everybody = await store.peopleList.page({ limit: 1_000 })
      expect(Object.fromEntries(everybody.map(({ name, state }) => [name, state]))).toEqual(
        Object.fromEntries(samples.map(([name, , state]) => [name, state])),
      )
      for (const state of personStates) {
        const expected = samples.filter(each => each[2] === state).map(([name]) => name)
        expect([state, await namesOf({ state })]).toEqual([state, expected.toSorted()])
        expect([state, await store.peopleList.count({ state })]).toEqual([state, expected.length])
      }
    })

    test('who is held, whose password leaked, and who has not signed in since a moment are found', async () => {
      await addSamples()
      await storedAccount(store, { ...used, name: 'leaked', passwordLeak: { checkedAt: now, count: 3 } })
      await storedAccount(store, { ...used, name: 'not leaked', passwordLeak: { checkedAt: now, count: 0 } })
      await storedAccount(store, { name: 'long ago', lastSignInAt: now - 90 * dayMs })

      expect(await namesOf({ held: true })).toEqual(['flagged and held', 'held', 'suspended, flagged and held'])
      expect(await namesOf({ leaked: true })).toEqual(['leaked'])
      const quiet = await namesOf({ notSignedInSince: now - 30 * dayMs })
      expect(quiet).toContain('long ago')
      expect(quiet).toContain('new')
      expect(quiet).not.toContain('in use')
      expect(await namesOf({ notSignedInSince: now - 30 * dayMs, state: 'in_use' })).toEqual(['long ago'])
    })

    test('second factors are found by their kind; backup codes, spare phones and what is set aside are none', async () => {
      const factors: Record<string, Account['factors']> = {
        nothing: [],
        app: [aFactor()],
        phone: [aFactor({ kind: 'sms_code', label: '+81 •• 1234' })],
        key: [aFactor({ kind: 'passkey', credentialId: 'c-1' }), aFactor()],
        'only helpers': [
          aFactor({ kind: 'backup_code' }),
          aFactor({ kind: 'sms_code', spare: true, label: '+81 •• 9999' }),
        ],
        aside: [aFactor({ setAsideAt: now })],
      }
      for (const [name, each] of Object.entries(factors)) await storedAccount(store, { name, factors: each })

      expect(await namesOf({ factor: 'any' })).toEqual(['app', 'key', 'phone'])
      expect(await namesOf({ factor: 'none' })).toEqual(['aside', 'nothing', 'only helpers'])
      expect(await namesOf({ factor: 'totp' })).toEqual(['app', 'key'])
      expect(await namesOf({ factor: 'sms_code' })).toEqual(['phone'])
      expect(await namesOf({ factor: 'passkey' })).toEqual(['key'])
      const byName = new Map((await store.peopleList.page({ limit: 10 })).map(each => [each.name, each]))
      expect(byName.get('phone')).toMatchObject({ factors: ['sms_code'], phones: ['+81 •• 1234'], sparePhones: [] })
      expect(byName.get('only helpers')).toMatchObject({ factors: [], phones: [], sparePhones: ['+81 •• 9999'] })
      expect(byName.get('key')?.factors.toSorted()).toEqual(['passkey', 'totp'])
      expect(byName.get('aside')).toMatchObject({ factors: [], factorsSetAside: 1 })
    })

    test('one organization’s people are found without anybody else’s, with its name', async () => {
      const acme = anOrganization()
      await store.organizations.create(acme, aTrail('organization_created'))
      await storedAccount(store, { name: 'theirs', organizationId: acme.id })
      await storedAccount(store, { name: 'nobody’s' })

      const [found, ...more] = await store.peopleList.page({ organizationId: acme.id, limit: 10 })

      expect(more).toEqual([])
      expect(found).toMatchObject({ name: 'theirs', organization: { slug: acme.slug, name: acme.name } })
    })

    test('a search takes its letters as they are', async () => {
      for (const name of ['100% Anna', 'Anna_B', 'Annax']) await storedAccount(store, { name })

      expect(await namesOf({ search: 'ANNA' })).toHaveLength(3)
      expect(await namesOf({ search: '100%' })).toEqual(['100% Anna'])
      expect(await namesOf({ search: 'a_b' })).toEqual(['Anna_B'])
    })

    test('pages list everybody once, also when others come and go meanwhile', async () => {
      const ids = Array.from({ length: 25 }, (_, i) => accountId(`person-${String(i).padStart(2, '0')}`))
      for (const id of ids) await storedAccount(store, { id })
      const seen: string[] = []

      for (let after = accountId(' '); ; ) {
        const page = await store.peopleList.page({ after, limit: 10 })
        const last = page.at(-1)
        if (last === undefined) break
        seen.push(...page.map(({ id }) => id))
        after = last.id
        await store.accounts.create(
          anAccount({ id: accountId(`a-newcomer-${seen.length}`) }),
          aTrail('account_created'),
        )
        await store.accounts.setState(ids[0] ?? accountId(), 'deleted', aTrail('account_suspended'))
      }

      expect(seen).toEqual(ids)
    })
  })
}
