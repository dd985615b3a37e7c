import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isSuspicious } from '../../src/portal/running-attempt.ts'
import { addPhone, makeBackupCodes, newestText, otherNumber } from '../support/phone-people.ts'
import { portalHost, tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addPerson, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const isSignedIn = (reply: Reply) => reply.location === '/account'
const url = (path: string) => `${portal.portalOrigin}${path}`

/** Somebody who has a session, and everything that a thief of the cookie and the password has. */
async function signedIn(email: string, code: () => Promise<string>): Promise<PortalVisitor> {
  portal.clock.leap(3_600_000)
  const visitor = createPortalVisitor(portal)
  const page = await visitor.follow(await tryPassword(portal, visitor, email))
  const reply = await visitor.submit(page, { code: await code() })
  if (!isSignedIn(reply)) throw new Error(`not signed in: ${reply.status}`)
  return visitor
}

describe('in the suspicious lane', () => {
  /** The right password, used inside an attack. */
  async function begin(email: string): Promise<{ visitor: PortalVisitor; id: string }> {
    const visitor = createPortalVisitor(portal)
    await addPerson(portal, `first-${email}`)
    await addApp(portal, `first-${email}`)
    await tryPassword(portal, visitor, `first-${email}`)
    const first = await portal.signIn.find(visitor.cookie(portalHost, 'sekisho-attempt') ?? '')
    const device = { deviceId: first?.deviceId ?? '', label: 'x', mobile: false, known: false }
    const proof = { kind: 'password', at: portal.clock.now() } as const
    const begun = await portal.signIn.begin(await accountOf(portal, email), proof, device, operator, 'attack')
    visitor.jar.get(portalHost)?.set('sekisho-attempt', begun.token)
    expect(isSuspicious(begun.attempt)).toBe(true)
    return { visitor, id: begun.attempt.id }
  }
  const pages = async (email: string) => {
    const { visitor, id } = await begin(email)
    const plain = (reply: Reply) => `${reply.status} ${reply.body.replaceAll(id, 'ID')}`
    const step = await visitor.get(url('/second-factor'))
    const help = await visitor.get(url('/second-factor/help'))
    const sent = await visitor.submit(step, { attempt: id }, { action: '/second-factor' })
    const wrong = await visitor.submit(step, { code: 'AAAA-AAAA-AAAA' })
    const helpWrong = await visitor.submit(help, { code: '000000' })
    return [step, help, sent, wrong, helpWrong].map(plain)
  }

  test('every page reads the same, byte for byte, whatever the account has', async () => {
    await addPerson(portal, 'none@lane.example')
    await addPerson(portal, 'app@lane.example')
    await addApp(portal, 'app@lane.example')
    await addPerson(portal, 'all@lane.example')
    await addApp(portal, 'all@lane.example')
    await addPhone(portal, 'all@lane.example')
    await addPhone(portal, 'all@lane.example', { spare: true, to: otherNumber })
    await makeBackupCodes(portal, 'all@lane.example')

    const [none, app, all] = [
      await pages('none@lane.example'),
      await pages('app@lane.example'),
      await pages('all@lane.example'),
    ]

    expect(app).toEqual(none)
    expect(all).toEqual(none)
    expect(none.join('')).not.toContain('•')
  })

  test('"send me a code" reaches the phone where there is one, and the mailbox where there is none', async () => {
    await addPerson(portal, 'phone@send.example')
    await addPhone(portal, 'phone@send.example', { to: otherNumber })
    const account = await addPerson(portal, 'mail@send.example')
    const { visitor } = await begin('phone@send.example')
    const sent = await visitor.follow(await visitor.post(url('/second-factor'), await fields(visitor, 'send_code')))
    expect(isSignedIn(await visitor.submit(sent, { code: await newestText(portal, otherNumber) }))).toBe(true)

    const other = await begin('mail@send.example')
    await portal.deliver()
    const before = portal.mailbox.list().filter(mail => mail.to === account.email).length
    await other.visitor.post(url('/second-factor'), await fields(other.visitor, 'send_code'))
    await portal.deliver()
    expect(portal.mailbox.list().filter(mail => mail.to === account.email)).toHaveLength(before + 1)
  })

  const fields = async (visitor: PortalVisitor, answer: string) => {
    const page = await visitor.get(url('/second-factor'))
    return { answer, attempt: /name="attempt" value="([^"]+)"/.exec(page.body)?.[1] ?? '' }
  }
})

