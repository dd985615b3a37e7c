import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newestText, number, textsTo } from '../support/phone-people.ts'
import { tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const url = (path: string) => `${portal.portalOrigin}${path}`

async function signedIn(email: string, language = 'en'): Promise<PortalVisitor> {
  portal.clock.leap(3_600_000)
  const visitor = createPortalVisitor({ ...portal, port: portal.port, language })
  await visitor.follow(await tryPassword(portal, visitor, email))
  return visitor
}

/** Types the number and answers the page that asks for its code. */
async function enter(visitor: PortalVisitor, typed: string, path = '/account/phones/add') {
  const page = await visitor.follow(await visitor.get(url(path)))
  return visitor.follow(await visitor.submit(page, { number: typed }))
}

describe('a phone', () => {
  test('counts when its code has come back; its owner is told and offered backup codes', async () => {
    const account = await addPerson(portal, 'new@phones.example')
    const visitor = await signedIn('new@phones.example')

    const asked = await enter(visitor, '０９０ー１２３４ー５６７８')
    const before = (await accountOf(portal, account.email)).factors
    const added = await visitor.submit(asked, { code: await newestText(portal) })
    const offer = await visitor.follow(added)
    const made = await visitor.submit(offer, {})

    expect(asked.heading).toBe('Enter the code')
    expect(asked.body).not.toContain(number)
    expect(before).toEqual([])
    const { factors } = await accountOf(portal, account.email)
    expect(factors.map(({ kind, spare }) => `${kind} ${spare}`).toSorted()).toEqual([
      'backup_code false',
      'sms_code false',
    ])
    expect(JSON.stringify(factors)).not.toContain('9012345678')
    const codes = made.body.match(/<code>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})<\/code>/g) ?? []
    expect(new Set(codes).size).toBe(10)
    expect(made.headers['cache-control']).toContain('no-store')
    await portal.deliver()
    const mails = portal.mailbox.list().filter(mail => mail.to === account.email)
    expect(mails.map(mail => mail.subject)).toEqual(
      expect.arrayContaining([
        'A second factor was added to your Sekisho account',
        'New backup codes for your Sekisho account',
      ]),
    )
    // Shown once: the page knows them no more.
    expect((await visitor.get(url('/account/backup-codes'))).body).not.toMatch(/<code>/)
  })

  test('that the person does not have is not added: five wrong codes, and the number begins anew', async () => {
    await addPerson(portal, 'wrong@phones.example')
    const visitor = await signedIn('wrong@phones.example')
    const asked = await enter(visitor, number)
    const right = await newestText(portal)
    for (let i = 0; i < 5; i++) await visitor.submit(asked, { code: right === '000000' ? '111111' : '000000' })

    const late = await visitor.submit(asked, { code: right })

    expect(late.status).toBe(422)
    expect(late.heading).toBe('Add a phone')
    expect((await accountOf(portal, 'wrong@phones.example')).factors).toEqual([])
  })

  test.each([
    ['', 'Enter the whole phone number'],
    ['12345', 'Enter the whole phone number'],
    ['+81 3 1234 5678', 'We cannot send text messages to this number'],
    ['+1 876 555 0100', 'We cannot send text messages to this number'],
    ['+882 13 300 0000', 'We cannot send text messages to this number'],
    ['+33 6 12 34 56 78', 'We cannot send text messages to this number'],
  ])('written as "%s" is refused in words, and what was typed stays', async (typed, words) => {
    const email = `typed${typed.replace(/[^0-9]/g, '')}@phones.example`
    await addPerson(portal, email)
    const visitor = await signedIn(email)
    const page = await enter(visitor, typed)

    expect(page.status).toBe(422)
    expect(page.body).toContain(words)
    expect(page.body).toContain(`value="${typed}"`)
  })

  test('beyond what messages may cost the page is the same, and nothing is sent', async () => {
    await addPerson(portal, 'costly@phones.example')
    const visitor = await signedIn('costly@phones.example')
    const pages: string[] = []
    for (let i = 0; i < 7; i++) pages.push((await enter(visitor, '+447700900123')).body)
    await portal.deliver()

    expect(new Set(pages).size).toBe(1)
    expect(textsTo(portal, '+447700900123')).toBe(5)
  })

  test('as a spare one is offered beside a factor, and leaves with the last', async () => {
    await addPerson(portal, 'spare@phones.example')
    const app = await addApp(portal, 'spare@phones.example')
    portal.clock.leap(3_600_000)
    const visitor = createPortalVisitor(portal)
    const page = await visitor.follow(await tryPassword(portal, visitor, 'spare@phones.example'))
    await visitor.submit(page, { code: await app.code() })
    const asked = await enter(visitor, number, '/account/phones/add?spare=1')
    const added = await visitor.submit(asked, { code: await newestText(portal) })
    const { factors } = await accountOf(portal, 'spare@phones.example')
    const question = await visitor.get(url(`/account/factors/remove?factor=${factors.find(each => !each.spare)?.id}`))
    await visitor.submit(question, { factor: factors.find(each => !each.spare)?.id ?? '' })

    expect(added.location).toBe('/account?said=factor_added')
    expect(factors).toHaveLength(2)
    expect(question.body).toContain('backup codes and spare phones go with it')
    expect((await accountOf(portal, 'spare@phones.example')).factors).toEqual([])
  })

  test('is nothing for people with single sign-on, on no page', async () => {
    const organization = await addOrganization(portal, 'Sso', { sso: { required: true, breakGlassEmails: [] } })
    const account = await addPerson(portal, 'who@sso.example', { organization })
    const by = { actor: { kind: 'operator', id: 'test' }, address: null, receipt: null, device: 'test' } as const
    const parsed = portal.phones.parse(number)
    if (parsed.kind !== 'number') throw new Error(parsed.kind)
    const beginning = { account, subject: 's', number: parsed.number, spare: false, send: true, by }

    expect(await portal.phones.begin(beginning)).toBe(false)
    expect(await portal.backupCodes.make(account, by)).toBeNull()
    expect(await portal.phones.pending('s')).toBeNull()
  })
})

test('what a session adds can be taken back: each change names the session that made it', async () => {
  const account = await addPerson(portal, 'undo@phones.example')
  const visitor = await signedIn('undo@phones.example')
  const asked = await enter(visitor, number)
  await visitor.follow(await visitor.submit(asked, { code: await newestText(portal) }))
  await visitor.post(url('/account/backup-codes'), {})
  const [session] = await portal.sessionBook.listOf(account.id)
  if (session === undefined) throw new Error('no session')

  const changes = await portal.store.reportLinks.changesOf(account.id, session.rootId)

  expect(changes.map(({ kind }) => kind)).toEqual(['factor_added', 'factor_added'])
})

test('all of it is there in Japanese', async () => {
  await addPerson(portal, 'ja@phones.example', { language: 'ja' })
  const visitor = await signedIn('ja@phones.example', 'ja')
  const asked = await enter(visitor, '090-1234-5678')
  const offer = await visitor.follow(await visitor.submit(asked, { code: await newestText(portal) }))
  expect([asked.heading, offer.heading]).toEqual(['コードを入力', 'バックアップコード'])
})
