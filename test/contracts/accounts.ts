import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import {
  accountId,
  aFactor,
  aNotice,
  anAccount,
  anAttempt,
  anOrganization,
  aTicket,
  aTrail,
  dayMs,
  emailKey,
  now,
  storedAccount,
  storedChild,
  storedSession,
} from './samples.ts'

export function describeAccounts(open: OpenStore): void {
  describe('accounts', () => {
    let store: DurablePorts
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    test('an account comes back as it was created, with its factors in the order they were added', async () => {
      const organization = anOrganization()
      await store.organizations.create(organization, aTrail('organization_created'))
      const later = aFactor({ addedAt: now + 5 })
      const account = anAccount({
        organizationId: organization.id,
        roles: ['person', 'administrator'],
        name: '山田 亜紀',
        language: 'ja',
        formerEmail: { email: 'Old@example.com', undoUntil: now + dayMs },
        reset: { reason: 'leaked', at: now, by: 'mika', since: null },
        exemption: { reason: 'travelling', until: now + dayMs },
        factors: [aFactor({ kind: 'passkey' }), later],
        lastSignInAt: now - 1,
      })

      await store.accounts.create(account, aTrail('account_created'))

      expect(await store.accounts.find(account.id)).toEqual(account)
      expect(await store.accounts.findByEmail(account.emailKey)).toEqual(account)
    })

    test('an account without a password, reset, exemption or organization has null in their places', async () => {
      const account = await storedAccount(store, { password: null, state: 'invited' })

      const found = await store.accounts.find(account.id)

      expect(found).toMatchObject({
        password: null,
        reset: null,
        exemption: null,
        organizationId: null,
        formerEmail: null,
      })
    })

    test('nobody is found under an unknown id or address', async () => {
      expect(await store.accounts.find(accountId())).toBeNull()
      expect(await store.accounts.findByEmail(emailKey('nobody@example.com'))).toBeNull()
    })

    test('an address belongs to one account; the second is told so and leaves no trail', async () => {
      const first = await storedAccount(store)
      const rows = (await store.audit.list({ limit: 1000 })).length

      const second = await store.accounts.create(
        anAccount({ emailKey: first.emailKey }),
        aTrail('account_created', [aNotice()]),
      )

      expect(second).toBe('taken')
      expect(await store.audit.list({ limit: 1000 })).toHaveLength(rows)
    })

    test('a deleted account gives its address free and is found by its id only', async () => {
      const gone = await storedAccount(store)
      await store.accounts.setState(gone.id, 'deleted', aTrail('account_suspended'))

      const heir = anAccount({ emailKey: gone.emailKey })
      const outcome = await store.accounts.create(heir, aTrail('account_created'))

      expect(outcome).toBe('created')
      expect((await store.accounts.findByEmail(gone.emailKey))?.id).toBe(heir.id)
      expect((await store.accounts.find(gone.id))?.state).toBe('deleted')
    })

    test('a deleted account can no longer be changed', async () => {
      const gone = await storedAccount(store)
      await store.accounts.setState(gone.id, 'deleted', aTrail('account_suspended'))

      expect(await store.accounts.setState(gone.id, 'open', aTrail('account_resumed'))).toBe(false)
      expect(await store.accounts.setRoles(gone.id, ['administrator'], aTrail('account_roles_changed'))).toBe(false)
      expect(
        await store.accounts.markForReset(
          gone.id,
          { reason: 'x', at: now, by: 'mika', since: null },
          null,
          aTrail('reset_required'),
        ),
      ).toBe('unknown')
    })

    test('is opened from the state that it was read in, or not at all', async () => {
      const account = anAccount({ state: 'suspended' })
      await store.accounts.create(account, aTrail('account_created'))
      const trail = aTrail('account_resumed')
      expect(await store.accounts.setState(account.id, 'open', trail, 'invited')).toBe(false)
      expect((await store.accounts.find(account.id))?.state).toBe('suspended')
      expect(await store.accounts.setState(account.id, 'open', trail, 'suspended')).toBe(true)
    })

    test('roles, language and exemption are replaced, and each change is announced', async () => {
      const { id } = await storedAccount(store)
      const exemption = { reason: 'at a customer', until: null }

      const heard = await heardDuring(store, async () => {
        await store.accounts.setRoles(id, ['person', 'user_administrator'], aTrail('account_roles_changed'))
        await store.accounts.setLanguage(id, 'ja', aTrail('language_changed'))
        await store.accounts.setExemption(id, exemption, aTrail('exemption_granted'))
      })

      expect(await store.accounts.find(id)).toMatchObject({
        roles: ['person', 'user_administrator'],
        language: 'ja',
        exemption,
      })
      expect(heard).toEqual(Array.from({ length: 3 }, () => ({ kind: 'account', id })))
    })

    test('an exemption that ends is gone', async () => {
      const { id } = await storedAccount(store, { exemption: { reason: 'travelling', until: now } })

      await store.accounts.setExemption(id, null, aTrail('exemption_ended'))

      expect((await store.accounts.find(id))?.exemption).toBeNull()
    })

    test('a change of nobody answers false, announces nothing and leaves no trail', async () => {
      const rows = (await store.audit.list({ limit: 1000 })).length

      const heard = await heardDuring(store, async () => {
        expect(await store.accounts.setLanguage(accountId(), 'ja', aTrail('language_changed'))).toBe(false)
        expect(await store.accounts.withdrawReset(accountId(), aTrail('reset_withdrawn'))).toBe(false)
      })

      expect(heard).toEqual([])
      expect(await store.audit.list({ limit: 1000 })).toHaveLength(rows)
    })

    test.each(['suspended', 'deleted'] as const)(
      'an account that is %s loses its sessions, attempts and tickets',
      async state => {
        const { id } = await storedAccount(store)
        const root = await storedSession(store, id)
        const child = await storedChild(store, root)
        const attempt = anAttempt(id)
        await store.attempts.start(attempt, aTrail('sign_in_challenged'))
        const ticket = aTicket(id)
        await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))

        const heard = await heardDuring(store, () => store.accounts.setState(id, state, aTrail('account_suspended')))

        expect(await store.sessions.findByTokenHash(root.tokenHash)).toBeNull()
        expect(await store.sessions.findByTokenHash(child.tokenHash)).toBeNull()
        expect(await store.attempts.findByTokenHash(attempt.tokenHash)).toBeNull()
        expect(await store.resetTickets.find(ticket.tokenHash, now)).toBeNull()
        expect(heard).toEqual([
          { kind: 'account', id },
          { kind: 'session', id: root.id },
          { kind: 'session', id: child.id },
        ])
      },
    )

    test('a resumed account keeps its sessions', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id)

      await store.accounts.setState(id, 'open', aTrail('account_resumed'))

      expect(await store.sessions.findByTokenHash(root.tokenHash)).not.toBeNull()
    })
  })

  describe('accounts, listed', () => {
    let store: DurablePorts
    const organization = anOrganization()
    const inside = (n: number, name: string) =>
      anAccount({ id: accountId(`list-${n}`), name, email: `P${n}@list.example`, organizationId: organization.id })
    beforeAll(async () => {
      store = await open()
      await store.organizations.create(organization, aTrail('organization_created'))
      const people = [inside(1, 'Aki 100%'), inside(2, '山田 花子'), inside(3, 'Ben_Smith'), inside(4, 'BENNO')]
      for (const account of people) await store.accounts.create(account, aTrail('account_created'))
      await store.factors.add(accountId('list-2'), aFactor(), aTrail('factor_added'))
      await storedAccount(store, { name: 'Ben elsewhere' })
      const gone = await storedAccount(store, { organizationId: organization.id, name: 'Ben, gone' })
      await store.accounts.setState(gone.id, 'deleted', aTrail('account_suspended'))
    })
    afterAll(() => store.close())

    const names = async (search: string) => {
      const found = await store.accounts.list({ organizationId: organization.id, search, limit: 10 })
      return found.map(account => account.name)
    }

    test('an organization sees its own people, in a stable order, with their factors', async () => {
      const people = await store.accounts.list({ organizationId: organization.id, limit: 10 })

      expect(people.map(account => account.id)).toEqual(['list-1', 'list-2', 'list-3', 'list-4'])
      expect(people.map(account => account.factors.length)).toEqual([0, 1, 0, 0])
    })

    test('a page begins after the last one of the page before', async () => {
      const page = await store.accounts.list({ organizationId: organization.id, after: accountId('list-2'), limit: 1 })

      expect(page.map(account => account.id)).toEqual(['list-3'])
    })

    test('a search finds a part of the name or of the address, in any case', async () => {
      expect(await names('ben')).toEqual(['Ben_Smith', 'BENNO'])
      expect(await names('花子')).toEqual(['山田 花子'])
      expect(await names('p4@LIST')).toEqual(['BENNO'])
    })

    test('signs that mean something to the database are only letters in a search', async () => {
      expect(await names('%')).toEqual(['Aki 100%'])
      expect(await names('_')).toEqual(['Ben_Smith'])
      expect(await names("'; drop table accounts; --")).toEqual([])
      expect(await names('\\')).toEqual([])
    })
  })
}
