import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { portalHost } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson, openRules } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'

let portal: PortalHarness
let acme: Awaited<ReturnType<typeof addOrganization>>
beforeAll(async () => {
  portal = await startPortal()
  acme = await addOrganization(portal, 'Acme', { emailedCodes: true })
})
afterAll(() => portal[Symbol.asyncDispose]())

let lastOctet = 1
/** Each from an address of its own: the budget of mails by address is not what is looked at here. */
const stranger = () => createPortalVisitor({ port: portal.port, address: `198.51.100.${lastOctet++}` })
const person = (email: string) => addPerson(portal, email, { organization: acme })

async function askCode(visitor: PortalVisitor, email: string, path = '/sign-in'): Promise<Reply> {
  const first = await visitor.follow(await visitor.get(`${path.startsWith('http') ? '' : portal.portalOrigin}${path}`))
  const second = await visitor.submit(first, { email })
  return visitor.submit(second, {}, { action: '/sign-in/code' })
}

async function mailedCode(email: string): Promise<string> {
  await portal.deliver()
  const code = mailsTo(email)
    .map(({ subject }) => /^(\d{6}) is your/.exec(subject)?.[1])
    .find(found => found !== undefined)
  if (code === undefined) throw new Error(`no code was mailed to ${email}`)
  return code
}

function mailsTo(email: string) {
  return portal.mailbox.list().filter(({ to, subject }) => to === email && /sign-in code/.test(subject))
}

describe('a mailed code in place of the password', () => {
  test('signs in, and brings the person to where they were going', async () => {
    await person('kei@example.com')
    const visitor = stranger()
    const page = await askCode(visitor, 'kei@example.com', `${portal.appOrigin}/rooms`)

    const reply = await visitor.submit(page, { code: await mailedCode('kei@example.com') })

    expect((await visitor.follow(reply)).body).toBe('app for kei@example.com at /rooms')
  })

  test('is good only where the organization allows it, also when it stops allowing it in between', async () => {
    const strict = await addOrganization(portal, 'Strict')
    await addPerson(portal, 'strict@example.com', { organization: strict })
    await addPerson(portal, 'alone@example.com')
    const changing = await addOrganization(portal, 'Changing', { emailedCodes: true })
    await addPerson(portal, 'changing@example.com', { organization: changing })
    for (const email of ['strict@example.com', 'alone@example.com']) await askCode(stranger(), email)
    const visitor = stranger()
    const page = await askCode(visitor, 'changing@example.com')
    const code = await mailedCode('changing@example.com')

    await portal.organizations.setRules(changing, openRules, operator)

    expect(mailsTo('strict@example.com')).toEqual([])
    expect(mailsTo('alone@example.com')).toEqual([])
    expect((await visitor.submit(page, { code })).status).toBe(422)
  })

  test('is one factor: the second is still asked for', async () => {
    await person('two@example.com')
    const app = await addApp(portal, 'two@example.com')
    const visitor = stranger()
    const page = await askCode(visitor, 'two@example.com')

    const next = await visitor.follow(await visitor.submit(page, { code: await mailedCode('two@example.com') }))

    expect(next.heading).toBe('Enter your code')
    expect((await visitor.submit(next, { code: await app.code() })).location).toBe('/account')
  })

  test('of one browser is nothing in another', async () => {
    await person('bound@example.com')
    const owner = stranger()
    const page = await askCode(owner, 'bound@example.com')
    const thief = stranger()
    const theirs = await askCode(thief, 'nobody-at-all@example.com')
    const code = await mailedCode('bound@example.com')

    expect((await thief.submit(theirs, { code, email: 'bound@example.com' })).status).toBe(422)
    expect((await stranger().submit(page, { code })).status).toBe(422)
    expect((await owner.submit(page, { code })).location).toBe('/account')
  })

  test('is for the name it was asked for', async () => {
    await person('asked@example.com')
    await person('another@example.com')
    const visitor = stranger()
    const page = await askCode(visitor, 'asked@example.com')
    const code = await mailedCode('asked@example.com')

    expect((await visitor.submit(page, { code, email: 'another@example.com' })).status).toBe(422)
    expect((await visitor.submit(page, { code })).location).toBe('/account')
  })

  test('works once, of fifty that bring it at once', async () => {
    await person('once@example.com')
    const visitor = stranger()
    const page = await askCode(visitor, 'once@example.com')
    const code = await mailedCode('once@example.com')
    const [, jar] = [...visitor.jar][0] ?? []

    const replies = await Promise.all(
      Array.from({ length: 50 }, () => {
        const same = createPortalVisitor({ port: portal.port, address: '198.51.100.200' })
        same.jar.set(portalHost, new Map(jar))
        return same.submit(page, { code })
      }),
    )

    expect(replies.filter(({ location }) => location === '/account')).toHaveLength(1)
    expect((await visitor.submit(page, { code })).status).toBe(422)
  })

  test('works for five minutes, and after five wrong ones no more', async () => {
    await person('late@example.com')
    await person('wrong@example.com')
    const late = stranger()
    const latePage = await askCode(late, 'late@example.com')
    const lateCode = await mailedCode('late@example.com')
    const wrong = stranger()
    const page = await askCode(wrong, 'wrong@example.com')
    const code = await mailedCode('wrong@example.com')
    const guess = String((Number(code) + 1) % 1_000_000).padStart(6, '0')
    for (let tries = 0; tries < 5; tries++) await wrong.submit(page, { code: guess })

    expect((await wrong.submit(page, { code })).status).toBe(422)
    portal.clock.leap(5 * 60_000)
    expect((await late.submit(latePage, { code: lateCode })).status).toBe(422)
  })

  test('that was asked for before a forced reset opens nothing after it', async () => {
    await person('reset-between@example.com')
    const visitor = stranger()
    const page = await askCode(visitor, 'reset-between@example.com')
    const code = await mailedCode('reset-between@example.com')
    await portal.resets.require(
      await accountOf(portal, 'reset-between@example.com'),
      { reason: 'x', since: null },
      operator,
    )

    expect((await visitor.submit(page, { code })).status).toBe(422)
  })

  test('is not mailed without end, and the page says what it always says', async () => {
    await person('flood@example.com')
    const pages: string[] = []
    for (let asked = 0; asked < 6; asked++) pages.push((await askCode(stranger(), 'flood@example.com')).body)
    await portal.deliver()

    expect(mailsTo('flood@example.com').length).toBe(3)
    expect(new Set(pages).size).toBe(1)
  })

  test('is in Japanese for who reads Japanese', async () => {
    await person('hanako@example.com')
    const visitor = createPortalVisitor({ port: portal.port, language: 'ja', address: '198.51.100.201' })

    const page = await askCode(visitor, 'hanako@example.com')

    expect(page.heading).toBe('メールをご確認ください')
  })
})

