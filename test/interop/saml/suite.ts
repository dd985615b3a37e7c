import type { Page } from 'playwright-core'
import { describe, expect, vi } from 'vitest'
import { browserTest, type Person } from '../../support/browser.ts'
import { findForeignProviders, type StartProvider } from './providers.ts'
import { mallory, type Stage, sitesOfTheirOwn, startStage, stranger } from './stage.ts'

export interface Interop {
  readonly name: string
  readonly start: StartProvider
  /** Whether a single logout that begins at the provider comes by this binding. */
  readonly logoutBy: readonly ('redirect' | 'post')[]
}

/** What must hold with every identity provider, tried in Chromium with one that nobody here wrote. */
export function interopSuite({ name, start, logoutBy }: Interop): void {
  // A provider, a gateway and a browser on a machine that does other things too.
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
  const found = findForeignProviders()
  const samlTest = browserTest
    .override('launchArguments', { scope: 'file' }, () => sitesOfTheirOwn)
    .extend('stage', { scope: 'file' }, async ({ executable: _executable }, { onCleanup }): Promise<Stage> => {
      const stage = await startStage(start)
      onCleanup(() => stage[Symbol.asyncDispose]())
      return stage
    })

  describe.skipIf(!found)(`single sign-on with ${name}`, () => {
    samlTest(
      'whoever is let in by the provider is let in, and is back where they were',
      async ({ openPerson, stage }) => {
        const { page, problems } = await openPerson()

        await page.goto(`${stage.app}/rooms/7?unread=1`)
        await typeAddress(page, stage, mallory.email)
        await stage.provider.signIn(page, mallory)
        await arrive(page, stage, `${stage.app}/rooms/7?unread=1`)

        expect(await claimsOn(page)).toMatchObject({ email: mallory.email, org: 'corp' })
        expect(ofOurs(problems, stage)).toEqual([])
      },
    )

    samlTest('the request by the POST binding leads in, too', async ({ openPerson, stage }) => {
      await setting(stage, 'requestBinding=post')
      const { page } = await openPerson()

      await page.goto(`${stage.app}/by-post`)
      await typeAddress(page, stage, mallory.email)
      await stage.provider.signIn(page, mallory)
      await arrive(page, stage, `${stage.app}/by-post`)

      expect(await claimsOn(page)).toMatchObject({ email: mallory.email })
      await setting(stage, 'requestBinding=redirect')
    })

    samlTest('two tabs that both began come back to where each of them was', async ({ openPerson, stage }) => {
      const { page, context } = await openPerson()
      const other = await context.newPage()
      await page.goto(`${stage.app}/first`)
      await typeAddress(page, stage, mallory.email)
      await page.waitForURL(`${stage.provider.origin}/**`)
      await other.goto(`${stage.app}/second`)
      await typeAddress(other, stage, mallory.email)
      await other.waitForURL(`${stage.provider.origin}/**`)

      await stage.provider.signIn(other, mallory)
      await arrive(other, stage, `${stage.app}/second`)
      await signInAgain(page, stage)
      await arrive(page, stage, `${stage.app}/first`)

      expect(await claimsOn(page)).toMatchObject({ email: mallory.email })
    })

    samlTest('a wrong password at the provider opens nothing here', async ({ openPerson, stage }) => {
      const { page, context } = await openPerson()

      await page.goto(`${stage.app}/`)
      await typeAddress(page, stage, mallory.email)
      await stage.provider.signIn(page, { ...mallory, password: 'not-this-one' })
      await page.locator('input[name=password]').waitFor()

      expect(await sessionCookies(context, stage)).toEqual([])
    })

    samlTest('somebody whom the provider knows and we do not is refused', async ({ openPerson, stage }) => {
      const { page, context } = await openPerson()

      await page.goto(`${stage.app}/`)
      await typeAddress(page, stage, stranger.email)
      await stage.provider.signIn(page, stranger)
      await page.waitForURL(`${stage.portal}/**`)

      expect(await page.locator('h1').innerText()).toBe('Sign-in did not work')
      expect(await sessionCookies(context, stage)).toEqual([])
      expect((await stage.gateway.cli('sso', 'show', 'corp')).out).toContain('nobody')
    })

    samlTest(
      'a page that wants a recent sign-in has the provider ask again, although it still knows the person',
      async ({ openPerson, stage }) => {
        const { page } = await openPerson()
        await signIn(page, stage)
        await page.goto(`${stage.app}/vault`)
        expect(await claimsOn(page)).toMatchObject({ email: mallory.email })

        stage.runAhead(61_000)
        await page.goto(`${stage.app}/vault`)
        await proveAgain(page, stage)
        await arrive(page, stage, `${stage.app}/vault`)

        expect(await claimsOn(page)).toMatchObject({ email: mallory.email })
        expect((await stage.gateway.cli('sso', 'show', 'corp')).out).toMatch(/prove_again +accepted +\S+ +-6\d{4} /)
        stage.runAhead(0)
      },
    )

    samlTest('signing out here signs out at the provider, too', async ({ openPerson, stage }) => {
      const { page } = await openPerson()
      await signIn(page, stage)

      await signOut(page, stage)

      await page.goto(`${stage.app}/`)
      await typeAddress(page, stage, mallory.email)
      await page.waitForURL(`${stage.provider.origin}/**`)
      await page.locator('input[name=password]').waitFor()
    })

    for (const binding of logoutBy)
      samlTest(
        `signing out at the provider (${binding}) ends the session here and cuts what is open`,
        async ({ openPerson, stage }) => {
          const { page, context } = await openPerson()
          await signIn(page, stage)
          const live = await openLive(page)
          const provider = await context.newPage()

          await provider.goto(stage.provider.logoutUrl[binding] ?? '')

          await expect.poll(() => live.ended(), { timeout: 20_000 }).toBe(true)
          await page.goto(`${stage.app}/`)
          expect(new URL(page.url()).origin).toBe(stage.portal)
        },
      )

    samlTest('a test sign-in shows what would happen and signs nobody in', async ({ openPerson, stage }) => {
      const { page, context } = await openPerson()
      const shown = await stage.gateway.cli('sso', 'test', 'corp')
      const address = /https:\/\/\S+/.exec(shown.out)?.[0] ?? shown.err

      await page.goto(address)
      await stage.provider.signIn(page, mallory)
      await page.waitForURL(`${stage.portal}/**`)

      expect(await page.locator('main').innerText()).toContain('The answer of the identity provider was accepted.')
      expect(await sessionCookies(context, stage)).toEqual([])
    })
  })
}

