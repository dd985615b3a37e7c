import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashToken } from '../../src/lib/secret.ts'
import type { Account } from '../../src/people/account.ts'
import type { Attempt } from '../../src/people/attempt.ts'
import { aboutAccount, auditOf } from '../../src/people/origin.ts'
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

const device = { deviceId: 'device-1', label: 'Firefox on Linux', mobile: false, known: true }

/** As after a right password. */
async function begin(who = account): Promise<{ token: string; attempt: Attempt }> {
  return house.signIn.begin(who, { kind: 'password', at: house.clock.now() }, device, by(who))
}

const ssoRules = { sso: { required: true, breakGlassEmails: ['root@example.com'] } }

describe('a right password', () => {
  test('is proved, in any spelling of the address', async () => {
    const now = house.clock.now()
    for (const email of [account.email, account.email.toUpperCase(), ` ${account.email} `])
      expect(await house.signIn.checkPassword(email, password)).toMatchObject({
        kind: 'proved',
        account: { id: account.id },
        proof: { kind: 'password', at: now },
      })
  })

  test('of a suspended account is proved: the gates speak of that after every demanded proof', async () => {
    await house.people.suspend(account, operator)
    expect((await house.signIn.checkPassword(account.email, password)).kind).toBe('proved')
  })

  test('of a named break-glass account is proved, though its organization demands single sign-on', async () => {
    const { id } = await house.organization(ssoRules)
    const root = await house.person({ email: 'root@example.com', organizationId: id })
    expect((await house.signIn.checkPassword(root.email, password)).kind).toBe('proved')
  })
})

/** Every kind of account, with a password that would be right if it were one that opens. */
const closed: Readonly<Record<string, () => Promise<string>>> = {
  'an unknown name': () => Promise.resolve('nobody@example.com'),
  'an invited account': async () => (await house.person(invited)).email,
  'an account of an organization with single sign-on': async () => {
    const { id } = await house.organization(ssoRules)
    return (await house.person({ organizationId: id })).email
  },
  'an account whose reset is required': async () => {
    await house.resets.require(account, { reason: 'test', since: null }, operator)
    return account.email
  },
  'a deleted account': async () => {
    const audit = auditOf('account_suspended', aboutAccount(account), operator, house.clock.now())
    await house.store.accounts.setState(account.id, 'deleted', { audit, notices: [] })
    return account.email
  },
}

describe('who must not be told apart', () => {
  test.each(Object.keys(closed))('%s reads as wrong, with the right password too', async name => {
    const email = (await closed[name]?.()) ?? ''
    expect((await house.signIn.checkPassword(email, password)).kind).toBe('wrong')
  })

  test.each(Object.keys(closed))('%s asks the store what a wrong password of an open account asks', async name => {
    const email = (await closed[name]?.()) ?? ''
    await house.signIn.checkPassword(email, 'a wrong password') // the organization is warm from here on
    const asked = async (tried: string) => {
      house.calls.length = 0
      await house.signIn.checkPassword(tried, 'a wrong password')
      return [...house.calls]
    }
    const open = await house.person()
    expect(await asked(email)).toEqual(await asked(open.email))
  })

  test.each(Object.keys(closed))('%s costs one hash, as an open account does', async name => {
    const email = (await closed[name]?.()) ?? ''
    house.hashes.length = 0
    await house.signIn.checkPassword(email, password)
    expect(house.hashes).toHaveLength(1)
  })

  test.each([null, undefined, 7, {}, ['a@example.com', 'b@example.com'], 'no address'])(
    '%j in place of an address is wrong, and costs one hash too',
    async email => {
      house.hashes.length = 0
      expect(await house.signIn.checkPassword(email, password)).toMatchObject({ kind: 'wrong', account: null })
      expect(house.hashes).toEqual([null])
    },
  )
})