describe('whoever stole a cookie and the password', () => {
  test('cannot prove a session with the password where the account has but a phone', async () => {
    await addPerson(portal, 'owner@stolen.example')
    await addPhone(portal, 'owner@stolen.example')
    const visitor = await signedIn('owner@stolen.example', () => newestText(portal))
    portal.clock.leap(11 * 60_000)

    const page = await visitor.follow(await visitor.get(url('/account/phones/add')))
    const tried = await visitor.post(url('/prove-again'), { password: goodPassword, answer: 'password' })
    await visitor.submit(page, { to: /name="to" value="([^"]+)"/.exec(page.body)?.[1] ?? '' })
    const proved = await visitor.submit(page, { code: await newestText(portal) })

    expect(page.heading).toBe('Confirm that it is you')
    expect(page.body).not.toContain('type="password"')
    expect(tried.status).toBe(422)
    expect(proved.status).toBe(303)
  })

  test('cannot make backup codes, add or remove a phone without a fresh proof', async () => {
    await addPerson(portal, 'stale@stolen.example')
    const app = await addApp(portal, 'stale@stolen.example')
    const visitor = await signedIn('stale@stolen.example', () => app.code())
    portal.clock.leap(11 * 60_000)
    const { factors } = await accountOf(portal, 'stale@stolen.example')

    for (const [path, form] of [
      ['/account/backup-codes', {}],
      ['/account/phones/add', { number: '09012345678' }],
      ['/account/phones/confirm', { code: '123456' }],
      ['/account/factors/remove', { factor: factors[0]?.id ?? '' }],
    ] as const) {
      const reply = await visitor.post(url(path), form)
      expect(reply.location, path).toMatch(/^\/prove-again/)
    }
    expect((await accountOf(portal, 'stale@stolen.example')).factors).toEqual(factors)
  })

  test('a wrong code in a session is told as what it is: nobody entered a password there', async () => {
    const account = await addPerson(portal, 'inside@stolen.example')
    const app = await addApp(portal, 'inside@stolen.example')
    const visitor = await signedIn('inside@stolen.example', () => app.code())
    portal.clock.leap(11 * 60_000)
    const page = await visitor.follow(await visitor.get(url('/account/factors/add')))
    await visitor.submit(page, { code: '000000' })
    await portal.deliver()

    const subjects = portal.mailbox
      .list()
      .filter(mail => mail.to === account.email)
      .map(mail => mail.subject)
    expect(subjects).toContain('A wrong code in a session of your Sekisho account')
    expect(subjects.join()).not.toContain('entered your')
  })
})

describe('codes that work once', () => {
  test('of fifty sessions that show one backup code at once, one is proved', async () => {
    await addPerson(portal, 'race@once.example')
    await addApp(portal, 'race@once.example')
    for (let round = 0; round < 3; round++) {
      const [code = ''] = await makeBackupCodes(portal, 'race@once.example')
      const account = await accountOf(portal, 'race@once.example')
      // As many as may wait for the slow hash of one account; the others are told to come again.
      const proofs = await Promise.allSettled(
        Array.from({ length: 50 }, () => portal.backupCodes.check(account, code, operator)),
      )
      expect(proofs.filter(each => each.status === 'fulfilled' && each.value !== null)).toHaveLength(1)
      expect(await portal.backupCodes.left(account)).toBe(9)
    }
  })

  test('of fifty that show one text message’s code in one session at once, one is proved', async () => {
    await addPerson(portal, 'texts@once.example')
    const account = await addPhone(portal, 'texts@once.example')
    const factorId = account.factors[0]?.id ?? ''
    for (let round = 0; round < 5; round++) {
      await portal.smsCodes.send({ account, subject: 'session', factorId, by: operator })
      const code = await newestText(portal)
      const proofs = await Promise.all(
        Array.from({ length: 50 }, () => portal.smsCodes.check(account, 'session', code)),
      )
      expect(proofs.filter(each => each !== null)).toHaveLength(1)
    }
  })

  test('a text message’s code is not another account’s, another session’s or another purpose’s', async () => {
    await addPerson(portal, 'mine@once.example')
    const mine = await addPhone(portal, 'mine@once.example')
    const theirs = await addPerson(portal, 'theirs@once.example')
    await portal.smsCodes.send({ account: mine, subject: 's1', factorId: mine.factors[0]?.id ?? '', by: operator })
    const code = await newestText(portal)

    expect(await portal.smsCodes.check(mine, 's2', code)).toBeNull()
    expect(await portal.phones.confirm({ account: mine, subject: 's1', code, by: operator })).toEqual({ kind: 'gone' })
    expect(await portal.smsCodes.check(theirs, 's1', code)).toBeNull()
    expect(await portal.smsCodes.check(mine, 's1', code)).toBeNull() // spent by whoever showed it
  })
})
