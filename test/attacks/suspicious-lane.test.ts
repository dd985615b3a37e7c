import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addEveryKind,
  attemptCookie,
  type LanePortal,
  mailsTo,
  plain,
  startLane,
  stranger,
  typePassword,
} from '../support/lane.ts'
import { portalHost, signedIn } from '../support/portal-flows.ts'
import { accountOf, addApp, addPerson, goodPassword } from '../support/portal-people.ts'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'

// Passwords from elsewhere are tried, and some of them are right: nothing that comes back may tell which, and nothing may open.

let lane: LanePortal
beforeAll(async () => {
  lane = await startLane()
})
afterAll(() => lane.portal[Symbol.asyncDispose]())

const portal = () => lane.portal
const codePage = (visitor: PortalVisitor) => visitor.get(`${portal().portalOrigin}/second-factor`)
const heldOf = async (email: string) => (await accountOf(portal(), email)).held
const codeIn = (subject: string | undefined) => /\b[0-9]{6}\b/.exec(subject ?? '')?.[0] ?? ''
const isIn = (visitor: PortalVisitor) => visitor.cookie(portalHost, 'sekisho') !== undefined

/** Everything that a program can do with the answer to one password. */
async function everyStep(email: string, password: string): Promise<readonly object[]> {
  const visitor = stranger(portal())
  const answers: Reply[] = []
  const keep = async (reply: Promise<Reply>) => {
    const answer = await reply
    answers.push(answer)
    return answer
  }
  const { portalOrigin } = portal()
  const post = (fields: Record<string, string>) => visitor.post(`${portalOrigin}/second-factor`, fields)
  await keep(typePassword(portal(), visitor, email, password))
  const page = await keep(codePage(visitor))
  const attempt = /name="attempt" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  await keep(visitor.get(`${portalOrigin}/second-factor/help`))
  await keep(visitor.get(`${portalOrigin}/second-factor?said=sent`))
  await keep(visitor.get(`${portalOrigin}/second-factor?return=%2Faccount&org=acme`))
  await keep(visitor.get(`${portalOrigin}/second-factor`, { headers: { 'Accept-Language': 'ja' } }))
  await keep(post({ attempt: 'another', answer: 'code', code: '123456' }))
  await keep(post({ attempt, answer: 'proceed' }))
  await keep(post({ attempt, answer: 'enrolment', code: '123456', label: 'x' }))
  await keep(post({ attempt, answer: 'passkey_enrolment', credential: '{}' }))
  await keep(post({ attempt, answer: 'passkey', credential: '' }))
  await keep(post({ attempt, answer: 'passkey', credential: '{}' }))
  await keep(post({ attempt, answer: 'send_code' }))
  await keep(post({ attempt, answer: 'send_code', to: 'spare' }))
  await keep(post({ attempt, answer: 'code', code: 'not a code' }))
  await keep(post({ attempt, answer: 'code', code: '000001', from: 'help' }))
  await keep(post({ attempt, answer: 'code', code: 'ABCD-EFGH-JKMN' }))
  for (const code of ['000002', '000003']) await keep(post({ attempt, answer: 'code', code }))
  await keep(codePage(visitor))
  await keep(post({ attempt, answer: 'code', code: '000005' }))
  return answers.map(answer => plain(answer, email))
}

