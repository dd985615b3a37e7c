import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import { isActive } from '../../src/people/directory.ts'
import { auditOf } from '../../src/people/origin.ts'
import { makeBackupCodes } from '../support/phone-people.ts'
import { tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson, createApp, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'

// A stolen cookie makes no sign-in that its owner could be told of. So the mail about each change in a session is the owner's way back.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal({ productName: 'Sekisho' })
})
afterAll(() => portal[Symbol.asyncDispose]())

const url = (path: string) => `${portal.portalOrigin}${path}`
const next = 'seven slow boats under the bridge'
const mailsTo = (email: string) => portal.mailbox.list().filter(mail => mail.to === email)

/** The newest mail with these words in its subject: its link, or none. */
async function linkIn(email: string, subject: string, path = 'not-me'): Promise<string> {
  await portal.deliver()
  const mail = mailsTo(email).find(each => each.subject.includes(subject))
  return new RegExp(`http://auth\\.localhost:\\d+/${path}/[\\w-]+`).exec(mail?.text ?? '')?.[0] ?? 'none'
}

async function press(link: string): Promise<Reply> {
  expect(link).toContain('http://')
  const owner = createPortalVisitor(portal)
  return owner.submit(await owner.follow(await owner.get(link)), {}, { action: '/not-me' })
}

/** The owner's own session, whose cookie the thief holds as well. */
async function stolen(email: string, about: Parameters<typeof addPerson>[2] = {}): Promise<PortalVisitor> {
  await addPerson(portal, email, about)
  const visitor = createPortalVisitor(portal)
  const reply = await tryPassword(portal, visitor, email)
  if (reply.location !== '/account') throw new Error(`not in: ${reply.status}`)
  return visitor
}

async function addAppInside(visitor: PortalVisitor) {
  return confirmApp(visitor, await visitor.get(url('/account/factors/add')))
}

async function confirmApp(visitor: PortalVisitor, form: Reply) {
  const secret = /<p class="secret">([A-Z2-7 ]+)<\/p>/.exec(form.body)?.[1]?.replaceAll(' ', '') ?? ''
  const app = createApp(secret, portal.clock)
  const answer = await visitor.submit(form, { code: await app.code() })
  if (answer.status !== 303) throw new Error(`${answer.status} ${answer.heading}`)
  return app
}

const approval = (id: Account['id']) =>
  auditOf('device_approved', { accountId: id, organizationId: null }, operator, portal.clock.now())
const idsOf = ({ factors }: Account) => factors.map(({ id }) => id).toSorted()
const activeOf = ({ factors }: Account) => factors.filter(({ setAsideAt }) => setAsideAt === null)
const isIn = async (visitor: PortalVisitor) => (await visitor.get(url('/account'))).status === 200

test('a password that was changed in a stolen session: its mail shuts the thief out and leads to a new one', async () => {
  const email = 'password@change-mails.example'
  const thief = await stolen(email)
  await thief.submit(await thief.get(url('/account/password')), { current: goodPassword, next })

  const link = await linkIn(email, 'password was changed')
  expect(await isIn(thief)).toBe(true)
  const done = await press(link)

  expect(done.body).toContain('cut off')
  expect(await isIn(thief)).toBe(false)
  expect((await accountOf(portal, email)).reset).not.toBeNull()
  expect(await linkIn(email, '', 'reset')).toContain('/reset/')
})

test('a factor that was added in a stolen session is taken away by its mail, whose link marks the device', async () => {
  const email = 'added@change-mails.example'
  const thief = await stolen(email)
  await addAppInside(thief)

  await press(await linkIn(email, 'second factor was added'))

  const account = await accountOf(portal, email)
  expect(account.factors).toEqual([])
  expect(await isIn(thief)).toBe(false)
  const devices = await portal.store.devices.listOf(account.id)
  expect(devices.map(({ reportedAt }) => reportedAt !== null)).toEqual([true])
})

test('a factor that was removed in a stolen session is back, with what stood in for it', async () => {
  const email = 'removed@change-mails.example'
  await addPerson(portal, email)
  const app = await addApp(portal, email)
  await makeBackupCodes(portal, email)
  const before = await accountOf(portal, email)
  const thief = createPortalVisitor(portal)
  await thief.submit(await thief.follow(await tryPassword(portal, thief, email)), { code: await app.code() })
  const page = await thief.get(url(`/account/factors/remove?factor=${before.factors.find(isActive)?.id}`))
  await thief.submit(page, {}, { action: '/account/factors/remove' })
  expect((await accountOf(portal, email)).factors).toEqual([])

  await press(await linkIn(email, 'second factor was removed'))

  expect(idsOf(await accountOf(portal, email))).toEqual(idsOf(before))
  expect(await portal.backupCodes.left(before)).toBe(10)
})

