import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import type { Account } from '../../src/people/account.ts'
import { aboutAccount, auditOf } from '../../src/people/origin.ts'
import { createSessionTokens } from '../../src/people/session-tokens.ts'
import { by, createRooms, dayMs, type House, hourMs, openHouse, operator } from './house.ts'

let house: House
let account: Account
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())
beforeEach(async () => {
  account = await house.person()
})

/** Signed in on the portal, and joined on one application. */
async function joined() {
  const root = await house.signedIn(account)
  const code = await house.book.issueJoin(root.session, 'app.test', 'binding')
  const child = await house.book.redeemJoin({ code, ...atApp })
  if (child === null) throw new Error('not joined')
  return { root, child }
}

const atApp = { host: 'app.test', binding: 'binding', address: '192.0.2.1', agent: 'Mozilla/5.0' }

describe('a warm session', () => {
  test('is found without waiting and without asking the store', async () => {
    const { token, session } = await house.signedIn(account)
    await house.book.find(token)
    house.calls.length = 0
    expect(house.book.find(token)).toMatchObject({ id: session.id, accountId: account.id })
    expect(house.calls).toEqual([])
  })

  test('is told to the gates with the nearer of its ends', async () => {
    const { session } = await house.signedIn(account)
    const now = house.clock.now()
    expect(house.book.fact(session).endsAt).toBe(now + dayMs)
    expect(house.book.fact({ ...session, absoluteEndsAt: now + 5 }).endsAt).toBe(now + 5)
  })
})

describe('a forged token', () => {
  test('costs no call to the store', async () => {
    const others = createSessionTokens({ key: Buffer.alloc(32, 9), random: secureRandom })
    house.calls.length = 0
    for (const token of [others.mint().token, '', 'x', 'A'.repeat(32)]) expect(house.book.find(token)).toBeNull()
    expect(house.calls).toEqual([])
  })

  test('the hash that the store keeps opens nothing', async () => {
    const { session } = await house.signedIn(account)
    expect(await house.book.find(session.tokenHash)).toBeNull()
  })
})

describe('limits in time', () => {
  test('a session that is not used ends after the idle limit', async () => {
    const { token } = await house.signedIn(account)
    await house.book.find(token)
    house.clock.advance(dayMs - 1)
    const { token: unused } = await house.signedIn(account)
    expect(await house.book.find(token)).not.toBeNull()
    house.clock.advance(dayMs)
    expect(await house.book.find(unused)).toBeNull()
  })

  test('use moves the idle limit, and the absolute limit stays', async () => {
    const { token } = await house.signedIn(account)
    for (let use = 0; use < 35; use++) {
      house.clock.advance(20 * hourMs)
      expect(await house.book.find(token)).not.toBeNull()
    }
    house.clock.advance(20 * hourMs - 1)
    expect(await house.book.find(token)).not.toBeNull()
    house.clock.advance(1)
    expect(await house.book.find(token)).toBeNull()
  })

  test('an organization may shorten both limits, and cannot lengthen them', async () => {
    const strict = await house.organization({ sessionIdleMs: hourMs, sessionAbsoluteMs: 8 * hourMs })
    const lax = await house.organization({ sessionIdleMs: 90 * dayMs, sessionAbsoluteMs: 90 * dayMs })
    const short = await house.signedIn(await house.person({ organizationId: strict.id }))
    const long = await house.signedIn(await house.person({ organizationId: lax.id }))
    const now = house.clock.now()
    expect(short.session).toMatchObject({ idleMs: hourMs, absoluteEndsAt: now + 8 * hourMs })
    expect(long.session).toMatchObject({ idleMs: dayMs, absoluteEndsAt: now + 30 * dayMs })
  })

  test('an account of an organization cannot open a session without its rules', async () => {
    const organization = await house.organization({ sessionIdleMs: hourMs })
    const member = await house.person({ organizationId: organization.id })
    const opening = { account: member, organization: null, proofs: [], host: 'auth.test', attemptId: null } as const
    const rest = { device: someDevice('d'), address: '192.0.2.1', agent: '', breakGlass: false }
    await expect(house.book.open({ ...opening, ...rest }, by(member), [])).rejects.toMatchObject({ code: 'internal' })
  })

  test('last-seen times reach the store once a minute, and losing them never lengthens a session', async () => {
    const { token, session } = await house.signedIn(account)
    await house.book.find(token)
    house.clock.advance(50_000)
    await house.book.find(token)
    const storedSeenAt = async () => (await house.store.sessions.listOf(account.id))[0]?.seenAt
    house.clock.advance(60_000)
    await new Promise(setImmediate) // the timer has asked the store, which answers in order
    expect(await storedSeenAt()).toBe(session.openedAt + 50_000)
  })

  test('last-seen times that could not be written are kept for the next time', async () => {
    const { token, session } = await house.signedIn(account)
    await house.book.find(token)
    house.clock.advance(5000)
    await house.book.find(token)
    house.be('away')
    await expect(house.book.flush()).rejects.toThrow()
    house.be('there')
    await house.book.flush()
    expect((await house.store.sessions.listOf(account.id))[0]?.seenAt).toBe(session.openedAt + 5000)
  })

  test('using an application keeps the portal session from going idle', async () => {
    const { root, child } = await joined()
    await house.book.find(root.token)
    for (let i = 0; i < 3; i++) {
      house.clock.advance(20 * hourMs)
      expect(await house.book.find(child.token)).not.toBeNull()
    }
    expect(await house.book.find(root.token)).not.toBeNull()
  })

  test('a session that another process saw lately is asked for before it is called idle', async () => {
    const { token } = await house.signedIn(account)
    const other = createRooms(house.store, house.clock)
    await other.book.find(token)
    for (let i = 0; i < 3; i++) {
      house.clock.advance(20 * hourMs)
      await house.book.find(token)
    }
    await house.book.flush()
    // The other process is in touch with the store, so that it would give its old copy without waiting.
    await other.book.find((await house.signedIn(account)).token)
    expect(await other.book.find(token)).not.toBeNull()
    await other.book.close()
  })
})

