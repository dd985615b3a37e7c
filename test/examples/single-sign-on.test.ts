import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { root } from '../house/sources.ts'
import { browserTest, screenshotEveryWidth } from '../support/browser.ts'
import { startForeignProgram } from '../support/foreign-program.ts'

// What a newcomer sees: `npm start`, its own command in a process of its own, and single sign-on in one click.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

interface Demo {
  readonly chat: string
  readonly portal: string
  readonly provider: string
}

const demoTest = browserTest.extend(
  'demo',
  { scope: 'file' },
  async ({ executable: _executable }, { onCleanup }): Promise<Demo> => {
    const folder = await mkdtemp(join(tmpdir(), 'sekisho-demo-test-'))
    const program = await startForeignProgram({
      command: process.execPath,
      words: ['src/main.ts', 'demo', '--port', '0', '--data', folder],
      folder: root,
      listening: /The chat +http:\/\/localhost:(\d+)[\s\S]*stop with Ctrl-C/,
    })
    onCleanup(async () => {
      await program[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    })
    const provider = /The provider +(\S+)/.exec(program.output())?.[1] ?? ''
    return { chat: `http://localhost:${program.port}`, portal: `http://auth.localhost:${program.port}`, provider }
  },
)

demoTest(
  'a newcomer opens the address of an organization, presses one button, and is signed in',
  async ({ openPerson, demo }) => {
    const { page, problems } = await openPerson({ locale: 'ja-JP' })

    await page.goto(`${demo.portal}/org/nagisa`)
    await page.waitForURL(url => url.origin === demo.provider)
    await screenshotEveryWidth(page, 'identity-provider')
    expect(await page.locator('h1').innerText()).toBe('どなたですか')
    await choose(page, 'hana@nagisa.example')
    await page.waitForURL(url => url.origin === demo.portal && !url.pathname.startsWith('/saml/'))

    await page.goto(demo.chat)
    await page.getByText('海野 花').first().waitFor()
    expect(new URL(page.url()).origin).toBe(demo.chat)
    expect(problems).toEqual([])
  },
)

demoTest(
  'an address of its domain leads there from the sign-in page, and back into the chat',
  async ({ openPerson, demo }) => {
    const { page, problems } = await openPerson()

    await signIn(page, demo, 'leo@nagisa.example')

    await page.getByText('Leo Marin').first().waitFor()
    expect(problems).toEqual([])
  },
)

demoTest('somebody whom only the provider knows gets an account', async ({ openPerson, demo }) => {
  const { page } = await openPerson()

  await signIn(page, demo, 'sora@nagisa.example')

  await page.getByText('Sora Lind').first().waitFor()
})

demoTest(
  'to prove anew that it is them, people are asked by the provider that remembers them',
  async ({ openPerson, demo }) => {
    const { page } = await openPerson()
    await signIn(page, demo, 'leo@nagisa.example')

    await page.goto(`${demo.portal}/saml/nagisa/start?prove=1`)
    await page.waitForURL(url => url.origin === demo.provider)
    expect(await page.locator('main').innerText()).toContain('still you')
    await choose(page, 'leo@nagisa.example')

    await page.waitForURL(`${demo.portal}/account`)
  },
)

demoTest('who signs out of the gateway is signed out of the provider', async ({ openPerson, demo }) => {
  const { page } = await openPerson()
  await signIn(page, demo, 'leo@nagisa.example')

  await page.goto(`${demo.portal}/account`)
  await page.locator('form[action="/sign-out"] button').first().click()
  // By way of the provider, which has confirmed it: the page that leads there is one of the portal's as well.
  await page.waitForURL(`${demo.portal}/sign-in?said=signed_out`)

  await page.goto(demo.provider)
  expect(await page.locator('h1').innerText()).toBe('Nobody is signed in')
})

demoTest('who signs out of the provider is signed out of the chat', async ({ openPerson, demo }) => {
  const { page, context } = await openPerson()
  await signIn(page, demo, 'leo@nagisa.example')
  const provider = await context.newPage()

  await provider.goto(demo.provider)
  await provider.getByRole('button', { name: 'Sign out everywhere' }).click()
  await provider.getByRole('heading', { name: 'You are signed out everywhere' }).waitFor()

  await page.goto(demo.chat)
  expect(new URL(page.url()).origin).toBe(demo.portal)
})

async function signIn(page: Page, demo: Demo, email: string): Promise<void> {
  await page.goto(demo.chat)
  await page.locator('input[name=email]').fill(email)
  await page.keyboard.press('Enter')
  await page.waitForURL(url => url.origin === demo.provider)
  await choose(page, email)
  await page.waitForURL(url => url.origin === demo.chat)
}

async function choose(page: Page, email: string): Promise<void> {
  await page.locator(`button[value="${email}"]`).click()
}
