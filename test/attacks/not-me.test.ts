import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import type { Organization } from '../../src/people/organization.ts'
import { aboutAccount, auditOf } from '../../src/people/origin.ts'
import { tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addOrganization, addPerson, goodPassword, openRules } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'

// "This was not me" and "put my address back", as an attacker and as a mail scanner meet them.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal({ productName: 'Sekisho' })
})
afterAll(() => portal[Symbol.asyncDispose]())

let turn = 0
function someone(about: { address?: string; language?: string } = {}): PortalVisitor {
  turn += 1
  return createPortalVisitor({ port: portal.port, address: `198.51.100.${turn}`, ...about })
}

async function mailTo(email: string, path: 'not-me' | 'put-back' | 'reset'): Promise<string> {
  await portal.deliver()
  const mail = portal.mailbox.list().find(each => each.to === email && each.text.includes(`/${path}/`))
  return new RegExp(`http://auth\\.localhost:\\d+/${path}/[\\w-]+`).exec(mail?.text ?? '')?.[0] ?? 'none'
}

const mailsTo = (email: string) => portal.mailbox.list().filter(mail => mail.to === email)

/** The thief signs in; the owner has the mail about it. */
async function intruded(email: string, about: Parameters<typeof addPerson>[2] = {}) {
  await addPerson(portal, email, about)
  const thief = someone()
  await enter(thief, email, goodPassword)
  return { thief, link: await mailTo(email, 'not-me') }
}

async function enter(visitor: PortalVisitor, email: string, password: string): Promise<void> {
  const reply = await tryPassword(portal, visitor, email, password)
  if (reply.location !== '/account') throw new Error(`not in: ${reply.status} ${reply.heading} ${reply.location}`)
}

const isIn = async (visitor: PortalVisitor) => (await visitor.get(`${portal.portalOrigin}/account`)).status === 200
const press = async (visitor: PortalVisitor, link: string): Promise<Reply> => {
  const page = await visitor.follow(await visitor.get(link))
  return visitor.submit(page, {}, { action: '/not-me' })
}
const present = (email: string) => accountOf(portal, email)