describe('while passwords are being tried', () => {
  test('each step after a password is byte for byte the same for a right one, a wrong one, and for every kind of name', async () => {
    const names = await addEveryKind(portal(), 'alike.example')
    lane.meet('code')
    const [wrongName = ''] = names

    const wrong = await everyStep(wrongName, 'not the password')
    expect(wrong).toHaveLength(21)
    expect(wrong[0]).toMatchObject({ status: 303, location: '/second-factor' })
    expect(wrong[1]).toMatchObject({ status: 200 })
    expect(wrong[20]).toMatchObject({ location: '/sign-in?said=start_again' })
    for (const name of names) {
      const steps = await everyStep(name, goodPassword)
      for (const [i, step] of steps.entries()) expect(step, `${name}, step ${i}`).toEqual(wrong[i])
    }
  })

  test('a second wrong password in the same browser begins anew, like a right one', async () => {
    await addPerson(portal(), 'anew@example.com')
    lane.meet('code')
    const visitor = stranger(portal())
    await typePassword(portal(), visitor, 'anew@example.com', 'not the password')
    const first = attemptCookie(visitor)
    await typePassword(portal(), visitor, 'anew@example.com', 'nor this one')

    expect(attemptCookie(visitor)).not.toBe(first)
    expect((await codePage(visitor)).status).toBe(200)
  })

  test('a decoy opens nothing: not with a code that is right elsewhere, and not in the hands of the entry walk', async () => {
    await addPerson(portal(), 'elsewhere@example.com')
    lane.meet('code')
    const owner = stranger(portal())
    const thief = stranger(portal())
    await typePassword(portal(), owner, 'elsewhere@example.com')
    await typePassword(portal(), thief, 'elsewhere@example.com', 'not the password')
    const [mail] = await mailsTo(portal(), 'elsewhere@example.com')

    const page = await codePage(thief)
    const tried = await thief.submit(page, { code: codeIn(mail?.subject) })
    const token = attemptCookie(thief) ?? ''

    expect(tried.status).toBe(422)
    expect(isIn(thief)).toBe(false)
    expect(await portal().signIn.find(token)).toBeNull()
    expect(await portal().decoys.find(token)).not.toBeNull()
  })

  test('a decoy belongs to the browser that it was made in, and ends after ten minutes', async () => {
    lane.meet('code')
    const visitor = stranger(portal())
    await typePassword(portal(), visitor, 'moved@example.com', 'x')
    const other = stranger(portal())
    other.jar.set(portalHost, new Map([['sekisho-attempt', attemptCookie(visitor) ?? '']]))

    expect((await codePage(other)).location).toBe('/sign-in?said=start_again')
    expect((await codePage(visitor)).status).toBe(200)
    portal().clock.leap(10 * 60_000)
    expect((await codePage(visitor)).location).toBe('/sign-in?said=start_again')
  })

  test('an address gets so many code pages, and then reads wrong for right passwords too', async () => {
    await addPerson(portal(), 'many@example.com')
    lane.meet('code')
    const address = '198.51.100.200'
    const answers: Reply[] = []
    for (let i = 0; i < 64; i++)
      answers.push(await typePassword(portal(), stranger(portal(), { address }), `many${i % 40}@nowhere.example`, 'x'))
    const over = [
      await typePassword(portal(), stranger(portal(), { address }), 'nobody@example.com', 'x'),
      await typePassword(portal(), stranger(portal(), { address }), 'many@example.com'),
    ]

    expect(new Set(answers.map(answer => answer.location))).toEqual(new Set(['/second-factor']))
    expect(plain(over[0] as Reply, 'nobody@example.com')).toEqual(plain(over[1] as Reply, 'many@example.com'))
    expect(over[0]?.status).toBe(422)
    expect(await heldOf('many@example.com')).not.toBeNull()
  })

  test('codes that an attacker used up close nothing that shows: the fifth ends the attempt as it ends a decoy', async () => {
    await addPerson(portal(), 'codes@example.com')
    lane.meet('code')
    const endOf = async (password: string) => {
      const visitor = stranger(portal())
      await typePassword(portal(), visitor, 'codes@example.com', password)
      const answers: string[] = []
      for (let i = 0; i < 5; i++) {
        const page = await codePage(visitor)
        const answer = await visitor.submit(page, { code: `00000${i}` })
        answers.push(`${answer.status} ${answer.location} ${/You have [^.]+/.exec(answer.body)?.[0]}`)
      }
      return answers
    }

    const decoy = await endOf('not the password')
    // The hour's budget of the account is 20.
    const attempts = [0, 1, 2, 3, 4, 5].map(() => goodPassword)
    for (const password of attempts) expect(await endOf(password)).toEqual(decoy)
  })
})

