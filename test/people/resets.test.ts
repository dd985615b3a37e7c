import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import { codeAt } from './authenticator.ts'
import { by, createRooms, dayMs, type House, invited, nextPassword, openHouse, operator, password } from './house.ts'

let house: House
let account: Account
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())
beforeEach(async () => {
  account = await house.person()
})

const minuteMs = 60_000
const cause = { reason: 'Seen in a leak', since: null }
const ssoRules = { sso: { required: true, breakGlassEmails: ['root@example.com'] } }

async function asked(who = account): Promise<string> {
  await house.resets.requestTicket(who.email, by(null))
  return house.mailedTicket(who.email)
}

describe('a forced reset', () => {
  test('flags the account and mails the ticket, to the registered address, with the reason', async () => {
    expect(await house.resets.require(account, cause, operator)).toBe('flagged')
    expect((await house.reload(account)).reset).toMatchObject({ reason: 'Seen in a leak', by: 'operator test' })
    const mails = await house.mails(account.email)
    expect(mails.map(mail => mail.kind)).toEqual(['reset_required'])
    expect(mails[0]?.facts).toMatchObject({ reason: 'Seen in a leak', expiresAt: house.clock.now() + 30 * minuteMs })
  })

  test('flags once: the second says so, and mails nothing', async () => {
    await house.resets.require(account, cause, operator)
    expect(await house.resets.require(await house.reload(account), { ...cause, reason: 'again' }, operator)).toBe(
      'already',
    )
    expect(await house.mails(account.email)).toHaveLength(1)
    expect((await house.reload(account)).reset?.reason).toBe('Seen in a leak')
  })

  test('ends with the mailed ticket, after which the new password opens and the old one does not', async () => {
    await house.resets.require(account, cause, operator)
    const redeemed = await house.resets.redeem(await house.mailedTicket(account.email), nextPassword, by(account))
    expect(redeemed.kind).toBe('done')
    expect((await house.reload(account)).reset).toBeNull()
    expect((await house.signIn.checkPassword(account.email, nextPassword)).kind).toBe('proved')
    expect((await house.signIn.checkPassword(account.email, password)).kind).toBe('wrong')
  })

  test('is not ended by changing the password in a session', async () => {
    const { session } = await house.signedIn(account)
    await house.resets.require(account, cause, operator)
    const form = { current: password, next: nextPassword }
    expect(await house.passwordChanges.change(account, session, form, by(account))).toEqual({ kind: 'wrong' })
    expect((await house.reload(account)).reset).not.toBeNull()
  })

  test('sets factors aside that were added since the suspected takeover, and leaves older ones', async () => {
    await house.enrol(account)
    house.clock.advance(dayMs)
    const since = house.clock.now()
    await house.enrol(account)
    await house.resets.require(await house.reload(account), { ...cause, since }, operator)
    const aside = (await house.reload(account)).factors.map(factor => factor.setAsideAt !== null)
    expect(aside).toEqual([false, true])
  })

  test('never comes over an account with single sign-on; its break-glass name can be reset', async () => {
    const { id } = await house.organization(ssoRules)
    const member = await house.person({ organizationId: id })
    const root = await house.person({ organizationId: id, email: 'root@example.com' })
    expect(await house.resets.require(member, cause, operator)).toBe('sso')
    expect((await house.reload(member)).reset).toBeNull()
    expect(await house.resets.require(root, cause, operator)).toBe('flagged')
  })

  test('can be withdrawn; its ticket is void then, and the old password opens again', async () => {
    await house.resets.require(account, cause, operator)
    const token = await house.mailedTicket(account.email)
    expect(await house.resets.withdraw(account, operator)).toBe(true)
    expect(await house.resets.look(token)).toBeNull()
    expect((await house.signIn.checkPassword(account.email, password)).kind).toBe('proved')
    expect(await house.resets.withdraw(account, operator)).toBe(false)
  })

  test('mails the old address while a change of address can be undone', async () => {
    const undoUntil = house.clock.now() + dayMs
    const moved = await house.person({ formerEmail: { email: 'before@example.com', undoUntil } })
    await house.resets.require(moved, cause, operator)
    expect(await house.mails(moved.email)).toEqual([])
    expect(await house.mails('before@example.com')).toHaveLength(1)
  })
})

