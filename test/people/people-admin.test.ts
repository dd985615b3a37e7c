import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NewPerson } from '../../src/people/people-admin.ts'
import { type House, nextPassword, openHouse, operator, password } from './house.ts'

let house: House
let count = 0
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

const create = (about: Partial<NewPerson> = {}) =>
  house.people.create(
    {
      email: `new${++count}@example.org`,
      name: 'Aiko',
      language: 'ja',
      organizationId: null,
      roles: ['person'],
      password: null,
      ...about,
    },
    operator,
  )

describe('a new account', () => {
  test('is invited by mail, in its language, and holds nothing until then', async () => {
    const made = await create({ email: 'Guest@Example.org' })
    if (made.kind !== 'created') throw new Error(made.kind)
    expect(made.account).toMatchObject({ state: 'invited', password: null, email: 'Guest@Example.org' })
    const [mail] = await house.mails('Guest@Example.org')
    expect(mail).toMatchObject({ kind: 'invitation', language: 'ja' })
    expect((await house.signIn.checkPassword('guest@example.org', '')).kind).toBe('wrong')
    expect(await house.audited(made.account, 'account_created')).toMatchObject([{ actor: { kind: 'operator' } }])
  })

  test('with a given password is open at once, and is mailed nothing', async () => {
    const made = await create({ email: 'seed@example.org', password })
    expect(made).toMatchObject({ kind: 'created', account: { state: 'open' } })
    expect((await house.signIn.checkPassword('seed@example.org', password)).kind).toBe('proved')
    expect(await house.mails('seed@example.org')).toEqual([])
  })

  test('has an address that no other has, in any spelling', async () => {
    await create({ email: 'once@example.org' })
    expect(await create({ email: 'ONCE@example.org' })).toEqual({ kind: 'taken' })
    expect(await house.mails('ONCE@example.org')).toEqual([])
  })

  test('20 created at once with one address are one', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => create({ email: 'race@example.org' })))
    expect(made.filter(one => one.kind === 'created')).toHaveLength(1)
  })

  test.each<[Partial<NewPerson>, object]>([
    [{ email: 'no address' }, { kind: 'invalid', field: 'email' }],
    [{ email: ['a@example.org', 'b@example.org'] }, { kind: 'invalid', field: 'email' }],
    [{ name: ' ' }, { kind: 'invalid', field: 'name' }],
    [{ name: 'A\r\nBcc: all' }, { kind: 'invalid', field: 'name' }],
    [{ name: 'x'.repeat(201) }, { kind: 'invalid', field: 'name' }],
    [{ roles: [] }, { kind: 'invalid', field: 'roles' }],
    [{ password: 'short' }, { kind: 'refused', problems: ['too_short'] }],
  ])('%j is refused', async (about, answer) => {
    expect(await create(about)).toEqual(answer)
  })
})

describe('suspending', () => {
  test('ends sessions, tickets and sign-ins, and tells the person', async () => {
    const account = await house.person()
    const { token } = await house.signedIn(account)
    await house.book.find(token)
    expect(await house.people.suspend(account, operator)).toBe(true)
    expect(await house.book.find(token)).toBeNull()
    expect(await house.mails(account.email, 'account_suspended')).toHaveLength(1)
    expect(await house.people.suspend(await house.reload(account), operator)).toBe(false)
  })

  test('no session opens for a suspended account, whatever was proved before', async () => {
    const account = await house.person()
    await house.people.suspend(account, operator)
    await expect(house.signedIn(account)).rejects.toThrow('not opened')
  })

  test('resumed, the account is what it was: open, or still invited', async () => {
    const open = await house.person()
    const made = await create()
    if (made.kind !== 'created') throw new Error(made.kind)
    for (const [account, state] of [[open, 'open'] as const, [made.account, 'invited'] as const]) {
      expect(await house.people.resume(account, operator)).toBe(false)
      await house.people.suspend(account, operator)
      expect(await house.people.resume(await house.reload(account), operator)).toBe(true)
      expect((await house.reload(account)).state).toBe(state)
    }
  })
})

test('roles, language and exemption are changed with an audit row each', async () => {
  const account = await house.person()
  const exemption = { reason: 'on a journey', until: house.clock.now() + 1000 }
  await house.people.setRoles(account, ['person', 'administrator'], operator)
  await house.people.setLanguage(account, 'ja', operator)
  await house.people.setExemption(account, exemption, operator)
  expect(await house.reload(account)).toMatchObject({ roles: ['person', 'administrator'], language: 'ja', exemption })
  await house.people.setExemption(account, null, operator)
  expect((await house.reload(account)).exemption).toBeNull()
  for (const event of ['account_roles_changed', 'language_changed', 'exemption_granted', 'exemption_ended'])
    expect(await house.audited(account, event), event).toHaveLength(1)
})

test('no password and no hash stands in the audit trail', async () => {
  await create({ password: nextPassword })
  const rows = JSON.stringify(await house.store.audit.list({ limit: 1000 }))
  expect(rows).not.toContain(nextPassword)
  expect(rows).not.toContain('argon2')
})
