import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import { sha1Of } from '../../src/people/leaked-passwords.ts'
import { checkPassword } from '../../src/people/password-check.ts'
import { createPasswords } from '../../src/people/passwords.ts'
import { createPepper } from '../../src/people/pepper.ts'
import { until } from '../support/until.ts'
import { by, dayMs, type House, invited, nextPassword, openHouse, operator, password } from './house.ts'

let house: House
let account: Account
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())
beforeEach(async () => {
  account = await house.person()
  house.leaked.state.rules = { mode: 'mail', whenUnavailable: 'allow' }
  house.leaked.state.away = false
  house.leaked.add(password, 12)
  house.leaked.looked.length = 0
})

const check = (typed = password, email: unknown = account.email) => house.signIn.checkPassword(email, typed)
const bySelf = [{ kind: 'password', at: 1 }] as const

describe('the look into the leaked passwords', () => {
  test('is made for every try, whatever the name: known, unknown, invited, flagged, SSO, right or wrong', async () => {
    const sso = await house.organization({ sso: { required: true, breakGlassEmails: [] } })
    const flagged = await house.person()
    await house.resets.require(flagged, { reason: 'test', since: null }, operator)
    const names = [
      account.email,
      'nobody@example.com',
      'no address',
      (await house.person(invited)).email,
      flagged.email,
      (await house.person({ organizationId: sso.id })).email,
    ]
    house.leaked.looked.length = 0
    for (const name of names) {
      const { leak } = await check('never this one', name)
      expect(leak).toEqual({ kind: 'not_found' })
      expect((await check(password, name)).leak).toEqual({ kind: 'found', count: 12 })
    }
    expect(house.leaked.looked).toEqual(names.flatMap(() => [sha1Of('never this one'), sha1Of(password)]))
  })

  test('that cannot be made lets everybody go on, or nobody', async () => {
    house.leaked.state.away = true
    expect(await check()).toMatchObject({ kind: 'proved', leak: { kind: 'unavailable' } })
    expect((await house.reload(account)).passwordLeak).toBeNull()

    house.leaked.state.rules = { mode: 'mail', whenUnavailable: 'refuse' }
    for (const name of [account.email, 'nobody@example.com', 'no address'])
      for (const typed of [password, 'wrong']) await expect(check(typed, name)).rejects.toMatchObject({ code: 'busy' })
  })
})

describe('a right but leaked password', () => {
  test('is noted at the account, and again only when it changes or a day has gone', async () => {
    await check()
    const noted = (await house.reload(account)).passwordLeak
    expect(noted).toEqual({ checkedAt: house.clock.now(), count: 12 })
    house.clock.advance(1_000)
    await check()
    expect((await house.reload(account)).passwordLeak).toEqual(noted)
    house.leaked.add(password, 13)
    await check()
    expect((await house.reload(account)).passwordLeak?.count).toBe(13)
    house.clock.advance(dayMs + 1)
    await check()
    expect((await house.reload(account)).passwordLeak?.checkedAt).toBe(house.clock.now())
    expect(await house.audited(account, 'password_leaked')).toHaveLength(3)
  })

  test('is spoken of with each session that it opens, until it is changed', async () => {
    const checked = await check()
    if (checked.kind !== 'proved') throw new Error('wrong')
    for (let i = 0; i < 2; i++)
      expect(house.signIn.newsFor(checked.account, bySelf)).toMatchObject([
        { kind: 'password_leaked', to: account.email },
      ])
    expect(house.signIn.newsFor(checked.account, [{ kind: 'passkey', at: 1 }])).toEqual([])

    const { session } = await house.signedIn(account)
    await house.passwordChanges.change(account, session, { current: password, next: nextPassword }, by(account))
    const after = await check(nextPassword)
    if (after.kind !== 'proved') throw new Error('wrong')
    expect(house.signIn.newsFor(after.account, bySelf)).toEqual([])
    expect(after.account.passwordLeak?.count).toBe(0)
  })

  test('is not spoken of any more when the list has it no longer', async () => {
    await check()
    house.leaked.remove(password)
    const checked = await check()
    if (checked.kind !== 'proved') throw new Error('wrong')
    expect(house.signIn.newsFor(checked.account, bySelf)).toEqual([])
  })

  test('is never noted for a wrong one, however leaked', async () => {
    house.leaked.add('everybody has this one', 5)
    expect(await check('everybody has this one')).toMatchObject({ kind: 'wrong', leak: { kind: 'found' } })
    expect((await house.reload(account)).passwordLeak).toBeNull()
  })

  test('with force reads like a wrong one, and its owner is mailed the way out', async () => {
    house.leaked.state.rules = { mode: 'force', whenUnavailable: 'allow' }
    expect((await check()).kind).toBe('wrong')
    await until(async () => (await house.reload(account)).reset !== null)
    const [mail] = await house.mails(account.email, 'reset_required')
    expect(mail?.facts['reason']).toContain('break-ins')
    expect(await house.resets.redeem(await house.mailedTicket(account.email), nextPassword, by(account))).toMatchObject(
      { kind: 'done' },
    )
    expect((await check(nextPassword)).kind).toBe('proved')
  })

  test('with refuse opens nothing, and its owner is told once a day', async () => {
    house.leaked.state.rules = { mode: 'refuse', whenUnavailable: 'allow' }
    const mails = () => house.mails(account.email, 'password_refused')
    for (let i = 0; i < 3; i++) expect((await check()).kind).toBe('wrong')
    await until(async () => (await house.audited(account, 'password_leaked')).length === 3)
    expect(await mails()).toHaveLength(1)
    expect((await house.reload(account)).reset).toBeNull()
    house.clock.advance(dayMs + 1)
    await check()
    await until(async () => (await mails()).length === 2)
  })

  test('of an account with single sign-on leads to nothing at all', async () => {
    const sso = await house.organization({ sso: { required: true, breakGlassEmails: [] } })
    account = await house.person({ organizationId: sso.id })
    for (const mode of ['mail', 'force', 'refuse'] as const) {
      house.leaked.state.rules = { mode, whenUnavailable: 'allow' }
      expect((await check()).kind).toBe('wrong')
    }
    expect(await house.mails(account.email)).toEqual([])
    expect(await house.reload(account)).toEqual(account)
  })
})