describe('a forgotten password', () => {
  test('mails a ticket that sets a new one', async () => {
    const token = await asked()
    expect(await house.resets.look(token)).toMatchObject({ account: { id: account.id }, ticket: { purpose: 'reset' } })
    expect(await house.resets.redeem(token, nextPassword, by(account))).toMatchObject({ kind: 'done' })
    expect(await house.mails(account.email, 'password_changed')).toHaveLength(1)
  })

  test('goes to the stored spelling of the address, to nobody else', async () => {
    const stored = await house.person({ email: 'Stored.Spelling@example.com' })
    await house.resets.requestTicket('STORED.spelling@EXAMPLE.com', by(null))
    expect(await house.mails('Stored.Spelling@example.com', 'reset_ticket')).toHaveLength(1)
    expect(await house.mails('STORED.spelling@EXAMPLE.com')).toEqual([])
    expect(stored.email).toBe('Stored.Spelling@example.com')
  })

  test('for a list of addresses mails nobody (GitLab CVE-2023-7028)', async () => {
    await house.resets.requestTicket([account.email, 'evil@evil.test'], by(null))
    expect(await house.mails(account.email)).toEqual([])
    expect(await house.mails('evil@evil.test')).toEqual([])
  })

  test.each<[string, () => Promise<string>]>([
    ['an unknown name', () => Promise.resolve('nobody@example.com')],
    ['an account with single sign-on', async () => (await memberOf(ssoRules)).email],
    ['a suspended account', async () => suspended()],
    ['no address at all', () => Promise.resolve('nobody')],
  ])('%s is mailed nothing, answered the same, and written down in the store as a known one is', async (_who, make) => {
    const email = await make()
    const before = (await house.store.outbox.list('all', 1000)).length
    house.calls.length = 0
    expect(await house.resets.requestTicket(email, by(null))).toBeUndefined()
    expect(house.calls.filter(call => call === 'audit.append')).toHaveLength(1)
    expect((await house.store.outbox.list('all', 1000)).length).toBe(before)
  })

  test('the fourth ticket voids the first; three live side by side, and any use ends all of them', async () => {
    const first = await asked()
    const others = [await asked(), await asked()]
    expect(await house.resets.look(first)).not.toBeNull()
    house.clock.advance(1_000)
    const fourth = await asked()

    const alive = await Promise.all([first, ...others, fourth].map(token => house.resets.look(token)))
    expect(alive.filter(look => look !== null)).toHaveLength(3)
    expect(await house.resets.look(fourth)).not.toBeNull()
    expect((await house.resets.redeem(fourth, nextPassword, by(account))).kind).toBe('done')
    for (const token of others) expect(await house.resets.look(token)).toBeNull()
  })

  test('what strangers ask for voids neither what the owner asked for at home, nor what the house has sent', async () => {
    await house.resets.requestTicket(account.email, by(null), 'home')
    const own = await house.mailedTicket(account.email)
    for (let i = 0; i < 6; i++) await asked()
    expect(await house.resets.look(own)).not.toBeNull()
  })
})