test('a set of backup codes that was made in a stolen session is void by its mail, and the former one is good again', async () => {
  const email = 'codes@change-mails.example'
  await addPerson(portal, email)
  const app = await addApp(portal, email)
  await makeBackupCodes(portal, email)
  const before = await accountOf(portal, email)
  const thief = createPortalVisitor(portal)
  await thief.submit(await thief.follow(await tryPassword(portal, thief, email)), { code: await app.code() })
  await thief.submit(await thief.get(url('/account/backup-codes')), {}, { action: '/account/backup-codes' })
  expect(idsOf(await accountOf(portal, email))).not.toEqual(idsOf(before))

  await press(await linkIn(email, 'New backup codes'))

  expect(idsOf(await accountOf(portal, email))).toEqual(idsOf(before))
})

test('who has moved the address gets the news of a change, and no way to undo what its owner does', async () => {
  const email = 'moved@change-mails.example'
  const thief = await stolen(email)
  const asked = await thief.follow(
    await thief.submit(await thief.get(url('/account/email')), { email: 'thief@change-mails.example' }),
  )
  await portal.deliver()
  const code = /\b\d{6}\b/.exec(mailsTo('thief@change-mails.example')[0]?.subject ?? '')?.[0] ?? ''
  await thief.submit(asked, { code })
  await addAppInside(thief)

  expect(await linkIn(email, 'second factor was added')).toContain('/not-me/')
  expect(await linkIn('thief@change-mails.example', 'second factor was added')).toBe('none')
})

test('a factor that was enrolled on the way in counts no more after its mail, also where its maker never came in', async () => {
  const organization = await addOrganization(portal, 'Enrols', {
    secondFactor: { roles: 'all', from: 0 },
    devices: 'approved',
  })
  const email = 'enrolled@change-mails.example'
  await addPerson(portal, email, { organization })
  const thief = createPortalVisitor(portal)
  await confirmApp(thief, await thief.follow(await tryPassword(portal, thief, email)))
  expect(activeOf(await accountOf(portal, email))).toHaveLength(1)
  expect(await isIn(thief)).toBe(false)

  await press(await linkIn(email, 'second factor was added'))

  const account = await accountOf(portal, email)
  expect(activeOf(account)).toEqual([])
  expect(account.reset).not.toBeNull()
})

test('nor after the mail about the sign-in that followed it', async () => {
  const organization = await addOrganization(portal, 'Enrols-slowly', {
    secondFactor: { roles: 'all', from: 0 },
    devices: 'approved',
  })
  const email = 'slowly@change-mails.example'
  await addPerson(portal, email, { organization })
  const thief = createPortalVisitor(portal)
  await confirmApp(thief, await thief.follow(await tryPassword(portal, thief, email)))
  const { id } = await accountOf(portal, email)
  portal.clock.leap(60_000)
  for (const { deviceId } of await portal.store.devices.listOf(id))
    await portal.store.devices.approve(id, deviceId, portal.clock.now(), { audit: approval(id), notices: [] })
  const waiting = await thief.get(url('/second-factor'))
  await thief.submit(waiting, {})
  expect(await isIn(thief)).toBe(true)

  await press(await linkIn(email, 'New sign-in'))

  expect(activeOf(await accountOf(portal, email))).toEqual([])
})

test('a factor that a stolen session takes back is told, and set aside again by the mail about it', async () => {
  const email = 'restored@change-mails.example'
  await addPerson(portal, email)
  const since = portal.clock.now()
  await addApp(portal, email)
  await portal.resets.require(await accountOf(portal, email), { reason: 'seen in a leak', since }, operator)
  const owner = createPortalVisitor(portal)
  await owner.submit(await owner.follow(await owner.get(await linkIn(email, '', 'reset'))), { password: next })
  portal.clock.leap(3_600_000) // long after the factor was added: the report's own time does not reach it
  const thief = createPortalVisitor(portal)
  await tryPassword(portal, thief, email, next)
  await thief.submit(await thief.get(url('/account')), {}, { action: '/account/factors/restore' })
  expect(activeOf(await accountOf(portal, email))).toHaveLength(1)

  await press(await linkIn(email, 'second factor was added'))

  const account = await accountOf(portal, email)
  expect([account.factors.length, activeOf(account).length]).toEqual([1, 0])
})

test('a factor that a thief adds in one session and removes in another does not come back by reporting both', async () => {
  const email = 'laundered@change-mails.example'
  const first = await stolen(email)
  const app = await addAppInside(first)
  const added = await linkIn(email, 'second factor was added')
  portal.clock.leap(3_600_000)
  const second = createPortalVisitor(portal)
  await second.submit(await second.follow(await tryPassword(portal, second, email)), { code: await app.code() })
  const [factor] = (await accountOf(portal, email)).factors
  await second.submit(await second.get(url(`/account/factors/remove?factor=${factor?.id}`)), {})
  const removed = await linkIn(email, 'second factor was removed')

  await press(added)
  const owner = createPortalVisitor(portal)
  await owner.submit(await owner.follow(await owner.get(await linkIn(email, '', 'reset'))), { password: next })
  await press(removed)

  expect(activeOf(await accountOf(portal, email))).toEqual([])
})
