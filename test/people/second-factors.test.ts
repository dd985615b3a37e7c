import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import { totpStep } from '../../src/people/totp.ts'
import { codeAt } from './authenticator.ts'
import { by, createRooms, type House, openHouse, operator } from './house.ts'

let house: House
let account: Account
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())
beforeEach(async () => {
  account = await house.person()
})

describe('the codes of an authenticator app', () => {
  // RFC 6238, appendix B (SHA-1): the last six digits of its eight.
  test.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ])('at second %i the code of the RFC is the right one', (second, code) => {
    expect(totpStep('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', code, second * 1000)).toBe(Math.floor(second / 30))
  })

  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  const now = 1_800_000_015_000 // in the middle of a step

  test.each([
    ['two steps ago', -60, null],
    ['one step ago', -30, -1],
    ['now', 0, 0],
    ['one step ahead', 30, null],
  ])('%s', (_when, seconds, offset) => {
    const step = totpStep(secret, codeAt(secret, now + seconds * 1000), now)
    expect(step).toBe(offset === null ? null : Math.floor(now / 30_000) + offset)
  })

  test.each([
    ['spaced', (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)} `, true],
    [
      'full-width',
      (code: string) => code.replace(/\d/g, digit => String.fromCodePoint(digit.charCodeAt(0) + 0xfee0)),
      true,
    ],
    ['one digit short', (code: string) => code.slice(1), false],
    ['one digit long', (code: string) => `${code}0`, false],
    ['as a number with a sign', (code: string) => `+${code}`, false],
    ['empty', () => '', false],
    ['letters', () => 'abcdef', false],
    ['a megabyte', () => '0'.repeat(1_000_000), false],
  ])('%s', (_how, write, right) => {
    expect(totpStep(secret, write(codeAt(secret, now)), now) !== null).toBe(right)
  })
})

describe('proving a second factor', () => {
  test('a code is used once: of 50 uses at once, over two gateways on one store, one is right', async () => {
    const secret = await house.enrol(account)
    const fresh = await house.reload(account)
    const other = createRooms(house.store, house.clock)
    const code = codeAt(secret, house.clock.now())
    const uses = Array.from({ length: 50 }, (_, i) =>
      (i % 2 === 0 ? house : other).secondFactors.verifyTotp(fresh, code),
    )
    const answers = await Promise.all(uses)
    expect(answers.filter(answer => answer.kind === 'proved')).toHaveLength(1)
    await other.book.close()
  })

  test('after a code, the one of the step before is not taken either', async () => {
    const secret = await house.enrol(account)
    const fresh = await house.reload(account)
    house.clock.advance(60_000)
    const now = house.clock.now()
    expect((await house.secondFactors.verifyTotp(fresh, codeAt(secret, now))).kind).toBe('proved')
    expect((await house.secondFactors.verifyTotp(fresh, codeAt(secret, now - 30_000))).kind).toBe('wrong')
  })

  test('any of several apps will do', async () => {
    await house.enrol(account)
    const secret = await house.enrol(account)
    const fresh = await house.reload(account)
    expect(fresh.factors).toHaveLength(2)
    expect((await house.secondFactors.verifyTotp(fresh, codeAt(secret, house.clock.now()))).kind).toBe('proved')
  })

  test('a factor that was set aside, or removed a moment ago, does not help', async () => {
    const since = house.clock.now()
    const secret = await house.enrol(account)
    const stale = await house.reload(account)
    await house.resets.require(stale, { reason: 'test', since }, operator)
    const code = codeAt(secret, house.clock.now())
    expect((await house.secondFactors.verifyTotp(await house.reload(account), code)).kind).toBe('wrong')

    const [factor] = stale.factors
    await house.secondFactors.remove(stale, factor?.id ?? '', by(account))
    expect((await house.secondFactors.verifyTotp(stale, code)).kind).toBe('wrong')
  })

  test('a secret sealed for one factor does not open as another’s', async () => {
    const stranger = await house.person()
    const secret = await house.enrol(stranger)
    await house.enrol(account)
    const [theirs] = (await house.reload(stranger)).factors
    const [mine] = (await house.reload(account)).factors
    if (mine === undefined || theirs === undefined) throw new Error('no factors')
    const forged = { ...account, factors: [{ ...mine, sealedSecret: theirs.sealedSecret }] }
    const code = codeAt(secret, house.clock.now())
    await expect(house.secondFactors.verifyTotp(forged, code)).rejects.toMatchObject({ code: 'internal' })
  })

  test('an account of an organization with single sign-on has none, old ones included', async () => {
    const { id } = await house.organization({ sso: { required: true, breakGlassEmails: [] } })
    const secret = await house.enrol(account)
    const member = { ...(await house.reload(account)), organizationId: id }
    expect((await house.secondFactors.verifyTotp(member, codeAt(secret, house.clock.now()))).kind).toBe('wrong')
  })
})

describe('adding one', () => {
  const add = (sealed: string, code: string, who = account) =>
    house.secondFactors.addTotp(who, sealed, code, 'Phone', by(who))

  test('needs the first code, and tells the owner', async () => {
    const { sealed, secret, uri } = house.secondFactors.newTotp(account)
    expect(uri).toBe(`otpauth://totp/Sekisho:${encodeURIComponent(account.email)}?secret=${secret}&issuer=Sekisho`)
    expect(await add(sealed, '000000')).toEqual({ kind: 'wrong' })
    expect(house.secondFactors.showTotp(account, sealed)).toEqual({ secret, uri })
    expect(await add(sealed, codeAt(secret, house.clock.now()))).toMatchObject({
      kind: 'added',
      factor: { label: 'Phone' },
    })
    const [mail] = await house.mails(account.email, 'factor_added')
    expect(mail?.facts).toMatchObject({ factor: 'totp', device: 'Firefox on Linux' })
    expect(await house.audited(account, 'factor_added')).toHaveLength(1)
  })

  test('counts the first code as used', async () => {
    const { sealed, secret } = house.secondFactors.newTotp(account)
    const code = codeAt(secret, house.clock.now())
    await add(sealed, code)
    expect((await house.secondFactors.verifyTotp(await house.reload(account), code)).kind).toBe('wrong')
  })

  test('one sealed secret becomes one factor, however often it is sent', async () => {
    const { sealed, secret } = house.secondFactors.newTotp(account)
    const code = codeAt(secret, house.clock.now())
    const answers = await Promise.all(Array.from({ length: 20 }, () => add(sealed, code)))
    expect(answers.filter(answer => answer.kind === 'added')).toHaveLength(1)
    expect(answers.filter(answer => answer.kind === 'gone')).toHaveLength(19)
  })

  test.each(['', 'x', 'A'.repeat(200)])('%j in place of the sealed secret is gone', async sealed => {
    expect(await add(sealed, '000000')).toEqual({ kind: 'gone' })
    expect(house.secondFactors.showTotp(account, sealed)).toBeNull()
  })

  test('a secret sealed for somebody else is gone', async () => {
    const { sealed, secret } = house.secondFactors.newTotp(await house.person())
    expect(await add(sealed, codeAt(secret, house.clock.now()))).toEqual({ kind: 'gone' })
  })

  test('a secret is good for 15 minutes', async () => {
    const { sealed, secret } = house.secondFactors.newTotp(account)
    house.clock.advance(15 * 60_000)
    expect(await add(sealed, codeAt(secret, house.clock.now()))).toEqual({ kind: 'gone' })
  })

  test('the sealed secret does not show the secret', () => {
    const { sealed, secret } = house.secondFactors.newTotp(account)
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain(secret)
  })

  test('is refused for an account of an organization with single sign-on', async () => {
    const { id } = await house.organization({ sso: { required: true, breakGlassEmails: [] } })
    const member = await house.person({ organizationId: id })
    const { sealed, secret } = house.secondFactors.newTotp(member)
    expect(await add(sealed, codeAt(secret, house.clock.now()), member)).toEqual({ kind: 'refused' })
  })

  test.each([
    ['', 'Authenticator'],
    ['  My\nphone\u202e  ', 'Myphone'],
    ['x'.repeat(500), 'x'.repeat(60)],
  ])('the label %j is kept as %j', async (label, kept) => {
    const { sealed, secret } = house.secondFactors.newTotp(account)
    const code = codeAt(secret, house.clock.now())
    await house.secondFactors.addTotp(account, sealed, code, label, by(account))
    expect((await house.reload(account)).factors[0]?.label).toBe(kept)
  })
})