describe('a link that says "this was not me"', () => {
  test('does nothing when something opens it: a scanner, a prefetch, a HEAD, many times', async () => {
    const { thief, link } = await intruded('scanned@not-me.example')
    const scanner = someone()
    for (const method of ['GET', 'HEAD', 'GET'])
      for (const headers of [{ Purpose: 'prefetch', 'Sec-Purpose': 'prefetch' }, {}])
        await scanner.follow(await scanner.get(link, { method, headers }))

    expect(await isIn(thief)).toBe(true)
    expect((await present('scanned@not-me.example')).reset).toBeNull()
    expect((await press(someone(), link)).heading).toBe('Done')
    expect(await isIn(thief)).toBe(false)
  })

  test('leaves the address at once: no referrer, nothing in the page, a cookie that scripts cannot read', async () => {
    const { link } = await intruded('referrer@not-me.example')
    const token = link.split('/').at(-1) ?? 'none'

    const opened = await someone().get(link)

    expect(opened).toMatchObject({ status: 303, location: '/not-me' })
    expect(opened.headers['referrer-policy']).toBe('no-referrer')
    expect(opened.setCookies.join()).toMatch(/HttpOnly; SameSite=Lax/)
    const visitor = someone()
    const page = await visitor.follow(await visitor.get(link))
    expect(page.body).not.toContain(token)
    expect(page.body).not.toContain('<script>')
  })

  test('acts for a page of our own alone: a foreign page that posts the form does nothing', async () => {
    const { thief, link } = await intruded('foreign@not-me.example')
    const owner = someone()
    const page = await owner.follow(await owner.get(link))

    const forged = await owner.submit(
      page,
      {},
      {
        action: '/not-me',
        headers: { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      },
    )

    expect(forged.status).toBe(403)
    expect(await isIn(thief)).toBe(true)
  })

  test('is pressed for what its page has shown: another link that comes into the browser meanwhile is not', async () => {
    const first = await intruded('first@not-me.example')
    const second = await intruded('second@not-me.example')
    const owner = someone()
    const page = await owner.follow(await owner.get(first.link))
    await owner.get(second.link)

    await owner.submit(page, {}, { action: '/not-me' })

    expect(await isIn(second.thief)).toBe(true)
    expect((await present('second@not-me.example')).reset).toBeNull()
  })

  test('pressed fifty times at once acts once, and mails once', async () => {
    const { link } = await intruded('race@not-me.example')
    const owners = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const owner = someone({ address: '203.0.113.50' })
        return { owner, page: await owner.follow(await owner.get(link)) }
      }),
    )
    const before = (await portal.store.outbox.list('all', 1000)).length

    const replies = await Promise.all(owners.map(({ owner, page }) => owner.submit(page, {}, { action: '/not-me' })))

    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200))
    expect(replies.filter(({ body }) => body.includes('cut off'))).toHaveLength(1)
    expect((await portal.store.outbox.list('all', 1000)).length - before).toBe(1)
    const { id } = await present('race@not-me.example')
    const rows = await portal.store.audit.list({ accountId: id, limit: 100 })
    expect(rows.filter(({ entry }) => entry.event === 'intrusion_reported')).toHaveLength(1)
  })

  test('works once: who opens it again reads that it is done', async () => {
    const { link } = await intruded('twice@not-me.example')
    await press(someone(), link)

    const visitor = someone()
    const page = await visitor.follow(await visitor.get(link))

    expect(page.body).toContain('This was done already.')
    expect(page.forms.some(({ action }) => action === '/not-me')).toBe(false)
  })

  test('a guessed, a cut and an old link say in plain words what else helps', async () => {
    const { link } = await intruded('old@not-me.example')
    const visitor = someone()
    const guessed = await visitor.follow(await visitor.get(`${portal.portalOrigin}/not-me/${'A'.repeat(43)}`))
    expect(guessed).toMatchObject({ status: 410, heading: 'This link does not work any more' })
    expect(guessed.body).toContain('href="/reset"')
    portal.clock.leap(14 * 86_400_000)

    const late = someone()
    const old = await late.follow(await late.get(link))

    expect(old.status).toBe(410)
    expect((await present('old@not-me.example')).reset).toBeNull()
  })

  test('flags the account since that sign-in: the ticket is mailed, the old password opens nothing, the owner comes back by the mail', async () => {
    const { thief, link } = await intruded('whole@not-me.example')
    const openedAt = portal.clock.now()

    const done = await press(someone(), link)

    expect(done.body).toContain('whole@not-me.example')
    const { reset } = await present('whole@not-me.example')
    expect(reset?.since).toBeLessThanOrEqual(openedAt)
    expect(await isIn(thief)).toBe(false)
    const again = someone()
    await tryPassword(portal, again, 'whole@not-me.example', goodPassword)
    expect(await isIn(again)).toBe(false)
    const ticket = await mailTo('whole@not-me.example', 'reset')
    const owner = someone()
    const choose = await owner.follow(await owner.get(ticket))
    await owner.submit(choose, { password: 'seven slow boats under the bridge' })
    expect((await present('whole@not-me.example')).reset).toBeNull()
  })

  test('a thief with the session cannot void it: not by changing the address, the language, the password, or by signing out', async () => {
    const email = 'held@not-me.example'
    const { thief, link } = await intruded(email)
    await changeAddress(thief, 'thief@not-me.example')
    await thief.submit(
      await thief.get(`${portal.portalOrigin}/account`),
      { language: 'ja' },
      { action: '/account/language' },
    )
    await thief.submit(await thief.get(`${portal.portalOrigin}/account`), {}, { action: '/sign-out' })

    const done = await press(someone(), link)

    expect(done.body).toContain('cut off')
    const account = await present(email)
    expect(account).toMatchObject({ email, language: 'en', formerEmail: null })
    expect(account.reset).not.toBeNull()
    await portal.deliver()
    const [mail] = mailsTo(email)
    expect(mail?.text).toContain('/reset/')
    expect(mail?.text).toContain('the e-mail address is back')
    expect(mailsTo('thief@not-me.example').filter(({ text }) => text.includes('/reset/'))).toEqual([])
  })

  test('a device that was reported is never known again, whatever its holder does', async () => {
    const email = 'device@not-me.example'
    const { thief, link } = await intruded(email)
    await press(someone(), link)
    const owner = someone()
    const choose = await owner.follow(await owner.get(await mailTo(email, 'reset')))
    const next = 'seven slow boats under the bridge'
    await owner.submit(choose, { password: next })

    // They have learnt the new password as well, and use the same browser, twice.
    for (let i = 0; i < 2; i++) {
      thief.jar.get('auth.localhost')?.delete('sekisho') // signed out; the cookie of the device stays
      await enter(thief, email, next)
      await portal.deliver()
    }

    const told = mailsTo(email).filter(({ text }) => text.includes('/not-me/'))
    expect(told).toHaveLength(3)
  })

  test('an account of a provider has its sessions ended, and never gets a flag or a ticket', async () => {
    const organization = await addOrganization(portal, 'Gone-sso')
    const email = 'sso@not-me.example'
    const { thief, link } = await intruded(email, { organization })
    await requireSso(organization)

    const reader = someone()
    const page = await reader.follow(await reader.get(link))
    const done = await press(someone(), link)

    expect(page.body).not.toContain('you choose a new one')
    expect(done.body).toContain('single sign-on')
    expect(await isIn(thief)).toBe(false)
    expect((await present(email)).reset).toBeNull()
    await portal.deliver()
    expect(mailsTo(email).filter(({ text }) => text.includes('/reset/'))).toEqual([])
  })

  test('is not stopped by the networks of the organization: the owner may be anywhere', async () => {
    const networks = [{ network: '198.51.100.0/24', comment: 'office' }]
    const organization = await addOrganization(portal, 'Walled', { networks, networksMode: 'enforce' })
    const { thief, link } = await intruded('walled@not-me.example', { organization })

    const done = await press(someone({ address: '203.0.113.77' }), link)

    expect(done.body).toContain('cut off')
    expect(await isIn(thief)).toBe(false)
  })

  test('tells the administrators of the organization, and nobody of another', async () => {
    const organization = await addOrganization(portal, 'Told')
    await addPerson(portal, 'admin@told.example', { organization, language: 'ja' })
    const admin = await present('admin@told.example')
    await portal.store.accounts.setRoles(admin.id, ['administrator'], {
      audit: auditOf('account_roles_changed', aboutAccount(admin), operator, portal.clock.now()),
      notices: [],
    })
    await addPerson(portal, 'colleague@told.example', { organization })
    const { link } = await intruded('victim@told.example', { organization })

    await press(someone(), link)

    await portal.deliver()
    expect(
      mailsTo('admin@told.example')
        .map(({ subject }) => subject)
        .join(),
    ).toContain('身に覚えのないログインを報告しました')
    expect(mailsTo('colleague@told.example')).toEqual([])
  })
})

