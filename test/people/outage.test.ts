import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import { by, type House, openHouse } from './house.ts'

// SECURITY.md, guarantee 1: never an unverified pass; known sessions go on from memory for at most 30 seconds; revocations already heard stay in
// force; then 503. It recovers by itself within two seconds.

let house: House
let account: Account
beforeEach(async () => {
  house = await openHouse()
  account = await house.person()
})
afterEach(() => house.close())

const outcome = async (found: unknown) => {
  try {
    return await found
  } catch (fault) {
    return fault
  }
}
const unavailable = { code: 'unavailable', status: 503, retryAfterSeconds: 2 }

describe.each(['away', 'silent'] as const)('while the store is %s', state => {
  test('a known session goes on for 30 seconds and not longer', async () => {
    const { token } = await house.signedIn(account)
    await house.book.find(token)
    house.be(state)
    house.clock.advance(29_999)
    expect(house.book.find(token)).toMatchObject({ accountId: account.id })

    house.clock.advance(1)
    const found = outcome(house.book.find(token))
    house.clock.advance(2000)
    expect(await found).toMatchObject(unavailable)
  })

  test('an account and its organization are known for 30 seconds and not longer', async () => {
    const organization = await house.organization()
    await house.directory.account(account.id)
    await house.directory.organizationFact(organization.id)
    house.be(state)
    house.clock.advance(29_999)
    expect(house.directory.account(account.id)).toMatchObject({ id: account.id })
    expect(house.directory.organizationFact(organization.id)).toMatchObject({ id: organization.id })

    house.clock.advance(1)
    const found = [
      outcome(house.directory.account(account.id)),
      outcome(house.directory.organizationFact(organization.id)),
    ]
    house.clock.advance(2000)
    for (const one of found) expect(await one).toMatchObject(unavailable)
  })

  test('a session that is not in memory is not let through', async () => {
    const { token } = await house.signedIn(account)
    house.be(state)
    const found = outcome(house.book.find(token))
    house.clock.advance(2000)
    expect(await found).toMatchObject(unavailable)
  })

  test('a revocation that was heard before stays in force', async () => {
    const { token, session } = await house.signedIn(account)
    await house.book.find(token)
    await house.book.end(session, by(account))
    house.be(state)
    const found = outcome(house.book.find(token))
    house.clock.advance(2000)
    expect(await found).toMatchObject(unavailable)
  })
})

test('use keeps a session in memory young only as long as the store answers', async () => {
  const { token } = await house.signedIn(account)
  await house.book.find(token)
  house.be('away')
  for (let second = 0; second < 29; second++) {
    house.clock.advance(1000)
    expect(house.book.find(token)).not.toBeNull()
  }
  house.clock.advance(1000)
  expect(await outcome(house.book.find(token))).toMatchObject(unavailable)
})

test('while the store is away nobody can sign in', async () => {
  house.be('away')
  await expect(house.signIn.checkPassword(account.email, 'plum orbit ladder 92')).rejects.toThrow()
})

test('it recovers by itself within two seconds', async () => {
  const { token } = await house.signedIn(account)
  await house.book.find(token)
  house.be('away')
  house.clock.advance(60_000)
  expect(await outcome(house.book.find(token))).toMatchObject(unavailable)
  house.be('there')
  house.clock.advance(2000)
  expect(await house.book.find(token)).toMatchObject({ accountId: account.id })
})

test('closing gives up last-seen times that the store does not take', async () => {
  const { token } = await house.signedIn(account)
  await house.book.find(token)
  house.clock.advance(5000)
  await house.book.find(token)
  house.be('away')
  await expect(house.book.close()).resolves.toBeUndefined()
})