describe('an end', () => {
  test('is heard by the next find on the process that wrote it', async () => {
    const { token, session } = await house.signedIn(account)
    await house.book.find(token)
    expect(await house.book.end(session, by(account))).toBe(true)
    expect(await house.book.find(token)).toBeNull()
    expect(await house.book.end(session, by(account))).toBe(false)
  })

  test('that somebody else wrote is heard through the announcement', async () => {
    const { token, session } = await house.signedIn(account)
    await house.book.find(token)
    await house.store.sessions.end(session.id, trailOf('session_ended'))
    expect(await house.book.find(token)).toBeNull()
  })

  test('of the root ends its children at once, and a child’s end its root', async () => {
    const one = await joined()
    await house.book.find(one.child.token)
    await house.book.end(one.root.session, by(account))
    expect(await house.book.find(one.child.token)).toBeNull()

    const other = await joined()
    await house.book.find(other.root.token)
    await house.book.end(other.child.session, by(account))
    expect(await house.book.find(other.root.token)).toBeNull()
  })

  test('of all others spares the one that asks, and nobody else’s', async () => {
    const mine = await house.signedIn(account)
    const others = [await house.signedIn(account), await house.signedIn(account)]
    const stranger = await house.signedIn(await house.person())
    for (const { token } of [mine, ...others, stranger]) await house.book.find(token)
    expect(await house.book.endAllOf(account, mine.session.rootId, by(account))).toBe(2)
    expect(await house.book.find(mine.token)).not.toBeNull()
    for (const { token } of others) expect(await house.book.find(token)).toBeNull()
    expect(await house.book.find(stranger.token)).not.toBeNull()
  })

  test('while the session is being read is not overlooked', async () => {
    const { token, session } = await house.signedIn(account)
    const answer = house.hold('sessions.findByTokenHash')
    const found = house.book.find(token)
    await answer.held
    await house.store.sessions.end(session.id, trailOf('session_ended'))
    answer.release()
    expect(await found).toBeNull()
  })

  test('of a suspended account takes all its sessions with it', async () => {
    const { root, child } = await joined()
    await house.book.find(root.token)
    await house.book.find(child.token)
    await house.people.suspend(account, operator)
    expect(await house.book.find(root.token)).toBeNull()
    expect(await house.book.find(child.token)).toBeNull()
  })

  test('the list shows living portal sessions only, newest first', async () => {
    const first = await house.signedIn(account)
    house.clock.advance(1000)
    const { root: second } = await joined()
    const ids = (await house.book.listOf(account.id)).map(session => session.id)
    expect(ids).toEqual([second.session.id, first.session.id])
    house.clock.advance(dayMs)
    expect(await house.book.listOf(account.id)).toEqual([])
  })
})