describe('a new password', () => {
  const change = async (next: string) => {
    const { session } = await house.signedIn(account)
    return house.passwordChanges.change(account, session, { current: password, next }, by(account))
  }

  test('may not be a leaked one, on any path', async () => {
    const leaked = 'velvet anchor mosaic 4'
    house.leaked.add(leaked)
    expect(await change(leaked)).toMatchObject({ kind: 'refused', problems: ['leaked'] })
    await house.resets.requestTicket(account.email, by(null))
    const ticket = await house.mailedTicket(account.email)
    expect(await house.resets.redeem(ticket, leaked, by(account))).toMatchObject({
      kind: 'refused',
      problems: ['leaked'],
    })
  })

  test('is accepted unchecked while the list is away, or cannot be set', async () => {
    house.leaked.state.away = true
    house.leaked.state.rules = { mode: 'mail', whenUnavailable: 'refuse' }
    await expect(change(nextPassword)).rejects.toMatchObject({ code: 'busy' })
    house.leaked.state.rules = { mode: 'mail', whenUnavailable: 'allow' }
    expect(await change(nextPassword)).toEqual({ kind: 'done' })
    expect((await house.reload(account)).passwordLeak).toBeNull()
  })
})

describe('a hash under an older key', () => {
  const cost = { memoryKib: 64, passes: 1 }
  const [old, current] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  const needs = () => ({
    ...{ accounts: house.store.accounts, directory: house.directory, clock: house.clock },
    passwords: createPasswords({ cores: 2, cost, pepper: createPepper(current, [old]) }),
    leaks: {
      look: async () => ({ kind: 'off' as const }),
      refuses: () => false,
      note: async (one: Account) => one,
      newsFor: () => [],
    },
  })
  beforeEach(async () => {
    const hash = await createPasswords({ cores: 1, cost, pepper: createPepper(old, []) }).hash(password)
    account = await house.person({ password: { hash, changedAt: house.clock.now() } })
  })

  test('is made anew at the next right sign-in: no session ends, nobody is told, the history stays', async () => {
    const { token } = await house.signedIn(account)
    expect((await checkPassword(needs(), account.email, 'wrong')).kind).toBe('wrong')
    expect((await house.reload(account)).password).toEqual(account.password)

    const checked = await checkPassword(needs(), account.email, password)

    const now = (await house.reload(account)).password
    expect(now?.hash.slice(0, 11)).toBe(`k1:${createPepper(current, []).current.id}`)
    expect(now?.changedAt).toBe(account.password?.changedAt)
    expect(checked).toMatchObject({ kind: 'proved', account: { password: now } })
    expect(await house.store.accounts.formerPasswords(account.id)).toEqual([])
    expect(await house.book.find(token)).not.toBeNull()
    expect(await house.mails(account.email, 'password_changed')).toEqual([])
  })

  test('is made anew once, however many sign in at a time, and each of them is let in', async () => {
    const service = needs()
    const checks = await Promise.all(Array.from({ length: 10 }, () => checkPassword(service, account.email, password)))
    const hashes = checks.map(each => (each.kind === 'proved' ? each.account.password?.hash : each.kind))
    expect(new Set(hashes)).toEqual(new Set([(await house.reload(account)).password?.hash]))
  })

  test('does not overwrite a password that is chosen meanwhile', async () => {
    const service = needs()
    const real = service.passwords
    const { session } = await house.signedIn(account)
    const checked = await checkPassword(
      {
        ...service,
        passwords: {
          ...real,
          async hash(text, turn) {
            const hash = await real.hash(nextPassword)
            const change = {
              id: account.id,
              formerHash: account.password?.hash ?? null,
              hash,
              at: 1,
              endSessionsExcept: session.id,
            }
            await house.store.accounts.setPassword(change, { audit: trail(), notices: [] })
            return real.hash(text, turn)
          },
        },
      },
      account.email,
      password,
    )
    expect(checked.kind).toBe('wrong')
    const hash = (await house.reload(account)).password?.hash ?? ''
    expect(await real.verify(hash, nextPassword)).toBe(true)
  })
})

function trail() {
  return {
    ...({ event: 'password_changed', at: 1, actor: operator.actor, address: null, receipt: null, facts: {} } as const),
    ...{ accountId: account.id, organizationId: null },
  }
}
