import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import { createPasswordChanges } from '../../src/people/password-change.ts'
import type { Session } from '../../src/people/session.ts'
import { codeAt } from '../people/authenticator.ts'
import { by, type House, nextPassword, openHouse, operator, password } from '../people/house.ts'

// Judging and hashing a new password takes a tenth of a second and, when many wait, more than a second. Whoever knows the old password and
// holds a session sends the change just before the account is taken back.

let house: House
let account: Account
let session: Session
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())
beforeEach(async () => {
  account = await house.person()
  session = (await house.signedIn(account)).session
})

const thiefPassword = 'a burglar wrote this one'

/** The change of a thief, while `meanwhile` happens during the hashing. */
function changeOvertakenBy(meanwhile: () => Promise<unknown>) {
  const { directory, passwords, newPasswords } = house
  const changes = createPasswordChanges({
    accounts: house.store.accounts,
    directory,
    passwords,
    clock: house.clock,
    newPasswords: {
      async make(about, text) {
        const made = await newPasswords.make(about, text)
        await meanwhile()
        return made
      },
    },
  })
  return changes.change(account, session, { current: password, next: thiefPassword }, by(account))
}

const opens = async (text: string) => (await house.signIn.checkPassword(account.email, text)).kind === 'proved'

test('a change that a finished reset overtakes changes nothing: the owner’s new password stays', async () => {
  await house.resets.requestTicket(account.email, by(null))
  const ticket = await house.mailedTicket(account.email)

  const changed = await changeOvertakenBy(() => house.resets.redeem(ticket, nextPassword, by(account)))

  expect(changed).toEqual({ kind: 'wrong' })
  expect(await opens(thiefPassword)).toBe(false)
  expect(await opens(nextPassword)).toBe(true)
})

test('a change that a forced reset overtakes changes nothing, and leaves the mailed ticket alive', async () => {
  const changed = await changeOvertakenBy(() =>
    house.resets.require(account, { reason: 'leak', since: null }, operator),
  )

  expect(changed).toEqual({ kind: 'wrong' })
  expect(await house.resets.look(await house.mailedTicket(account.email))).not.toBeNull()
  await house.resets.withdraw(account, operator)
  expect(await opens(thiefPassword)).toBe(false)
})

test('a change in a session that has been ended meanwhile changes nothing', async () => {
  const changed = await changeOvertakenBy(() => house.book.endAllOf(account, null, by(account)))

  expect(changed).toEqual({ kind: 'wrong' })
  expect(await opens(password)).toBe(true)
})

test('a factor that comes after a forced reset was demanded is not added, and leaves the mailed ticket alive', async () => {
  const { secret, sealed } = house.secondFactors.newTotp(account)
  await house.resets.require(account, { reason: 'leak', since: house.clock.now() - 1000 }, operator)

  const added = await house.secondFactors.addTotp(
    account,
    sealed,
    codeAt(secret, house.clock.now()),
    'Thief’s phone',
    by(account),
  )

  expect(added.kind).not.toBe('added')
  expect((await house.reload(account)).factors).toEqual([])
  expect(await house.resets.look(await house.mailedTicket(account.email))).not.toBeNull()
})