describe('a ticket', () => {
  test('is not used up by being looked at', async () => {
    const token = await asked()
    for (let i = 0; i < 20; i++) expect(await house.resets.look(token)).not.toBeNull()
    expect((await house.resets.redeem(token, nextPassword, by(account))).kind).toBe('done')
  })

  test('is used once: of 50 at once, over two gateways on one store, one wins, and one mail goes out', async () => {
    const token = await asked()
    const other = createRooms(house.store, house.clock)
    const uses = Array.from({ length: 50 }, (_, i) =>
      (i % 2 === 0 ? house : other).resets.redeem(token, `${nextPassword} ${i}`, by(account)),
    )
    const answers = await Promise.all(uses)
    expect(answers.filter(answer => answer.kind === 'done')).toHaveLength(1)
    expect(await house.mails(account.email, 'password_changed')).toHaveLength(1)
    await other.book.close()
  })

  test('lives 30 minutes', async () => {
    const token = await asked()
    house.clock.advance(30 * minuteMs - 1)
    expect(await house.resets.look(token)).not.toBeNull()
    house.clock.advance(1)
    expect(await house.resets.look(token)).toBeNull()
    expect(await house.resets.redeem(token, nextPassword, by(account))).toEqual({ kind: 'gone' })
  })

  test('is not used up by a password that is refused', async () => {
    const token = await asked()
    expect(await house.resets.redeem(token, 'short', by(account))).toEqual({ kind: 'refused', problems: ['too_short'] })
    expect(await house.resets.redeem(token, password, by(account))).toEqual({
      kind: 'refused',
      problems: ['used_before'],
    })
    expect((await house.resets.redeem(token, nextPassword, by(account))).kind).toBe('done')
  })

  test('ends every session of the account', async () => {
    const { token: session } = await house.signedIn(account)
    await house.book.find(session)
    await house.resets.redeem(await asked(), nextPassword, by(account))
    expect(await house.book.find(session)).toBeNull()
  })

  test('leaves second factors as they are: they are still asked for', async () => {
    const secret = await house.enrol(account)
    await house.resets.redeem(await asked(), nextPassword, by(account))
    const fresh = await house.reload(account)
    expect(house.directory.accountFact(fresh).factors).toEqual(['totp'])
    expect((await house.secondFactors.verifyTotp(fresh, codeAt(secret, house.clock.now()))).kind).toBe('proved')
  })

  test.each<[string, () => Promise<unknown>]>([
    ['the password was changed', () => changePassword()],
    ['a second factor was added', () => house.enrol(account)],
    ['a reset was required', () => house.resets.require(account, cause, operator)],
    ['the account was suspended', () => house.people.suspend(account, operator)],
  ])('is dead once %s', async (_what, change) => {
    const token = await asked()
    await change()
    expect(await house.resets.redeem(token, nextPassword, by(account))).toEqual({ kind: 'gone' })
  })

  test('is dead once its account came under single sign-on', async () => {
    const organization = await house.organization()
    const member = await house.person({ organizationId: organization.id })
    const token = await asked(member)
    await house.organizationAdmin.setRules(organization, { ...organization.rules.active, ...ssoRules }, operator)
    expect(await house.resets.look(token)).toBeNull()
    expect(await house.resets.redeem(token, nextPassword, by(member))).toEqual({ kind: 'gone' })
  })

  test('is kept by its hash alone, and holds 256 bits', async () => {
    const token = await asked()
    const found = await house.resets.look(token)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(found?.ticket.tokenHash).not.toContain(token)
    expect(await house.resets.look(found?.ticket.tokenHash ?? '')).toBeNull()
  })

  test('does not stand in the audit trail', async () => {
    const token = await asked()
    await house.resets.redeem(token, nextPassword, by(account))
    const rows = await house.store.audit.list({ accountId: account.id, limit: 100 })
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(JSON.stringify(rows)).not.toContain(nextPassword)
  })
})

describe('an invitation', () => {
  test('opens the account with the password of its owner’s choice, within seven days', async () => {
    const guest = await house.person(invited)
    expect(await house.resets.invite(guest, operator)).toBe('sent')
    const token = await house.mailedTicket(guest.email)
    house.clock.advance(7 * dayMs - 1)
    expect((await house.resets.redeem(token, nextPassword, by(guest))).kind).toBe('done')
    expect((await house.reload(guest)).state).toBe('open')
    expect((await house.signIn.checkPassword(guest.email, nextPassword)).kind).toBe('proved')
  })

  test('is mailed again to who lost it and asks for a reset', async () => {
    const guest = await house.person(invited)
    await house.resets.requestTicket(guest.email, by(null))
    expect((await house.mails(guest.email)).map(mail => mail.kind)).toEqual(['invitation'])
  })

  test('is not for open accounts, nor for accounts with single sign-on', async () => {
    expect(await house.resets.invite(account, operator)).toBe('not_invited')
    const { id } = await house.organization(ssoRules)
    expect(await house.resets.invite(await house.person({ ...invited, organizationId: id }), operator)).toBe('sso')
  })
})

async function memberOf(rules: typeof ssoRules): Promise<Account> {
  const { id } = await house.organization(rules)
  return house.person({ organizationId: id })
}

async function suspended(): Promise<string> {
  await house.people.suspend(account, operator)
  return account.email
}

async function changePassword(): Promise<void> {
  const { session } = await house.signedIn(account)
  const form = { current: password, next: 'seven green bicycles' }
  const changed = await house.passwordChanges.change(account, session, form, by(account))
  if (changed.kind !== 'done') throw new Error('not changed')
}