describe('asking for a code, and guessing one', () => {
  test('reads the same for every name: there, unknown, single sign-on, suspended, to be reset, invited, not allowed', async () => {
    const sso = await addOrganization(portal, 'Sso', {
      emailedCodes: true,
      sso: { required: true, breakGlassEmails: [] },
    })
    await person('there@example.com')
    await addPerson(portal, 'single@example.com', { organization: sso })
    await person('suspended@example.com')
    await portal.people.suspend(await accountOf(portal, 'suspended@example.com'), operator)
    await person('flagged@example.com')
    await portal.resets.require(await accountOf(portal, 'flagged@example.com'), { reason: 'x', since: null }, operator)
    await addPerson(portal, 'not-allowed@example.com')
    const names = ['there', 'unknown', 'single', 'suspended', 'flagged', 'not-allowed'].map(
      name => `${name}@example.com`,
    )

    const asked: string[] = []
    const guessed: string[] = []
    for (const email of names) {
      const visitor = stranger()
      const page = await askCode(visitor, email)
      asked.push(seen(page, email))
      guessed.push(seen(await visitor.submit(page, { code: '000000' }), email))
    }
    await portal.deliver()

    expect(new Set(asked).size).toBe(1)
    expect(new Set(guessed).size).toBe(1)
    expect(names.filter(email => mailsTo(email).length > 0)).toEqual(['there@example.com'])
  })

  test('leaves as many rows for a name that nobody has', async () => {
    await person('rows@example.com')
    const rows = async () => (await portal.store.audit.list({ limit: 1000 })).length
    const counts: number[] = []
    for (const email of ['rows@example.com', 'no-rows@example.com']) {
      const before = await rows()
      await askCode(stranger(), email)
      counts.push((await rows()) - before)
    }

    expect(counts).toEqual([1, 1])
  })

  test('comes to an end for guesses at one name from many browsers, and then reads like a wrong code', async () => {
    await person('guessed@example.com')
    const owner = stranger()
    const page = await askCode(owner, 'guessed@example.com')
    const code = await mailedCode('guessed@example.com')
    const guesses: Reply[] = []
    for (let guess = 0; guess < 14; guess++) {
      const attacker = stranger()
      const theirs = await askCode(attacker, 'guessed@example.com')
      guesses.push(await attacker.submit(theirs, { code: '000000' }))
    }

    const right = await owner.submit(page, { code })

    expect(right.status).toBe(422)
    expect(new Set([...guesses, right].map(({ body }) => body)).size).toBe(1)
  })
})

/** What an attacker sees, the name itself aside. */
function seen(reply: Reply, email: string): string {
  const names = Object.keys(reply.headers).sort().join()
  const cookies = reply.setCookies.map(line => line.replace(/=[^;]*/, '')).join()
  return [reply.status, names, cookies, reply.body.replaceAll(email, 'NAME')].join('\n')
}