describe('a right password inside the attack', () => {
  test('holds the account and tells its owner once, however often and from wherever it is repeated', async () => {
    await addPerson(portal(), 'told@example.com')
    lane.meet('code')
    const visitors = Array.from({ length: 12 }, () => stranger(portal()))
    await Promise.all(visitors.map(visitor => typePassword(portal(), visitor, 'told@example.com')))
    lane.meet('refuse')
    await typePassword(portal(), stranger(portal()), 'told@example.com')
    lane.meet('none')
    await typePassword(portal(), stranger(portal()), 'told@example.com')

    const mails = await mailsTo(portal(), 'told@example.com')

    expect(await heldOf('told@example.com')).toMatchObject({ cause: 'threat:7' })
    expect(mails.map(mail => mail.subject)).toEqual([expect.stringMatching(/^Was this you\? [0-9]{6} is your/)])
    expect(mails[0]?.text).toContain(`${portal().portalOrigin}/reset`)
    expect(visitors.some(isIn)).toBe(false)
  })

  test('lets the owner in who stands at the door, with the code of that one mail; that releases the hold', async () => {
    const account = await addPerson(portal(), 'door@example.com')
    lane.meet('code')
    const owner = stranger(portal())
    await typePassword(portal(), owner, 'door@example.com')
    const [mail] = await mailsTo(portal(), 'door@example.com')

    const opened = await owner.submit(await codePage(owner), { code: codeIn(mail?.subject) })

    expect(opened.location).toBe('/account')
    expect(isIn(owner)).toBe(true)
    expect(await heldOf('door@example.com')).toBeNull()
    const events = (await portal().store.audit.list({ accountId: account.id, limit: 50 })).map(
      ({ entry }) => entry.event,
    )
    expect(events).toEqual(expect.arrayContaining(['account_held', 'hold_released', 'session_opened']))
  })

  test('whose owner comes later: a code is mailed when it is asked for, and not before', async () => {
    await addPerson(portal(), 'later@example.com')
    lane.meet('code')
    await typePassword(portal(), stranger(portal()), 'later@example.com')
    const owner = stranger(portal())
    await typePassword(portal(), owner, 'later@example.com')
    expect(await mailsTo(portal(), 'later@example.com')).toHaveLength(1)

    await owner.submit(await codePage(owner), { answer: 'send_code' })
    const mails = await mailsTo(portal(), 'later@example.com')
    const opened = await owner.submit(await codePage(owner), { code: codeIn(mails[1]?.subject) })

    expect(mails).toHaveLength(2)
    expect(opened.location).toBe('/account')
  })

  test('stays held when the attack is over: unknown devices need a mailed code, the owner’s own need none', async () => {
    await addPerson(portal(), 'after@example.com')
    lane.meet('none')
    const known = await signedIn(portal(), 'after@example.com')
    await known.post(`${portal().portalOrigin}/sign-out`, {})
    lane.meet('code')
    await typePassword(portal(), stranger(portal()), 'after@example.com')
    lane.meet('none')

    const unknown = stranger(portal())
    const asked = await typePassword(portal(), unknown, 'after@example.com')
    const wrong = await typePassword(portal(), stranger(portal()), 'after@example.com', 'not the password')
    const home = await typePassword(portal(), known, 'after@example.com')

    expect(asked.location).toBe('/second-factor')
    expect(isIn(unknown)).toBe(false)
    expect(wrong.status).toBe(422)
    expect(home.location).toBe('/account')
    expect(await heldOf('after@example.com')).not.toBeNull()
  })

  test('is refused without a difference when everything is refused, and the owner is told without a code', async () => {
    await addPerson(portal(), 'refused@example.com')
    lane.meet('refuse')
    const thief = stranger(portal())

    const right = await typePassword(portal(), thief, 'refused@example.com')
    const wrong = await typePassword(portal(), stranger(portal()), 'refused@example.com', 'not the password')
    const nobody = await typePassword(portal(), stranger(portal()), 'nobody@example.com')
    await typePassword(portal(), stranger(portal()), 'refused@example.com')
    const mails = await untilMailed('refused@example.com')

    expect(plain(right, 'refused@example.com')).toEqual(plain(wrong, 'refused@example.com'))
    expect(plain(nobody, 'nobody@example.com')).toEqual(plain(wrong, 'refused@example.com'))
    expect(right.status).toBe(422)
    expect(attemptCookie(thief)).toBeUndefined()
    expect(mails).toHaveLength(1)
    expect(mails[0]?.subject).toBe('Somebody used your Sekisho password: was this you?')
    expect(mails[0]?.text).not.toMatch(/\b[0-9]{6}\b/)
  })

  test('is noticed also where a budget has closed: it reads as wrong, and its owner is told', async () => {
    await addPerson(portal(), 'closed@example.com')
    lane.meet('code')
    for (let i = 0; i < 12; i++) await typePassword(portal(), stranger(portal()), 'closed@example.com', `guess ${i}`)
    const thief = stranger(portal())

    await typePassword(portal(), thief, 'closed@example.com')
    const mails = await untilMailed('closed@example.com')

    expect(await portal().decoys.find(attemptCookie(thief) ?? '')).not.toBeNull()
    expect(await heldOf('closed@example.com')).not.toBeNull()
    expect(mails.map(mail => mail.subject)).toEqual(['Somebody used your Sekisho password: was this you?'])
  })

  test('of an account with a second factor is asked for that on the same page, and a mailed code does not replace it', async () => {
    await addPerson(portal(), 'factor@example.com')
    const app = await addApp(portal(), 'factor@example.com')
    lane.meet('code')
    const owner = stranger(portal())
    await typePassword(portal(), owner, 'factor@example.com')
    const mail = (await mailsTo(portal(), 'factor@example.com')).at(-1)

    const page = await codePage(owner)
    const opened = await owner.submit(page, { code: await app.code() })

    expect(page.heading).toBe('Confirm that it is you')
    expect(mail?.subject).toBe('Somebody used your Sekisho password: was this you?')
    expect(opened.location).toBe('/account')
    // The password is in wrong hands all the same, until it is changed.
    expect(await heldOf('factor@example.com')).not.toBeNull()
  })

  test('ends with a new password', async () => {
    const account = await addPerson(portal(), 'renewed@example.com')
    lane.meet('code')
    await typePassword(portal(), stranger(portal()), 'renewed@example.com')
    await portal().resets.requestTicket('renewed@example.com', {
      actor: { kind: 'system', id: 'test' },
      ...{ address: null, receipt: null, device: 'test' },
    })
    const mails = await mailsTo(portal(), 'renewed@example.com')
    const token = /\/reset\/([A-Za-z0-9_-]{16,})/.exec(mails[1]?.text ?? '')?.[1] ?? ''
    const chosen = 'nine slow herons over a paddy'
    const redeemed = await portal().resets.redeem(token, chosen, {
      actor: { kind: 'account', id: account.id },
      ...{ address: null, receipt: null, device: 'test' },
    })
    lane.meet('none')

    const owner = stranger(portal())
    const opened = await typePassword(portal(), owner, 'renewed@example.com', chosen)

    expect(redeemed.kind).toBe('done')
    expect(await heldOf('renewed@example.com')).toBeNull()
    expect(opened.location).toBe('/account')
  })
})

