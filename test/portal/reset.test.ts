import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseEmail } from '../../src/people/email.ts'
import { portalHost, signedIn, tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const nextPassword = 'seven slow boats under the bridge'
let turn = 0

/** Each visitor comes from an address of its own, so that no budget of another test is met. */
function someone(): PortalVisitor {
  turn += 1
  return createPortalVisitor({ port: portal.port, address: `198.51.100.${turn}` })
}

async function ticketOf(email: string): Promise<string> {
  await portal.deliver()
  const mail = portal.mailbox.list().find(each => each.to === email && each.text.includes('/reset/'))
  return /(http:\/\/auth\.localhost:\d+\/reset\/[\w-]+)/.exec(mail?.text ?? '')?.[1] ?? 'none'
}

function keyOf(name: string) {
  const parsed = parseEmail(name)
  if (parsed === null) throw new Error(`${name} is no address`)
  return parsed.key
}

async function askFor(visitor: PortalVisitor, email: string): Promise<Reply> {
  return visitor.submit(await visitor.get(`${portal.portalOrigin}/reset`), { email })
}

describe('asking for a link', () => {
  test('the address that a mail brings is filled in, and nothing is sent by looking; whatever else stands there is not', async () => {
    await addPerson(portal, 'filled@ask.example')

    const page = await someone().get(`${portal.portalOrigin}/reset?email=filled%40ask.example`)
    const other = await someone().get(`${portal.portalOrigin}/reset?email=${encodeURIComponent('"><b>x</b>')}`)

    expect(page.body).toContain('value="filled@ask.example"')
    expect(other.body).not.toContain('x</b>')
    await portal.deliver()
    expect(portal.mailbox.list().map(mail => mail.to)).not.toContain('filled@ask.example')
  })

  test('reads the same for everyone: known, unknown, suspended, single sign-on', async () => {
    const sso = await addOrganization(portal, 'Provider', { sso: { required: true, breakGlassEmails: [] } })
    await addPerson(portal, 'known@ask.example')
    await addPerson(portal, 'sso@ask.example', { organization: sso })
    await addPerson(portal, 'suspended@ask.example')
    await portal.people.suspend(await accountOf(portal, 'suspended@ask.example'), operator)

    const known = await askFor(someone(), 'known@ask.example')
    for (const name of ['nobody', 'sso', 'suspended']) {
      const reply = await askFor(someone(), `${name}@ask.example`)
      expect(reply.body.replaceAll(`${name}@`, 'known@')).toBe(known.body)
      expect(reply.status).toBe(known.status)
      expect(Object.keys(reply.headers).sort()).toEqual(Object.keys(known.headers).sort())
    }
    await portal.deliver()
    const mailed = portal.mailbox.list().filter(mail => mail.text.includes('/reset/'))
    expect(mailed.map(mail => mail.to)).not.toContain('sso@ask.example')
    expect(mailed.map(mail => mail.to)).toContain('known@ask.example')
  })

  test('sends three mails an hour at most, and says the same as ever beyond that', async () => {
    await addPerson(portal, 'many@ask.example')
    const replies: Reply[] = []
    for (let i = 0; i < 6; i++) replies.push(await askFor(someone(), 'many@ask.example'))

    await portal.deliver()

    expect(portal.mailbox.list().filter(mail => mail.to === 'many@ask.example')).toHaveLength(3)
    expect(new Set(replies.map(reply => reply.body)).size).toBe(1)
  })

  test('an office behind one address is not kept waiting by a campaign: the links of its mails do not use the address up', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `office${i}@ask.example`)
    for (const name of names) await addPerson(portal, name)

    for (const name of names) {
      const mark = portal.mailedLinks.markFor(keyOf(name))
      const query = new URLSearchParams({ email: name, mark }).toString()
      const person = someone()
      await person.submit(await person.get(`${portal.portalOrigin}/reset?${query}`), {})
    }

    await portal.deliver()
    const mailed = new Set(portal.mailbox.list().map(mail => mail.to))
    expect(names.filter(name => !mailed.has(name))).toEqual([])
  })

  test('the mark of one name is none for another, and each name has three mails an hour by it', async () => {
    await addPerson(portal, 'marked@ask.example')
    const mark = portal.mailedLinks.markFor(keyOf('marked@ask.example'))
    const forged = portal.mailedLinks.markFor(keyOf('other@ask.example'))
    const ask = (text: string) =>
      someone().post(`${portal.portalOrigin}/reset`, { email: 'marked@ask.example', mark: text })

    for (let i = 0; i < 5; i++) await ask(forged)
    await portal.deliver()
    expect(portal.mailbox.list().filter(mail => mail.to === 'marked@ask.example')).toHaveLength(3)
    for (let i = 0; i < 5; i++) await ask(mark)
    await portal.deliver()
    expect(portal.mailbox.list().filter(mail => mail.to === 'marked@ask.example')).toHaveLength(6)
  })

  test('two addresses in one form are refused, in every spelling of two', async () => {
    for (const body of ['email=a%40x.example&email=b%40x.example', 'email[]=a%40x.example&email[]=b%40x.example']) {
      const reply = await someone().post(`${portal.portalOrigin}/reset`, body)
      expect(reply.status).toBe(422)
    }
    const list = await someone().post(`${portal.portalOrigin}/reset`, { email: 'a@x.example,b@x.example' })
    expect(list.status).toBe(422)
  })
})