describe('an attempt', () => {
  test('holds the proof, and nobody but its browser finds it', async () => {
    const { token, attempt } = await begin()
    expect(await house.signIn.find(token)).toMatchObject({ id: attempt.id, proofs: [{ kind: 'password' }] })
    house.calls.length = 0
    expect(await house.signIn.find(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).toBeNull()
    expect(await house.signIn.find(house.tokens.mint().token)).toBeNull() // a session's token is made with another key
    expect(house.calls).toEqual([])
  })

  test('lives ten minutes', async () => {
    const { token } = await begin()
    house.clock.advance(10 * 60_000 - 1)
    expect(await house.signIn.find(token)).not.toBeNull()
    house.clock.advance(1)
    expect(await house.signIn.find(token)).toBeNull()
  })

  test('opens one session, however many tabs finish it', async () => {
    const { attempt } = await begin()
    const opening = { account, organization: null, proofs: attempt.proofs, host: 'auth.test', device }
    const rest = { address: '192.0.2.1', agent: '', attemptId: attempt.id, breakGlass: false }
    const opened = await Promise.all(
      Array.from({ length: 20 }, () => house.book.open({ ...opening, ...rest }, by(account), [])),
    )
    expect(opened.filter(one => one !== null)).toHaveLength(1)
  })

  test('of a password that was changed while it was being checked opens nothing', async () => {
    // Checked before the reset is finished, begun after it.
    const checked = await house.signIn.checkPassword(account.email, password)
    await house.resets.requestTicket(account.email, by(null))
    await house.resets.redeem(await house.mailedTicket(account.email), nextPassword, by(account))
    if (checked.kind !== 'proved') throw new Error('not proved')
    const { token } = await house.signIn.begin(checked.account, checked.proof, device, by(account))
    expect(await house.signIn.find(token)).toBeNull()
  })

  test('that was given up is gone', async () => {
    const { token, attempt } = await begin()
    await house.signIn.end(attempt)
    expect(await house.signIn.find(token)).toBeNull()
  })

  test('asks for a mailed code when the account slept for over 180 days without a second factor', async () => {
    await house.signedIn(account)
    account = await house.reload(account)
    house.clock.advance(180 * dayMs)
    expect((await begin()).attempt.risk).toEqual({ emailCode: false, why: 'none' })
    house.clock.advance(1)
    expect((await begin()).attempt.risk).toEqual({ emailCode: true, why: 'dormant' })
    await house.enrol(await house.reload(account))
    expect((await begin(await house.reload(account))).attempt.risk).toEqual({ emailCode: false, why: 'none' })
  })
})

describe('an authenticator code', () => {
  async function withFactor() {
    const secret = await house.enrol(account)
    const fresh = await house.reload(account)
    return { secret, account: fresh, ...(await begin(fresh)) }
  }

  test('is proved, and the proof is kept with the attempt', async () => {
    const { secret, account: fresh, token, attempt } = await withFactor()
    const checked = await house.signIn.proveCode(attempt, fresh, codeAt(secret, house.clock.now()), by(account))
    expect(checked).toMatchObject({ kind: 'proved', proof: { kind: 'totp' } })
    expect((await house.signIn.find(token))?.proofs.map(proof => proof.kind)).toEqual(['password', 'totp'])
  })

  test('is used once: of 50 attempts that show it at once, over two gateways on one store, one is proved', async () => {
    const { secret, account: fresh } = await withFactor()
    const other = createRooms(house.store, house.clock)
    const attempts = await Promise.all(Array.from({ length: 50 }, () => begin(fresh)))
    const code = codeAt(secret, house.clock.now())
    const answers = await Promise.all(
      attempts.map(({ attempt }, i) =>
        (i % 2 === 0 ? house : other).signIn.proveCode(attempt, fresh, code, by(account)),
      ),
    )
    expect(answers.filter(answer => answer.kind === 'proved')).toHaveLength(1)
    await other.book.close()
  })

  test('may be wrong five times in an attempt, then the attempt has ended, for right codes too', async () => {
    const { secret, account: fresh, token, attempt } = await withFactor()
    const left: unknown[] = []
    for (let i = 0; i < 5; i++) {
      const answer = await house.signIn.proveCode(attempt, fresh, '000000', by(account))
      left.push(answer.kind === 'wrong' ? answer.triesLeft : answer.kind)
    }
    expect(left).toEqual([4, 3, 2, 1, 0])
    expect(await house.signIn.find(token)).toBeNull()
    const right = codeAt(secret, house.clock.now())
    expect(await house.signIn.proveCode(attempt, fresh, right, by(account))).toEqual({ kind: 'ended' })
  })

  test('guessed a hundred times at once is looked at five times', async () => {
    const { account: fresh, attempt } = await withFactor()
    const guesses = Array.from({ length: 100 }, (_, i) => String(i).padStart(6, '0'))
    const answers = await Promise.all(guesses.map(code => house.signIn.proveCode(attempt, fresh, code, by(account))))
    expect(answers.filter(answer => answer.kind !== 'ended')).toHaveLength(5)
  })

  test('of another account does not help', async () => {
    const { attempt } = await withFactor()
    const stranger = await house.person()
    const secret = await house.enrol(stranger)
    const code = codeAt(secret, house.clock.now())
    await expect(house.signIn.proveCode(attempt, await house.reload(stranger), code, by(account))).rejects.toThrow()
  })
})

describe('enrolling on the way in', () => {
  test('shows the same secret until it is confirmed, and the first code makes it a factor', async () => {
    const { token, attempt } = await begin()
    const shown = await house.signIn.startTotpEnrolment(attempt, account)
    expect(await house.signIn.startTotpEnrolment(attempt, account)).toEqual(shown)
    expect(await house.signIn.confirmTotpEnrolment(attempt, account, '000000', 'Phone', by(account))).toEqual({
      kind: 'wrong',
    })

    const code = codeAt(shown.secret, house.clock.now())
    const confirmed = await house.signIn.confirmTotpEnrolment(attempt, account, code, 'Phone', by(account))
    expect(confirmed).toMatchObject({ kind: 'proved', proof: { kind: 'totp' } })
    expect((await house.reload(account)).factors).toMatchObject([{ kind: 'totp', label: 'Phone', setAsideAt: null }])
    expect((await house.signIn.find(token))?.proofs).toHaveLength(2)
    expect(await house.mails(account.email, 'factor_added')).toHaveLength(1)
  })

  test('counts its first code as used', async () => {
    const { attempt } = await begin()
    const { secret } = await house.signIn.startTotpEnrolment(attempt, account)
    const code = codeAt(secret, house.clock.now())
    await house.signIn.confirmTotpEnrolment(attempt, account, code, '', by(account))
    const fresh = await house.reload(account)
    const next = await begin(fresh)
    expect((await house.signIn.proveCode(next.attempt, fresh, code, by(account))).kind).toBe('wrong')
  })

  test('makes one factor of 20 confirmations at once', async () => {
    const { attempt } = await begin()
    const { secret } = await house.signIn.startTotpEnrolment(attempt, account)
    const code = codeAt(secret, house.clock.now())
    const confirm = () => house.signIn.confirmTotpEnrolment(attempt, account, code, '', by(account))
    const answers = await Promise.all(Array.from({ length: 20 }, confirm))
    expect(answers.filter(answer => answer.kind === 'proved')).toHaveLength(1)
    expect((await house.reload(account)).factors).toHaveLength(1)
  })

  test('is not for an account that has a factor: a password alone adds none beside it', async () => {
    const early = await begin()
    const { secret } = await house.signIn.startTotpEnrolment(early.attempt, account)
    await house.enrol(account)
    const late = await begin(await house.reload(account))
    await expect(house.signIn.startTotpEnrolment(late.attempt, account)).rejects.toMatchObject({ code: 'conflict' })
    const code = codeAt(secret, house.clock.now())
    const confirmed = await house.signIn.confirmTotpEnrolment(early.attempt, account, code, '', by(account))
    expect(confirmed).toEqual({ kind: 'ended' })
    expect((await house.reload(account)).factors).toHaveLength(1)
  })

  test('never keeps the secret in the clear', async () => {
    const { attempt, token } = await begin()
    const { secret } = await house.signIn.startTotpEnrolment(attempt, account)
    const kept = (await house.signIn.find(token))?.sealedEnrolment ?? ''
    expect(kept).not.toBe('')
    expect(Buffer.from(kept, 'base64url').toString('latin1')).not.toContain(secret)
  })
})

describe('a mailed code', () => {
  async function mailed() {
    const begun = await begin()
    await house.signIn.sendEmailCode(begun.attempt, account, by(account))
    return { ...begun, code: await newestCode() }
  }
  const newestCode = async () => String((await house.mails(account.email, 'email_code')).at(-1)?.facts['code'])

  test('is six digits, proves the mailbox once, and says from where it was asked for', async () => {
    const { attempt, code } = await mailed()
    expect(code).toMatch(/^[0-9]{6}$/)
    const [mail] = await house.mails(account.email, 'email_code')
    expect(mail?.facts).toMatchObject({ address: '192.0.2.1', device: 'Firefox on Linux' })
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        house.signIn.proveCode(attempt, account, ` ${code.slice(0, 3)} ${code.slice(3)}`, by(account)),
      ),
    )
    expect(answers.filter(answer => answer.kind === 'proved')).toHaveLength(1)
  })

  test('is good for ten minutes, as the attempt is', async () => {
    const { attempt, code } = await mailed()
    house.clock.advance(10 * 60_000)
    expect((await house.signIn.proveCode(attempt, account, code, by(account))).kind).not.toBe('proved')
  })

  test('is void when a newer one is sent', async () => {
    const { attempt, code } = await mailed()
    await house.signIn.sendEmailCode(attempt, account, by(account))
    const newer = await newestCode()
    if (newer !== code) expect((await house.signIn.proveCode(attempt, account, code, by(account))).kind).toBe('wrong')
    expect((await house.signIn.proveCode(attempt, account, newer, by(account))).kind).toBe('proved')
  })

  test('of one attempt opens no other', async () => {
    const { code } = await mailed()
    const other = await begin()
    expect((await house.signIn.proveCode(other.attempt, account, code, by(account))).kind).toBe('wrong')
  })

  test('shares its five tries with every other code of the attempt', async () => {
    const { attempt, code, token } = await mailed()
    for (let i = 0; i < 3; i++) await house.signIn.proveCode(attempt, account, 'x', by(account))
    for (let i = 0; i < 2; i++) await house.signIn.proveCode(attempt, account, '000000', by(account))
    expect(await house.signIn.proveCode(attempt, account, code, by(account))).toEqual({ kind: 'ended' })
    expect(await house.signIn.find(token)).toBeNull()
  })

  test('is kept under a key: the stored hash is not that of the digits', async () => {
    const { token, code } = await mailed()
    const attempt = await house.signIn.find(token)
    const guesses = [code, `${attempt?.id} ${code}`, `${attempt?.id}${code}`].map(hashToken)
    expect(guesses).not.toContain(attempt?.emailCode?.hash)
  })

  test('is not sent for an attempt that has ended', async () => {
    const { attempt } = await begin()
    await house.signIn.end(attempt)
    expect(await house.signIn.sendEmailCode(attempt, account, by(account))).toBe(false)
    expect(await house.mails(account.email, 'email_code')).toEqual([])
  })
})