describe('a step-up', () => {
  test('gives a new token, kills the old one, and keeps session and children with the new proof', async () => {
    const { root, child } = await joined()
    await house.book.find(root.token)
    await house.book.find(child.token)
    const proof = { kind: 'totp', at: house.clock.now() } as const
    const rotated = await house.book.rotate(root.session, [proof], by(account))
    expect(await house.book.find(root.token)).toBeNull()
    const renewed = await house.book.find(rotated?.token ?? '')
    expect(renewed?.id).toBe(root.session.id)
    expect(renewed?.proofs).toContainEqual(proof)
    expect((await house.book.find(child.token))?.proofs).toContainEqual(proof)
  })

  test('with a proof that ends earlier than the session ends it with that proof', async () => {
    const { session } = await house.signedIn(account)
    const at = house.clock.now()
    const rotated = await house.book.rotate(session, [{ kind: 'saml', at, until: at + 60_000 }], by(account))
    const token = rotated?.token ?? ''
    const renewed = await house.book.find(token)
    if (renewed === null) throw new Error('not renewed')

    expect(house.book.fact(renewed).endsAt).toBe(at + 60_000)
    house.clock.advance(59_999)
    expect(await house.book.find(token)).not.toBeNull()
    house.clock.advance(1)
    expect(await house.book.find(token)).toBeNull()
  })

  test('of a session that has ended meanwhile gives nothing', async () => {
    const { session } = await house.signedIn(account)
    await house.book.end(session, by(account))
    expect(await house.book.rotate(session, [], by(account))).toBeNull()
  })
})

describe('a join code', () => {
  const codeFor = async (host = 'app.test') => {
    const root = await house.signedIn(account)
    return { root, code: await house.book.issueJoin(root.session, host, 'binding') }
  }

  test('gives one child to one of 50 that redeem it at once', async () => {
    const { code } = await codeFor()
    const answers = await Promise.all(Array.from({ length: 50 }, () => house.book.redeemJoin({ code, ...atApp })))
    expect(answers.filter(answer => answer !== null)).toHaveLength(1)
  })

  test.each([
    ['in another browser', { binding: 'other' }],
    ['for another host', { host: 'other.test' }],
    ['guessed', { code: 'A'.repeat(32) }],
  ])('does nothing %s', async (_where, change) => {
    const { code } = await codeFor()
    expect(await house.book.redeemJoin({ code, ...atApp, ...change })).toBeNull()
  })

  test('does nothing after 60 seconds, nor when its session has ended', async () => {
    const late = await codeFor()
    house.clock.advance(60_000)
    expect(await house.book.redeemJoin({ code: late.code, ...atApp })).toBeNull()

    const ended = await codeFor()
    await house.book.end(ended.root.session, by(account))
    expect(await house.book.redeemJoin({ code: ended.code, ...atApp })).toBeNull()
  })

  test('gives a session that belongs to that host and ends no later than its root', async () => {
    const { root, child } = await joined()
    expect(child.session).toMatchObject({ host: 'app.test', rootId: root.session.id, accountId: account.id })
    expect(child.session.absoluteEndsAt).toBe(root.session.absoluteEndsAt)
  })
})

describe('opening', () => {
  test('from a device that the account does not know tells its owner, from a known one does not', async () => {
    await house.signedIn(account, { device: 'laptop' })
    await house.signedIn(account, { device: 'laptop' })
    await house.signedIn(account, { device: 'phone' })
    const mails = await house.mails(account.email, 'new_device')
    expect(mails).toHaveLength(2)
    expect(mails[0]?.facts).toMatchObject({ device: 'Firefox on Linux', address: '192.0.2.1', method: 'password' })
  })

  test('tells also when the caller says that the device is known: the notice cannot be switched off', async () => {
    // `signedIn` says so for every device.
    await house.signedIn(account, { device: 'never seen' })
    expect(await house.mails(account.email, 'new_device')).toHaveLength(1)
  })

  test('tells also when the device had only asked for approval', async () => {
    const asked = {
      accountId: account.id,
      ...someDevice('tablet'),
      approvedAt: null,
      firstSeenAt: 1,
      lastSeenAt: 0,
      address: '',
      reportedAt: null,
    }
    await house.store.devices.ask(asked, trailOf('device_approved'))
    expect((await house.knownDevices.now(account.id, 'tablet', '')).known).toBe(false)
    await house.signedIn(account, { device: 'tablet' })
    expect(await house.mails(account.email, 'new_device')).toHaveLength(1)
    expect((await house.knownDevices.now(account.id, 'tablet', '')).known).toBe(true)
  })

  test('is audited with method, host and address', async () => {
    await house.signedIn(account)
    const [entry] = await house.audited(account, 'session_opened')
    expect(entry).toMatchObject({
      address: '192.0.2.1',
      receipt: 'r-1',
      facts: { method: 'password', host: 'auth.test' },
    })
  })

  test('keeps no more of a user agent than it may', async () => {
    const opening = { account, organization: null, proofs: [], host: 'auth.test', attemptId: null } as const
    const rest = { device: someDevice('d'), address: '192.0.2.1', agent: 'x'.repeat(5000), breakGlass: false }
    expect((await house.book.open({ ...opening, ...rest }, by(account), []))?.session.agent).toHaveLength(512)
  })
})

function someDevice(deviceId: string) {
  return { deviceId, label: 'Chrome', mobile: false, known: false }
}

function trailOf(event: 'session_ended' | 'device_approved') {
  return { audit: auditOf(event, aboutAccount(account), operator, house.clock.now()), notices: [] }
}
