import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import { createSeal } from '../../src/lib/seal.ts'
import { deriveKey } from '../../src/lib/secret.ts'
import type { Account } from '../../src/people/account.ts'
import type { PhoneNumber } from '../../src/people/phone-number.ts'
import { createPhones } from '../../src/people/phones.ts'
import { createSmsCodes } from '../../src/people/sms-codes.ts'
import { type House, openHouse, operator } from './house.ts'

const key = Buffer.alloc(32, 3)
const number = '+819012345678' as PhoneNumber // because the services parse what people type
const code = '246810'
const minuteMs = 60_000

let house: House
let account: Account
let phone: string
const offer = { offered: true, defaultCountry: '+81', countries: ['+81'] }
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())
beforeEach(async () => {
  offer.offered = true
  account = await house.person()
  phone = await addPhone(account)
  account = await house.reload(account)
})

/** Every code is the same one, so that a test knows it without reading mails. */
function services() {
  const { store, clock, directory } = house
  const { oneTimeCodes, factors } = store
  const random = { ...secureRandom, digits: () => code }
  const needs = { oneTimeCodes, factors, directory, clock, random, codeKey: deriveKey(key, 'codes') }
  const seal = createSeal(deriveKey(key, 'seal'), secureRandom)
  return {
    sms: createSmsCodes({ ...needs, seal }),
    phones: createPhones({ ...needs, seal, rules: offer }),
  }
}

async function addPhone(owner: Account): Promise<string> {
  const { phones } = services()
  const subject = `adding ${owner.id}`
  await phones.begin({ account: owner, subject, number, spare: false, send: true, by: operator })
  const added = await phones.confirm({ account: owner, subject, code, by: operator })
  if (added.kind !== 'proved') throw new Error(added.kind)
  return added.factor.id
}

const send = (subject: string, owner = account) =>
  services().sms.send({ account: owner, subject, factorId: phone, by: operator })
const check = (subject: string, owner = account) => services().sms.check(owner, subject, code)

test('a code opens once', async () => {
  await send('attempt')

  expect(await check('attempt')).toMatchObject({ kind: 'sms_code' })
  expect(await check('attempt')).toBeNull()
})

test('a code opens the attempt that asked for it and no other, though the digits are the same', async () => {
  await send('one')
  await send('other')
  // The row of the one under the name of the other: what a mixed-up store, or whoever can write to it, would offer.
  const stored = await house.store.oneTimeCodes.find('one', 'sms_code', house.clock.now())
  if (stored === null) throw new Error('no code')
  await house.store.oneTimeCodes.keep(
    { ...stored, subject: 'other' },
    { audit: { ...auditRow, at: house.clock.now() }, notices: [] },
  )

  expect(await check('other')).toBeNull()
  expect(await check('one')).not.toBeNull()
})

const auditRow = {
  ...{ event: 'sign_in_challenged' as const, actor: operator.actor, accountId: null, organizationId: null },
  ...{ address: null, receipt: null, facts: {} },
}

test('a code is of no use to another account', async () => {
  const other = await house.person()
  await send('attempt')

  expect(await check('attempt', other)).toBeNull()
})

test('a code lives ten minutes', async () => {
  await send('late')
  house.clock.advance(10 * minuteMs)
  expect(await check('late')).toBeNull()

  await send('in time')
  house.clock.advance(10 * minuteMs - 1)
  expect(await check('in time')).not.toBeNull()
})

test('a phone that a forced reset has set aside gets no code, and its code opens nothing', async () => {
  await send('before')
  const aside = { ...account, factors: account.factors.map(factor => ({ ...factor, setAsideAt: house.clock.now() })) }

  expect(await send('after', aside)).toBe(false)
  expect(await check('before', aside)).toBeNull()
})

test('an account that came to single sign-on gets no code by text message, and an older one opens nothing', async () => {
  await send('before')
  const { id: organizationId } = await house.organization({ sso: { required: true, breakGlassEmails: [] } })
  const moved = { ...account, organizationId }

  expect(await send('after', moved)).toBe(false)
  expect(await check('before', moved)).toBeNull()
})

test('an account that came to single sign-on meanwhile cannot finish adding a phone', async () => {
  const { phones } = services()
  await phones.begin({ account, subject: 'second', number, spare: true, send: true, by: operator })
  const { id: organizationId } = await house.organization({ sso: { required: true, breakGlassEmails: [] } })

  const added = await phones.confirm({ account: { ...account, organizationId }, subject: 'second', code, by: operator })

  expect(added).toEqual({ kind: 'refused' })
})

test('where text messages are off no phone can be added', async () => {
  offer.offered = false
  const { phones } = services()

  expect(phones.offered).toBe(false)
  expect(await phones.begin({ account, subject: 'x', number, spare: false, send: true, by: operator })).toBe(false)
})

test('the number stands nowhere in the clear: lists show a mask, the factor is sealed', async () => {
  const [factor] = (await house.reload(account)).factors

  expect(factor?.label).not.toContain('12345')
  expect(factor?.sealedSecret).not.toContain('9012345678')
})
