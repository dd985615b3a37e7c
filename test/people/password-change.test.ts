import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import type { ChangeForm } from '../../src/people/password-change.ts'
import type { Session } from '../../src/people/session.ts'
import { by, type House, nextPassword, openHouse, operator, password } from './house.ts'

let house: House
let account: Account
let session: Session
let token: string
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())
beforeEach(async () => {
  account = await house.person()
  const opened = await house.signedIn(account)
  session = opened.session
  token = opened.token
})

const change = (form: Partial<ChangeForm> = {}) =>
  house.passwordChanges.change(account, session, { current: password, next: nextPassword, ...form }, by(account))

describe('changing the password', () => {
  test('opens with the new one from then on, and with the old one no more', async () => {
    expect(await change()).toEqual({ kind: 'done' })
    expect((await house.signIn.checkPassword(account.email, nextPassword)).kind).toBe('proved')
    expect((await house.signIn.checkPassword(account.email, password)).kind).toBe('wrong')
  })

  test('needs the current one', async () => {
    expect(await change({ current: 'a wrong password' })).toEqual({ kind: 'wrong' })
    expect((await house.signIn.checkPassword(account.email, password)).kind).toBe('proved')
  })

  test('needs the one that is current now, not the one that the page was opened with', async () => {
    await change()
    expect(await change({ next: 'another green bicycle' })).toEqual({ kind: 'wrong' })
  })

  test('ends all other sessions, and not the one that asks', async () => {
    const other = await house.signedIn(account)
    await house.book.find(other.token)
    await change()
    expect(await house.book.find(other.token)).toBeNull()
    expect(await house.book.find(token)).toMatchObject({ id: session.id })
  })

  test('ends sign-ins that are under way', async () => {
    const device = { deviceId: 'd', label: '', mobile: false, known: true }
    const proof = { kind: 'password', at: house.clock.now() } as const
    const { token: attempt } = await house.signIn.begin(account, proof, device, by(account))
    await change()
    expect(await house.signIn.find(attempt)).toBeNull()
  })

  test('is mailed to the owner, and to the old address while the move can be undone', async () => {
    const undoUntil = house.clock.now() + 1000
    account = await house.person({ formerEmail: { email: 'left@example.com', undoUntil } })
    session = (await house.signedIn(account)).session
    await change()
    for (const to of [account.email, 'left@example.com']) {
      const [mail] = await house.mails(to, 'password_changed')
      expect(mail?.facts).toMatchObject({ how: 'account', address: '192.0.2.1', device: 'Firefox on Linux' })
    }
  })

  test('is refused for somebody else’s session', async () => {
    const stranger = await house.person()
    const form = { current: password, next: nextPassword }
    expect(await house.passwordChanges.change(stranger, session, form, by(account))).toEqual({ kind: 'wrong' })
  })

  test('is refused for an account with single sign-on', async () => {
    const { id } = await house.organization({ sso: { required: true, breakGlassEmails: [] } })
    account = await house.person({ organizationId: id })
    session = (await house.signedIn(account)).session
    expect(await change()).toEqual({ kind: 'wrong' })
  })
})

describe('a new password', () => {
  test('may not be the present one, nor one of the four before', async () => {
    const next = (i: number) => `${nextPassword} ${'plum'.slice(0, i)}`
    let current = password
    for (let i = 0; i < 4; i++) {
      expect(await change({ current, next: next(i) })).toEqual({ kind: 'done' })
      current = next(i)
    }
    for (const used of [current, next(0), password])
      expect(await change({ current, next: used })).toEqual({ kind: 'refused', problems: ['used_before'] })
    await change({ current, next: next(4) })
    expect(await change({ current: next(4), next: password })).toEqual({ kind: 'done' })
  })

  test.each([
    ['the e-mail', () => account.email],
    ['the name and the product', () => 'Aiko at Sekisho 12'],
    ['the domain', () => 'example.com example'],
  ])('may not be made of %s', async (_what, next) => {
    expect(await change({ next: next() })).toEqual({ kind: 'refused', problems: ['contains_words'] })
  })

  test('may not be made of the organization’s name', async () => {
    const { id, name } = await house.organization()
    account = await house.person({ organizationId: id, name: 'Northwind' })
    session = (await house.signedIn(account)).session
    expect(await change({ next: `${name}-northwind-${name}` })).toEqual({
      kind: 'refused',
      problems: ['contains_words'],
    })
  })

  test('may be eight characters long for an account with a second factor, fifteen without', async () => {
    expect(await change({ next: 'plum-o7x' })).toEqual({ kind: 'refused', problems: ['too_short'] })
    await house.enrol(account)
    expect(await change({ next: 'plum-o7x' })).toEqual({ kind: 'done' })
  })

  test('needs fifteen characters again when the factor was set aside', async () => {
    const since = house.clock.now()
    await house.enrol(account)
    await house.resets.require(await house.reload(account), { reason: 'test', since }, operator)
    const ticket = await house.mailedTicket(account.email)
    expect(await house.resets.redeem(ticket, 'plum-o7x', by(account))).toEqual({
      kind: 'refused',
      problems: ['too_short'],
    })
  })
})