describe('taking one away', () => {
  test.each([
    ['the owner', () => by(account), 'owner'],
    ['an administrator', () => ({ ...by(account), actor: { kind: 'account' as const, id: 'admin' } }), 'administrator'],
    ['an operator', () => operator, 'administrator'],
  ])('by %s is mailed to the owner as such', async (_who, origin, said) => {
    await house.enrol(account)
    const fresh = await house.reload(account)
    expect(await house.secondFactors.remove(fresh, fresh.factors[0]?.id ?? '', origin())).toBe(true)
    const [mail] = await house.mails(account.email, 'factor_removed')
    expect(mail?.facts).toMatchObject({ by: said, factor: 'totp' })
    expect((await house.reload(account)).factors).toEqual([])
  })

  test('of somebody else’s factor does nothing', async () => {
    const stranger = await house.person()
    await house.enrol(stranger)
    const [theirs] = (await house.reload(stranger)).factors
    expect(await house.secondFactors.remove(account, theirs?.id ?? '', by(account))).toBe(false)
    expect((await house.reload(stranger)).factors).toHaveLength(1)
  })

  test('one that was set aside helps again once its owner says so', async () => {
    const since = house.clock.now()
    const secret = await house.enrol(account)
    await house.resets.require(await house.reload(account), { reason: 'test', since }, operator)
    const aside = await house.reload(account)
    // Not while the reset is demanded: whoever is to be shut out may have asked a moment before.
    expect(await house.secondFactors.restore(aside, aside.factors[0]?.id ?? '', by(account))).toBe(false)
    const [mail] = await house.mails(account.email, 'reset_required')
    const token = String(mail?.facts['ticketUrl']).split('=').at(-1) ?? ''
    await house.resets.redeem(token, 'seven slow boats under the bridge', by(account))
    expect(await house.secondFactors.restore(aside, aside.factors[0]?.id ?? '', by(account))).toBe(true)
    const code = codeAt(secret, house.clock.now())
    expect((await house.secondFactors.verifyTotp(await house.reload(account), code)).kind).toBe('proved')
  })
})