describe('the link', () => {
  test('leaves the address at once, without a referrer, and neither a GET nor a HEAD uses it up', async () => {
    await addPerson(portal, 'scan@reset.example')
    await askFor(someone(), 'scan@reset.example')
    const link = await ticketOf('scan@reset.example')
    const scanner = someone()
    for (let i = 0; i < 3; i++) {
      await scanner.get(link, { method: 'HEAD' })
      await scanner.follow(await scanner.get(link))
    }
    const visitor = someone()

    const first = await visitor.get(link)
    const page = await visitor.follow(first)
    const done = await visitor.submit(page, { password: nextPassword })

    expect(first.status).toBe(303)
    expect(first.location).toBe('/reset/choose')
    expect(first.headers['referrer-policy']).toBe('no-referrer')
    expect(first.setCookies[0]).toMatch(/HttpOnly; SameSite=Lax/)
    expect(page.body).not.toContain(link.split('/').at(-1))
    expect(page.body).toContain('scan@reset.example')
    expect(done.location).toBe('/sign-in?said=reset')
  })

  test('works once: fifty at the same time make one new password', async () => {
    await addPerson(portal, 'race@reset.example')
    await askFor(someone(), 'race@reset.example')
    const visitor = someone()
    const page = await visitor.follow(await visitor.get(await ticketOf('race@reset.example')))
    const token = visitor.cookie(portalHost, 'sekisho-reset') ?? ''
    const rivals = Array.from({ length: 20 }, () => {
      const rival = someone()
      rival.jar.set(portalHost, new Map([['sekisho-reset', token]]))
      return rival
    })

    const replies = await Promise.all(
      rivals.map((rival, i) => rival.submit(page, { password: `${nextPassword} ${i}` })),
    )

    expect(replies.filter(reply => reply.location === '/sign-in?said=reset')).toHaveLength(1)
    expect(replies.filter(reply => reply.status === 410)).toHaveLength(19)
  })

  test('is dead after thirty minutes, and when it was never one; a newer one leaves it alone, and any use ends both', async () => {
    await addPerson(portal, 'old@reset.example')
    await askFor(someone(), 'old@reset.example')
    const first = await ticketOf('old@reset.example')
    await askFor(someone(), 'old@reset.example')
    const second = await ticketOf('old@reset.example')
    const opened = async (link: string) => {
      const visitor = someone()
      return visitor.follow(await visitor.get(link))
    }

    expect((await opened(first)).status).toBe(200)
    expect((await opened(second)).status).toBe(200)
    portal.clock.leap(30 * 60_000 + 1_000)
    expect((await opened(first)).status).toBe(410)
    expect((await opened(second)).status).toBe(410)
    await askFor(someone(), 'old@reset.example')
    const third = await ticketOf('old@reset.example')
    await askFor(someone(), 'old@reset.example')
    const visitor = someone()
    const page = await visitor.follow(await visitor.get(await ticketOf('old@reset.example')))
    expect((await visitor.submit(page, { password: nextPassword })).location).toBe('/sign-in?said=reset')
    expect((await opened(third)).status).toBe(410)
    expect((await opened(`${portal.portalOrigin}/reset/${'a'.repeat(32)}`)).status).toBe(410)
    expect((await opened(`${portal.portalOrigin}/reset/short`)).status).toBe(404)
  })

  test('explains what is wrong with a password, keeps no secret on the page, and stays valid', async () => {
    await addPerson(portal, 'weak@reset.example')
    await askFor(someone(), 'weak@reset.example')
    const visitor = someone()
    const page = await visitor.follow(await visitor.get(await ticketOf('weak@reset.example')))

    const weak = await visitor.submit(page, { password: 'short' })
    const same = await visitor.submit(weak, { password: goodPassword })
    const done = await visitor.submit(same, { password: nextPassword })

    expect(weak.status).toBe(422)
    expect(weak.body).toContain('Use at least 15 characters.')
    expect(weak.body).not.toContain('value="short"')
    expect(same.body).toContain('one of your last five')
    expect(done.location).toBe('/sign-in?said=reset')
  })
})

