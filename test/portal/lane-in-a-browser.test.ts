import { afterAll, beforeAll, expect } from 'vitest'
import { browserTest, type Person, screenshotEveryWidth } from '../support/browser.ts'
import { type LanePortal, mailsTo, startLane } from '../support/lane.ts'
import { addPerson, goodPassword } from '../support/portal-people.ts'

let lane: LanePortal
beforeAll(async () => {
  lane = await startLane()
  lane.meet('code')
})
afterAll(() => lane.portal[Symbol.asyncDispose]())

async function signIn({ page }: Person, email: string, password: string): Promise<void> {
  page.setDefaultTimeout(25_000)
  await page.goto(`${lane.portal.portalOrigin}/sign-in`)
  await page.fill('input[type=email]', email)
  await page.press('input[type=email]', 'Enter')
  await page.fill('input[name=password]', password)
  await page.press('input[name=password]', 'Enter')
  await page.waitForURL('**/second-factor')
}

for (const [locale, heading, suffix] of [
  ['en-US', 'Confirm that it is you', ''],
  ['ja-JP', 'ご本人の確認', '-ja'],
] as const)
  browserTest(
    `during an attack a person on a new device gets in with the mailed code (${locale})`,
    async ({ openPerson }) => {
      const email = `new${suffix}@example.com`
      await addPerson(lane.portal, email, { language: suffix === '' ? 'en' : 'ja' })
      const person = await openPerson({ locale })
      await signIn(person, email, goodPassword)
      expect(await person.page.textContent('h1')).toBe(heading)
      await screenshotEveryWidth(person.page, `lane${suffix}`)

      const [mail] = await mailsTo(lane.portal, email)
      await person.page.fill('input[name=code]', '000 000')
      await person.page.press('input[name=code]', 'Enter')
      await person.page.waitForSelector('[role=alert]')
      await screenshotEveryWidth(person.page, `lane-wrong-code${suffix}`)
      await person.page.fill('input[name=code]', /\b[0-9]{6}\b/.exec(mail?.subject ?? '')?.[0] ?? '')
      await person.page.press('input[name=code]', 'Enter')
      await person.page.waitForURL('**/account')

      expect(person.problems.filter(problem => !problem.includes('422'))).toEqual([])
    },
    90_000,
  )

browserTest('whoever mistypes during an attack sees the same page, and is told what to do', async ({ openPerson }) => {
  const person = await openPerson()
  await signIn(person, 'mistyped@example.com', 'not the password')

  await person.page.click('text=Send me a code')
  await person.page.waitForURL('**/second-factor?said=sent')
  await screenshotEveryWidth(person.page, 'lane-sent')
  await person.page.click('text=I cannot get a code')
  await screenshotEveryWidth(person.page, 'lane-help')

  expect(await person.page.textContent('main')).toContain('administrator')
})
