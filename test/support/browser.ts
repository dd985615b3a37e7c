import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { test } from 'vitest'
import { shrinkPng } from './small-png.ts'

// Real people in a real browser: `browserTest` is vitest's `test` with `openPerson`, which opens a browser window of its own
// (cookies, storage, language) for each person. One Chromium per test file; a failed test leaves a picture of every window.

export interface Person {
  readonly name: string
  readonly page: Page
  readonly context: BrowserContext
  /** Console errors, uncaught errors and violations of the content security policy so far, in words. */
  readonly problems: readonly string[]
}

export interface PersonOptions {
  readonly name?: string
  readonly locale?: 'en-US' | 'ja-JP'
}

export type OpenPerson = (options?: PersonOptions) => Promise<Person>

/** `browserTest('a guarantee', async ({ openPerson }) => { const alice = await openPerson() })` */
export const browserTest = test
  .extend('executable', { scope: 'file' }, () => findChromium())
  .extend('launchArguments', { scope: 'file' }, (): readonly string[] => [])
  .extend('browser', { scope: 'file' }, async ({ executable, launchArguments }, { onCleanup }) => {
    if (executable === null) return null
    const browser = await launchChromium(executable, launchArguments)
    onCleanup(() => browser.close())
    return browser
  })
  .extend('openPerson', async ({ browser, task, skip }, { onCleanup }): Promise<OpenPerson> => {
    if (browser === null) skip('chromium is not installed')
    const people: Person[] = []
    onCleanup(async () => {
      if (task.result?.state === 'fail') await Promise.all(people.map(person => picture(person, task.name)))
      await Promise.all(people.map(person => person.context.close()))
    })
    return async (options = {}) => {
      if (browser === null) throw new Error('chromium is not installed')
      const person = await openWindow(browser, options.name ?? `person ${people.length + 1}`, options.locale ?? 'en-US')
      people.push(person)
      return person
    }
  })

const desktop = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }
const narrow = { width: 320, height: 640 }

/** Looks at the page at desktop, phone and 320 px width: nothing may stick out sideways. Leaves the page at desktop width. */
export function screenshotEveryWidth(page: Page, name: string): Promise<void> {
  return lookAtEveryWidth(page, name, false)
}

/**
 * The same for the tours of all pages (test/scenarios/*pages.test.ts): with SEKISHO_SCREENSHOTS=1 they write docs/images/NAME-desktop.png and
 * NAME-phone.png, and nothing else does.
 */
export function pictureEveryWidth(page: Page, name: string): Promise<void> {
  return lookAtEveryWidth(page, name, process.env['SEKISHO_SCREENSHOTS'] === '1')
}

async function lookAtEveryWidth(page: Page, name: string, write: boolean): Promise<void> {
  if (write) await mkdir(imageFolder, { recursive: true })
  for (const [suffix, size] of Object.entries({ narrow, phone, desktop })) {
    await page.setViewportSize(size)
    const sticking = await page.evaluate<string[]>(stickingOut)
    if (sticking.length > 0) throw new Error(`${name} overflows sideways at ${size.width} px: ${sticking.join(', ')}`)
    if (write && suffix !== 'narrow')
      await writeFile(
        join(imageFolder, `${name}-${suffix}.png`),
        shrinkPng(await page.screenshot({ fullPage: true, animations: 'disabled' })),
      )
  }
}

const imageFolder = fileURLToPath(new URL('../../docs/images', import.meta.url))

function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = folders.map(folder => join(folder, 'chromium')).find(file => existsSync(file))
  if (found !== undefined) return found
  if (process.env['CI'] !== undefined) throw new Error('chromium is missing, and on CI the browser tests must run')
  console.warn('SKIPPED: chromium is not installed (apt-get install chromium); the browser tests prove nothing here')
  return null
}

function launchChromium(executablePath: string, more: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      ...more,
      '--no-sandbox',
      '--headless',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

async function openWindow(browser: Browser, name: string, locale: string): Promise<Person> {
  const context = await browser.newContext({ locale, viewport: desktop, serviceWorkers: 'allow' })
  const problems: string[] = []
  context.on('console', message => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`)
  })
  context.on('weberror', error => problems.push(`uncaught: ${error.error().message}`))
  await context.exposeBinding('reportViolation', (_source, text: string) => problems.push(`policy: ${text}`))
  await context.addInitScript({ content: reportViolations })
  return { name, page: await context.newPage(), context, problems }
}

async function picture(person: Person, testName: string): Promise<void> {
  const name = `${testName}-${person.name}`.replace(/[^a-z0-9]+/gi, '-').slice(0, 120)
  const path = join(tmpdir(), `sekisho-failed-${name}.png`)
  for (const page of person.context.pages()) {
    await page.screenshot({ path, timeout: 5000 }).then(
      () => console.error(`what ${person.name} saw at ${page.url()}: ${path}`),
      (error: unknown) => console.error(`no picture of ${page.url()}: ${String(error)}`),
    )
  }
  for (const problem of person.problems) console.error(`${person.name}: ${problem}`)
}

// The two scripts run in the page, so they are text: the browser's own types would leak into the whole project.
const reportViolations = `addEventListener('securitypolicyviolation', event =>
  globalThis.reportViolation?.(event.violatedDirective + ' forbids ' + event.blockedURI))`

/** Names what makes the page wider than its window; empty when nothing does. */
const stickingOut = `(() => {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  return [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > width + 1)
    .map(element => '<' + element.tagName.toLowerCase() + ' class="' + element.className + '">')
    .slice(0, 5)
    .concat('the document')
})()`