describe('a new password', () => {
  test('opens the account and ends every session; the old one opens nothing, the second factor is still asked', async () => {
    await addPerson(portal, 'whole@reset.example')
    const elsewhere = await signedIn(portal, 'whole@reset.example')
    const app = await addApp(portal, 'whole@reset.example')
    await askFor(someone(), 'whole@reset.example')
    const visitor = someone()
    const page = await visitor.follow(await visitor.get(await ticketOf('whole@reset.example')))
    await visitor.submit(page, { password: nextPassword })

    const old = await tryPassword(portal, someone(), 'whole@reset.example', goodPassword)
    const next = someone()
    const asked = await next.follow(await tryPassword(portal, next, 'whole@reset.example', nextPassword))
    const arrived = await next.submit(asked, { code: await app.code() })
    const dead = await elsewhere.get(`${portal.portalOrigin}/account`)

    expect(old.status).toBe(422)
    expect(asked.heading).toBe('Enter your code')
    expect(arrived.location).toBe('/account')
    expect(dead.location).toMatch(/^\/sign-in/)
  })
})

describe('a forced reset', () => {
  test('stops a live session at the next request, and the page it then sees mails the link again', async () => {
    await addPerson(portal, 'forced@reset.example')
    const visitor = await signedIn(portal, 'forced@reset.example', { address: '203.0.113.77' })
    await portal.resets.require(
      await accountOf(portal, 'forced@reset.example'),
      { reason: 'leak', since: null },
      operator,
    )

    const page = await visitor.get(`${portal.portalOrigin}/account`)
    const sent = await visitor.submit(page, {}, { action: '/reset' })
    const application = await visitor.follow(await visitor.get(`${portal.appOrigin}/`))
    await portal.deliver()

    expect(page.status).toBe(403)
    expect(page.heading).toBe('Your password has to be chosen anew')
    expect(sent.heading).toBe('Check your mail')
    expect(application.heading).toBe('Your password has to be chosen anew')
    const links = portal.mailbox
      .list()
      .filter(mail => mail.to === 'forced@reset.example' && mail.text.includes('/reset/'))
    expect(links.length).toBe(2)
  })
})
