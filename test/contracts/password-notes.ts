import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import { aNotice, anOrganization, aTrail, hourMs, now, storedAccount, storedSession } from './samples.ts'

/** What is written about a password that stays what it is: its leaks, and its hash under another key. */
export function describePasswordNotes(open: OpenStore): void {
  let store: DurablePorts
  beforeAll(async () => {
    store = await open()
  })
  afterAll(() => store.close())
  const mails = () => store.outbox.list('all', 1000)
  const rows = () => store.audit.list({ limit: 1000 })

  describe('a password that was looked up', () => {
    test('keeps what was found, with its row and its notice, and others are told to read it again', async () => {
      const { id } = await storedAccount(store)
      const sent = (await mails()).length

      const heard = await heardDuring(store, async () => {
        const note = { id, hash: `hash-of-${id}`, checkedAt: now, count: 12 }
        expect(await store.accounts.noteLeak(note, aTrail('password_leaked', [aNotice()]))).toBe(true)
      })

      expect((await store.accounts.find(id))?.passwordLeak).toEqual({ checkedAt: now, count: 12 })
      expect(await mails()).toHaveLength(sent + 1)
      expect(heard).toEqual([{ kind: 'account', id }])
    })

    test('and was not found leaves no row in the audit trail', async () => {
      const { id } = await storedAccount(store)
      const before = (await rows()).length

      await store.accounts.noteLeak({ id, hash: `hash-of-${id}`, checkedAt: now, count: 0 }, null)

      expect((await store.accounts.find(id))?.passwordLeak).toEqual({ checkedAt: now, count: 0 })
      expect(await rows()).toHaveLength(before)
    })

    test('and changed meanwhile is not spoken of', async () => {
      const { id } = await storedAccount(store)
      const sent = (await mails()).length

      const trail = aTrail('password_leaked', [aNotice()])
      expect(await store.accounts.noteLeak({ id, hash: 'former', checkedAt: now, count: 3 }, trail)).toBe(false)

      expect((await store.accounts.find(id))?.passwordLeak).toBeNull()
      expect(await mails()).toHaveLength(sent)
    })

    test('is as good as never looked at when another takes its place', async () => {
      const { id } = await storedAccount(store)
      await store.accounts.noteLeak({ id, hash: `hash-of-${id}`, checkedAt: now, count: 3 }, null)

      await store.accounts.setPassword(
        { id, formerHash: `hash-of-${id}`, hash: 'new', at: now + hourMs, endSessionsExcept: null },
        aTrail('password_changed'),
      )

      expect((await store.accounts.find(id))?.passwordLeak).toBeNull()
    })
  })

  describe('a hash under another key', () => {
    test('takes the place of the former one, and nothing else changes', async () => {
      const account = await storedAccount(store)
      const { id } = account
      const session = await storedSession(store, id)
      const before = (await rows()).length
      const formerHash = `hash-of-${id}`

      const heard = await heardDuring(store, async () => {
        expect(await store.accounts.rehash({ id, formerHash, hash: 'k1:AAAAAAAA$new', at: now })).toBe(true)
      })

      const password = { hash: 'k1:AAAAAAAA$new', changedAt: account.password?.changedAt }
      expect(await store.accounts.find(id)).toEqual({ ...account, password, lastSignInAt: session.openedAt })
      expect(await store.accounts.formerPasswords(id)).toEqual([])
      expect(await store.sessions.findByTokenHash(session.tokenHash)).not.toBeNull()
      expect(await rows()).toHaveLength(before)
      expect(heard).toEqual([{ kind: 'account', id }])
    })

    test('does not take the place of a password that was chosen meanwhile', async () => {
      const { id } = await storedAccount(store)
      expect(await store.accounts.rehash({ id, formerHash: 'former', hash: 'k1:AAAAAAAA$new', at: now })).toBe(false)
      expect((await store.accounts.find(id))?.password?.hash).toBe(`hash-of-${id}`)
    })
  })

  test('passwords are counted by organization, key and what is known of their leaks; deleted accounts have none', async () => {
    const organization = anOrganization()
    await store.organizations.create(organization, aTrail('organization_created'))
    const organizationId = organization.id
    const of = async (hash: string | null, leak: number | null, state: 'open' | 'deleted' = 'open') => {
      const password = hash === null ? null : { hash, changedAt: now }
      const passwordLeak = leak === null ? null : { checkedAt: now, count: leak }
      await storedAccount(store, { organizationId, password, passwordLeak, state })
    }
    await of('k1:AAAAAAAA$argon2id$x', null)
    await of('k1:AAAAAAAA$argon2id$y', 0)
    await of('k1:AAAAAAAA$argon2id$z', 7)
    await of('$argon2id$old', 3)
    await of(null, null)
    await of('k1:AAAAAAAA$argon2id$d', 9, 'deleted')

    const census = (await store.accounts.passwordCensus()).filter(row => row.organizationId === organizationId)

    expect(census.toSorted((a, b) => (a.keyId ?? '').localeCompare(b.keyId ?? ''))).toEqual([
      { organizationId, keyId: null, leaked: 1, notFound: 0, neverLookedAt: 0 },
      { organizationId, keyId: 'AAAAAAAA', leaked: 1, notFound: 1, neverLookedAt: 1 },
    ])
  })
}