async function signIn(page: Page, stage: Stage): Promise<void> {
  await page.goto(`${stage.app}/`)
  await typeAddress(page, stage, mallory.email)
  await stage.provider.signIn(page, mallory)
  await arrive(page, stage, `${stage.app}/`)
}

/** The portal's first page; the domain of the address leads on. */
async function typeAddress(page: Page, stage: Stage, email: string): Promise<void> {
  await page.waitForURL(url => url.origin === stage.portal)
  await page.locator('input[name=email]').fill(email)
  await page.keyboard.press('Enter')
}

/** In a tab that stands at the provider's sign-in page since before: some of them want the password, some know the person by now. */
async function signInAgain(page: Page, stage: Stage): Promise<void> {
  await stage.provider.signIn(page, mallory)
}

async function proveAgain(page: Page, stage: Stage): Promise<void> {
  await page.waitForURL(url => url.origin === stage.portal || url.origin === stage.provider.origin)
  if (new URL(page.url()).origin === stage.portal) await page.locator('main a.button, main button').first().click()
  await stage.provider.signIn(page, mallory)
}

async function signOut(page: Page, stage: Stage): Promise<void> {
  await page.goto(`${stage.portal}/account`)
  await page.locator('form[action="/sign-out"] button').first().click()
  // By way of the provider, which has confirmed it.
  await page.waitForURL(`${stage.portal}/sign-in?said=signed_out`)
}

/** Back at the application; who is not, learns from the gateway's own list of answers why. */
async function arrive(page: Page, stage: Stage, url: string): Promise<void> {
  await page.waitForURL(url).catch(async (cause: unknown) => {
    const { out } = await stage.gateway.cli('sso', 'show', 'corp')
    throw new Error(`at ${page.url()} instead of ${url}\n${out.slice(out.indexOf('last answers'))}`, { cause })
  })
}

async function claimsOn(page: Page): Promise<unknown> {
  return JSON.parse((await page.locator('#claims').innerText()) || 'null')
}

/** What foreign pages get wrong is theirs. */
function ofOurs(problems: readonly string[], { portal, app }: Stage): readonly string[] {
  return problems.filter(problem => problem.includes(portal) || problem.includes(app))
}

async function sessionCookies(context: Person['context'], stage: Stage): Promise<string[]> {
  const cookies = await context.cookies([stage.portal, stage.app])
  return cookies.map(({ name }) => name).filter(name => name === '__Host-sekisho')
}

async function openLive(page: Page): Promise<{ ended(): Promise<boolean> }> {
  await page.evaluate(`(async () => {
    const response = await fetch('/live')
    const reader = response.body.getReader()
    await reader.read()
    globalThis.liveEnded = false
    reader.read().then(({ done }) => { globalThis.liveEnded = done }, () => { globalThis.liveEnded = true })
  })()`)
  return { ended: () => page.evaluate<boolean>('globalThis.liveEnded') }
}

async function setting(stage: Stage, ...words: readonly string[]): Promise<void> {
  const done = await stage.gateway.cli('sso', 'set', 'corp', ...words)
  expect(done.code, `${done.out}${done.err}`).toBe(0)
}
