import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { browserTest, pictureEveryWidth } from '../support/browser.ts'
import { type LanePortal, mailsTo, startLane } from '../support/lane.ts'
import { lacksOf } from '../support/page-checks.ts'
import { addPhone, makeBackupCodes, newestText } from '../support/phone-people.ts'
import { operator, type PortalHarness } from '../support/portal-harness.ts'
import { addApp, addOrganization, addPerson, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'
import { addAuthenticator } from '../support/virtual-authenticator.ts'

// Every page that protects an account, and its mails, in both languages: labels, landmarks, names, focus, nothing that sticks out. The first
// tour (pages.test.ts) has the others. With SEKISHO_SCREENSHOTS=1 the pictures go to docs/images.

let lane: LanePortal
let portal: PortalHarness
beforeAll(async () => {
  lane = await startLane()
  portal = lane.portal
})
afterAll(() => portal[Symbol.asyncDispose]())

interface Tour {
  readonly page: Page
  readonly language: 'en' | 'ja'
  readonly email: (name: string) => string
  look(name: string): Promise<void>
  open(path: string): Promise<void>
  /** Presses the form's button that sends the field, and waits for the page that comes. */
  send(field: string): Promise<void>
  signIn(email: string): Promise<void>
}

const tours: Readonly<Record<string, (tour: Tour) => Promise<void>>> = {
  'the second factors': factors,
  'signing in without what one usually has': signInWays,
  'what was not me': reports,
  'an e-mail change and its way back': addressChange,
  'a hand-over': handOver,
  'a demanded factor': demanded,
}

for (const [language, locale] of [
  ['en', 'en-US'],
  ['ja', 'ja-JP'],
] as const)
  for (const [name, walk] of Object.entries(tours))
    browserTest(`${name}: its pages read well in ${language}`, { timeout: 240_000 }, async ({ openPerson }) => {
      const person = await openPerson({ name: language, locale })
      lane.meet('none')
      await walk(tourOf(person.page, language))
      const serious = person.problems.filter(problem => !/status of 4\d\d/.test(problem))
      expect(serious).toEqual([])
    })

function tourOf(page: Page, language: 'en' | 'ja'): Tour {
  page.setDefaultTimeout(30_000)
  const open = async (path: string) => {
    await page.goto(path.startsWith('http') ? path : `${portal.portalOrigin}${path}`)
  }
  const send = async (field: string) => {
    const button = page.locator(`main form:has([name=${field}]) button:not([type=button])`).first()
    await Promise.all([page.waitForEvent('domcontentloaded'), button.click()])
    await page.waitForLoadState()
  }
  return {
    page,
    language,
    open,
    send,
    email: name => `${name}@${language}.example`,
    async look(name) {
      expect(await page.locator('html').getAttribute('lang'), name).toBe(language)
      expect(await lacksOf(page), name).toEqual([])
      await pictureEveryWidth(page, `${name}-${language}`)
    },
    async signIn(email) {
      await open('/sign-in')
      await page.fill('#email', email)
      await send('email')
      await page.fill('#password', goodPassword)
      await send('password')
    },
  }
}

async function factors({ page, language, look, open, send, signIn, email }: Tour): Promise<void> {
  const mine = email('factors')
  await addPerson(portal, mine, { language, name: nameIn(language) })
  await addAuthenticator(page)
  await signIn(mine)
  await open('/account/passkeys/add')
  await look('passkey-add')
  await page.fill('#label', 'MacBook')
  await send('label')
  await page.waitForURL(/said=factor_added/)
  await look('backup-codes')
  await page.locator('form[action="/account/backup-codes"] button').click()
  await page.waitForSelector('ol.codes')
  await look('backup-codes-made')
  await open('/account/phones/add')
  await page.fill('#number', '12')
  await send('number')
  await look('phone-add-refused')
  await page.fill('#number', language === 'ja' ? '090-1234-5601' : '090-1234-5602')
  await send('number')
  await look('phone-confirm')
  await page.fill('#code', await newestText(portal, language === 'ja' ? '+819012345601' : '+819012345602'))
  await send('code')
  await open('/account/phones/add?spare=1')
  await look('phone-add-spare')
  await open('/account/password')
  await page.fill('#next', 'mondaytuesdaywednesday')
  await page.waitForSelector('.strength:not([hidden])')
  await look('password-meter')
  await open('/account')
  await look('account-protected')
}

async function signInWays({ page, language, look, open, send, signIn, email }: Tour): Promise<void> {
  const organization = await addOrganization(portal, `Mailing-${language}`, { emailedCodes: true })
  const mine = email('ways')
  await addPerson(portal, mine, { language, organization })
  await open('/sign-in')
  await page.fill('#email', mine)
  await send('email')
  await look('password-or-code')
  await page.locator('form[action="/sign-in/code"] button').click()
  await page.waitForSelector('#code')
  await look('sign-in-code')
  await pictureMail(page, mine, language, 'sign-in-code')
  await page.context().clearCookies()
  await addApp(portal, mine)
  const numbers = { en: '+819012345611', ja: '+819012345612' } as const
  await addPhone(portal, mine, { spare: true, to: numbers[language] as never }) // because the services parse what people type
  await makeBackupCodes(portal, mine)
  await signIn(mine)
  await open('/second-factor/help')
  await look('no-code')
  await page.context().clearCookies()
  lane.meet('code')
  await signIn(mine)
  await look('confirm')
  await page.fill('#code', '000000')
  await send('code')
  await look('confirm-wrong')
}

async function reports({ page, language, look, open, email }: Tour): Promise<void> {
  const mine = email('report')
  await addPerson(portal, mine, { language, name: nameIn(language) })
  await intrude(mine)
  await intrude(mine)
  const link = await linkTo(mine, 'not-me')
  await pictureMail(page, mine, language, 'not-me')
  await open(link)
  await look('not-me')
  await page.locator('form[action="/not-me"] button').click()
  await page.waitForSelector('[role=status]')
  await look('not-me-done')
  await pictureMail(page, mine, language, 'not-me-reset')
}

async function addressChange({ page, language, look, open, send, signIn, email }: Tour): Promise<void> {
  const mine = email('moves')
  const next = email('moved')
  await addPerson(portal, mine, { language, name: nameIn(language) })
  await signIn(mine)
  await open('/account/email')
  await page.fill('#email', next)
  await look('account-email')
  await send('email')
  await look('account-email-code')
  const [mail] = await mailsTo(portal, next)
  await page.fill('#code', /\b(\d{6})\b/.exec(mail?.subject ?? '')?.[1] ?? '')
  await send('code')
  const link = await linkTo(mine, 'put-back')
  await pictureMail(page, mine, language, 'put-back')
  await open(link)
  await look('put-back')
}

async function handOver({ page, language, look, open, send, signIn, email }: Tour): Promise<void> {
  const organization = await addOrganization(portal, `Acme-${language}`)
  const boss = await addPerson(portal, email('boss'), { organization, language, name: nameIn(language) })
  await portal.people.setRoles(boss, ['administrator'], operator)
  const lost = email('lost')
  await addPerson(portal, lost, { organization, language })
  await addApp(portal, lost)
  await signIn(boss.email)
  await open('/account')
  await look('account-administrator')
  await open('/admin/hand-over')
  await page.fill('[name=email]', boss.email)
  await send('email')
  await look('admin-hand-over-refused')
  await open('/admin/hand-over')
  await page.fill('[name=email]', lost)
  await page.fill('[name=reason]', language === 'ja' ? '本人に電話で確認' : 'Called on the known number')
  await look('admin-hand-over')
  await send('email')
  await look('admin-hand-over-issued')
  const code = (await page.textContent('.secret')) ?? ''
  await pictureMail(page, lost, language, 'hand-over')
  await page.context().clearCookies()
  await open('/reset/hand-over')
  await page.fill('[name=email]', lost)
  await page.fill('[name=code]', 'AAAAA-AAAAA-AAAAA-AAAAA')
  await send('code')
  await look('hand-over-wrong')
  await page.fill('[name=code]', code)
  await send('code')
  await look('hand-over-factor')
}

async function demanded({ page, language, look, open, send, signIn, email }: Tour): Promise<void> {
  const organization = await addOrganization(portal, `Demand-${language}`, { secondFactor: { roles: 'all', from: 0 } })
  await addPerson(portal, email('demand'), { organization, language })
  await signIn(email('demand'))
  await look('enrol')
  await open('/second-factor?said=phone')
  await look('enrol-phone')
  const last = language === 'ja' ? 1 : 2
  await page.fill('#number', `090-1234-562${last}`)
  await send('number')
  await look('enrol-phone-confirm')
  await page.fill('#code', await newestText(portal, `+8190123456 2${last}`.replace(' ', '')))
  await send('code')
  expect(page.url()).toContain('/account/backup-codes')
}

/** The newest mail to somebody, as a mail program shows it. */
async function pictureMail(page: Page, to: string, language: string, name: string): Promise<void> {
  const newest = (await mailsTo(portal, to)).findLast(({ html }) => html !== '')
  const program = await page.context().newPage()
  await program.setContent(newest?.html ?? '')
  expect(await program.locator('html').getAttribute('lang')).toBe(language)
  await pictureEveryWidth(program, `mail-${name}-${language}`)
  await program.close()
}

async function intrude(email: string): Promise<void> {
  const visitor = createPortalVisitor({ port: portal.port, address: '203.0.113.9' })
  const url = `${portal.portalOrigin}/sign-in`
  await visitor.post(url, { email, password: goodPassword })
}

async function linkTo(email: string, path: string): Promise<string> {
  const links = (await mailsTo(portal, email)).map(
    ({ text }) => new RegExp(`http://\\S+/${path}/[\\w-]+`).exec(text)?.[0],
  )
  return links.findLast(link => link !== undefined) ?? 'no link'
}

const nameIn = (language: 'en' | 'ja') => (language === 'ja' ? '佐藤 結衣' : 'Alice Duarte')