describe('known devices', () => {
  test.each(['slow', 'code', 'refuse'] as const)(
    'meet nothing of it while everybody else is met with %s',
    async caution => {
      const email = `home-${caution}@example.com`
      await addPerson(portal(), email)
      lane.meet('none')
      const known = await signedIn(portal(), email)
      await known.post(`${portal().portalOrigin}/sign-out`, {})
      lane.meet(caution, 4_000)

      const wrong = await typePassword(portal(), known, email, 'not the password')
      const opened = await typePassword(portal(), known, email)

      expect(wrong.status).toBe(422)
      expect(opened.location).toBe('/account')
      expect(await heldOf(email)).toBeNull()
    },
  )
})

describe('slow', () => {
  test('waits before the answer, for right and wrong passwords and for names that nobody has', async () => {
    await addPerson(portal(), 'slow@example.com')
    lane.meet('slow', 2_000)
    const before = lane.judged
    const done: string[] = []
    const tries = [
      ['right', 'slow@example.com', goodPassword],
      ['wrong', 'slow@example.com', 'not the password'],
      ['nobody', 'nobody@example.com', goodPassword],
    ].map(async ([name = '', email = '', password = '']) => {
      const answer = await typePassword(portal(), stranger(portal()), email, password)
      done.push(name)
      return answer
    })
    while (lane.judged < before + 3) await new Promise(setImmediate)
    // Others that take the same way have come back: whatever does not wait would have answered by now.
    lane.meet('none')
    for (let i = 0; i < 3; i++) await typePassword(portal(), stranger(portal()), 'nobody@example.com', 'x')
    expect(done).toEqual([])

    portal().clock.advance(2_000)
    const [right, wrong] = await Promise.all(tries)

    expect(right?.location).toBe('/account')
    expect(wrong?.status).toBe(422)
  })
})

/** What is not waited for by the answer is waited for here. */
async function untilMailed(email: string) {
  for (;;) {
    const mails = await mailsTo(portal(), email)
    if (mails.length > 0) return mails
    await new Promise(setImmediate)
  }
}