describe('a change of address', () => {
  test('is proved by the new mailbox, told to both, and taken back from the old one by one button', async () => {
    const email = 'mover@change.example'
    await addPerson(portal, email)
    const thief = someone()
    await enter(thief, email, goodPassword)
    await changeAddress(thief, 'moved@change.example')
    expect((await present('moved@change.example')).formerEmail?.email).toBe(email)

    const link = await mailTo(email, 'put-back')
    const scanner = someone()
    await scanner.follow(await scanner.get(link))
    expect((await present('moved@change.example')).email).toBe('moved@change.example')
    const done = await press(someone(), link)

    expect(done.body).toContain('was put back')
    const account = await present(email)
    expect(account.formerEmail).toBeNull()
    expect(account.reset).not.toBeNull()
    expect(await isIn(thief)).toBe(false)
    expect(mailsTo('moved@change.example').some(({ text }) => text.includes('/put-back/'))).toBe(false)
    expect(await mailTo(email, 'reset')).toContain('/reset/')
  })

  test('who changes it twice does not shake the owner off', async () => {
    const email = 'twice@change.example'
    await addPerson(portal, email)
    const thief = someone()
    await enter(thief, email, goodPassword)
    await changeAddress(thief, 'once@change.example')
    await changeAddress(thief, 'again@change.example')

    expect((await present('again@change.example')).formerEmail?.email).toBe(email)
    await press(someone(), await mailTo(email, 'put-back'))

    expect((await present(email)).formerEmail).toBeNull()
  })

  test('is put back without a flag where single sign-on came meanwhile: no ticket would lead out of one', async () => {
    const organization = await addOrganization(portal, 'Late-sso')
    const email = 'late@change.example'
    await addPerson(portal, email, { organization })
    const thief = someone()
    await enter(thief, email, goodPassword)
    await changeAddress(thief, 'later@change.example')
    const link = await mailTo(email, 'put-back')
    await requireSso(organization)

    const done = await press(someone(), link)

    expect(done.body).toContain('was put back')
    expect(await present(email)).toMatchObject({ email, reset: null })
    expect(await isIn(thief)).toBe(false)
    expect(mailsTo(email).filter(({ text }) => text.includes('/reset/'))).toEqual([])
  })

  test('never tells that an address has an account: the same pages, one mail, and its owner hears of it', async () => {
    await addPerson(portal, 'asker@change.example')
    await addPerson(portal, 'owner@change.example', { name: 'Owner' })
    const visitor = someone()
    await enter(visitor, 'asker@change.example', goodPassword)
    const ask = async (email: string) => {
      const form = await visitor.get(`${portal.portalOrigin}/account/email`)
      return visitor.follow(await visitor.submit(form, { email }))
    }
    const plain = (reply: Reply, email: string) => reply.body.replaceAll(email, 'EMAIL')

    const free = await ask('free@change.example')
    const wrongFree = await visitor.submit(free, { code: '000000' })
    const taken = await ask('owner@change.example')
    const wrongTaken = await visitor.submit(taken, { code: '000000' })

    expect(plain(taken, 'owner@change.example')).toBe(plain(free, 'free@change.example'))
    expect(plain(wrongTaken, 'owner@change.example')).toBe(plain(wrongFree, 'free@change.example'))
    await portal.deliver()
    expect(mailsTo('owner@change.example').map(({ subject }) => subject)).toEqual([
      'Somebody entered your address at Sekisho',
    ])
    expect(mailsTo('owner@change.example')[0]?.text).not.toMatch(/\b\d{6}\b/)
  })

  test('five wrong codes end it; the right one is then worth nothing', async () => {
    await addPerson(portal, 'guess@change.example')
    const visitor = someone()
    await enter(visitor, 'guess@change.example', goodPassword)
    const form = await visitor.get(`${portal.portalOrigin}/account/email`)
    let page = await visitor.follow(await visitor.submit(form, { email: 'guessed@change.example' }))
    await portal.deliver()
    const code = /\b(\d{6})\b/.exec(mailsTo('guessed@change.example')[0]?.subject ?? '')?.[1] ?? 'none'
    const confirm = `${portal.portalOrigin}/account/email/confirm`

    for (let i = 0; i < 5; i++) page = await visitor.post(confirm, { code: code === '111111' ? '222222' : '111111' })
    page = await visitor.post(confirm, { code })

    expect(page.status).toBe(422)
    expect((await present('guess@change.example')).email).toBe('guess@change.example')
  })

  test('asks for a fresh proof: a stolen cookie is not enough', async () => {
    await addPerson(portal, 'stale@change.example')
    const visitor = someone()
    await enter(visitor, 'stale@change.example', goodPassword)
    portal.clock.leap(11 * 60_000)

    for (const path of ['/account/email', '/account/email/confirm']) {
      expect((await visitor.get(`${portal.portalOrigin}${path}`)).location).toContain('/prove-again')
      const posted = await visitor.post(`${portal.portalOrigin}${path}`, { email: 'x@change.example', code: '123456' })
      expect(posted.location).toContain('/prove-again')
    }
  })

  test('is the organization’s business where single sign-on is: no page, no code', async () => {
    const organization = await addOrganization(portal, 'Change-sso')
    await addPerson(portal, 'sso@change.example', { organization })
    const account = await present('sso@change.example')
    await requireSso(organization)
    const after = (await portal.store.accounts.find(account.id)) as Account // because it is there

    expect((await portal.emailChange.judge(after, 'x@change.example')).kind).toBe('managed')
  })
})

async function changeAddress(visitor: PortalVisitor, to: string): Promise<void> {
  const form = await visitor.get(`${portal.portalOrigin}/account/email`)
  const page = await visitor.follow(await visitor.submit(form, { email: to }))
  await portal.deliver()
  const code = /\b(\d{6})\b/.exec(mailsTo(to)[0]?.subject ?? '')?.[1] ?? 'none'
  const done = await visitor.submit(page, { code })
  expect(done.location).toContain('email_changed')
}

async function requireSso(organization: Organization): Promise<void> {
  const rules = { ...openRules, sso: { required: true, breakGlassEmails: [] } }
  const about = { accountId: null, organizationId: organization.id }
  await portal.store.organizations.change(
    { ...organization, rules: { active: rules, previous: null, revertAt: null, confirmedAt: null } },
    { audit: auditOf('organization_changed', about, operator, portal.clock.now()), notices: [] },
  )
}
