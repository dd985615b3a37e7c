import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { browserTest, screenshotEveryWidth } from '../support/browser.ts'
import { startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { type Mail, type MailSink, startMailSink } from '../support/mail-sink.ts'
import { writeMmdb } from '../support/mmdb.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

// The whole gateway, a real mail server, a real browser: somebody else signs in, and the owner cuts them off from the mail.

let sink: MailSink
let gateway: TestGateway
beforeAll(async () => {
  sink = await startMailSink()
  gateway = await startGateway({
    upstream: 'http://127.0.0.1:9',
    policies: { routes: { kind: 'routes', routes: [] } },
    gateway: {
      mail: {
        transport: 'smtp',
        smtp: { host: 'localhost', port: sink.port, tls: 'off' },
        from: 'gate@example.com',
      },
      places: { files: ['city.mmdb'] },
      trustedProxies: { networks: ['127.0.0.1/32'] },
    },
    before: folder =>
      writeFileSync(
        join(folder, 'city.mmdb'),
        writeMmdb({
          '203.0.113.0/24': {
            country: { iso_code: 'JP', names: { en: 'Japan', ja: '日本' } },
            city: { names: { en: 'Osaka', ja: '大阪市' } },
          },
        }),
      ),
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await sink.close()
})

async function intrude(email: string): Promise<PortalVisitor> {
  const thief = createPortalVisitor({ port: gateway.port, address: '203.0.113.9' })
  const first = await thief.follow(await thief.get(`${gateway.portalOrigin}/sign-in`))
  const second = await thief.submit(first, { email })
  expect((await thief.submit(second, { password: testPassword })).location).toBe('/account')
  return thief
}

const linkIn = ({ text }: Mail, path: string) => new RegExp(`http://\\S+/${path}/[\\w-]+`).exec(text)?.[0] ?? 'none'
const mailTo = (email: string, part: string) =>
  sink.next(mail => mail.to.includes(email) && mail.text.includes(part), 20_000)

const cases = [
  {
    language: 'en',
    locale: 'en-US',
    email: 'owner-en@example.com',
    subject: 'New sign-in from Chrome on Windows',
    place: 'Osaka, Japan',
    title: 'Was this somebody else?',
    button: 'This was not me',
    done: 'That sign-in is cut off.',
    after: 'You reported a sign-in: choose a new password',
  },
  {
    language: 'ja',
    locale: 'ja-JP',
    email: 'owner-ja@example.com',
    subject: '【Sekisho】新しい端末からのログイン（Chrome on Windows）',
    place: '日本 大阪市',
    title: 'このログインに心当たりはありますか',
    button: '身に覚えがありません',
    done: 'そのログインを遮断しました。',
    after: '【Sekisho】報告を受け付けました。新しいパスワードを設定してください',
  },
] as const

for (const words of cases)
  browserTest(
    `${words.language}: the mail says where and when; a client that opens its link early changes nothing, the owner’s button cuts the thief off`,
    async ({ openPerson }) => {
      const { email, language, locale } = words
      await gateway.addPerson({ email, language, name: language === 'ja' ? '佐藤 葉子' : 'Hana Sato' })
      const thief = await intrude(email)
      const mail = await mailTo(email, '/not-me/')
      expect(mail.subject).toBe(words.subject)
      expect(mail.text).toContain(words.place)
      expect(mail.html).toContain(words.place)
      expect(mail.html).not.toMatch(/<img|src=/)
      const link = linkIn(mail, 'not-me')
      expect(mail.html).toContain(link)

      const scanner = await openPerson({ name: 'scanner', locale })
      await scanner.page.goto(link)
      await scanner.page.mouse.wheel(0, 500)
      await scanner.page.reload()
      await scanner.context.close()
      expect((await thief.get(`${gateway.portalOrigin}/account`)).status).toBe(200)

      const owner = await openPerson({ name: 'owner', locale })
      await owner.page.goto(link)
      expect(owner.page.url()).toBe(`${gateway.portalOrigin}/not-me`)
      expect(await owner.page.textContent('h1')).toBe(words.title)
      expect(await owner.page.textContent('main')).toContain(words.place)
      await screenshotEveryWidth(owner.page, `not-me-${language}`)
      await owner.page.getByRole('button', { name: words.button }).click()
      await owner.page.waitForSelector('[role=status]')
      expect(await owner.page.textContent('main')).toContain(words.done)
      await screenshotEveryWidth(owner.page, `not-me-done-${language}`)

      expect((await thief.get(`${gateway.portalOrigin}/account`)).status).not.toBe(200)
      const ticket = await mailTo(email, '/reset/')
      expect(ticket.subject).toBe(words.after)
      await owner.page.goto(linkIn(ticket, 'reset'))
      await owner.page.fill('#password', `${language} seven slow boats`)
      await owner.page.keyboard.press('Enter')
      await owner.page.waitForURL('**/sign-in?said=reset')
      expect(owner.problems).toEqual([])
    },
    120_000,
  )

browserTest(
  'the account page shows sessions, devices and sign-ins with their places; an address is changed and told to both',
  async ({ openPerson }) => {
    const email = 'lists@example.com'
    await gateway.addPerson({ email, name: 'Hana Sato' })
    await intrude(email)
    const { page, problems } = await openPerson()
    await page.goto(`${gateway.portalOrigin}/sign-in`)
    await page.fill('#email', email)
    await page.keyboard.press('Enter')
    await page.fill('#password', 'not the right one')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.errors')
    await page.fill('#password', testPassword)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/account')
    const text = (await page.textContent('main')) ?? ''
    expect(text).toContain('Recent sign-ins')
    expect(text.match(/Osaka, Japan/g)?.length).toBe(3)
    expect(text).toContain('Refused tries (1)')
    await screenshotEveryWidth(page, 'account-sign-ins')

    await page.getByRole('link', { name: 'Change the address' }).click()
    await page.fill('#email', 'lists-new@example.com')
    await screenshotEveryWidth(page, 'change-email')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#code')
    await screenshotEveryWidth(page, 'change-email-code')
    const code = /\b(\d{6})\b/.exec((await mailTo('lists-new@example.com', 'code')).subject)?.[1] ?? ''
    await page.fill('#code', code)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/account?said=email_changed')
    expect(await page.textContent('main')).toContain('lists@example.com can put the last change back until')

    const told = await mailTo(email, '/put-back/')
    expect(told.subject).toBe('The address of your Sekisho account was changed')
    await mailTo('lists-new@example.com', 'you need not do anything')
    const owner = await openPerson({ name: 'owner' })
    await owner.page.goto(linkIn(told, 'put-back'))
    await screenshotEveryWidth(owner.page, 'put-back')
    await owner.page.getByRole('button', { name: 'Put my address back' }).click()
    await owner.page.waitForSelector('[role=status]')
    await mailTo(email, '/reset/')
    // The browser reports the status of the wrong password.
    expect(problems.filter(problem => !problem.includes('Failed to load resource'))).toEqual([])
  },
  120_000,
)
