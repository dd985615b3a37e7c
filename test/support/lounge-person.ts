import type { Page } from 'playwright-core'
import { lobby } from './the-lounge.ts'

// What a person does in The Lounge, in words of the scenario. Every wait is for something that shows on the page.

/** Opens the chat's address and joins the lobby. The page must get the chat itself: behind the gateway, sign in first. */
export async function openChat(page: Page, baseUrl: string, nick: string): Promise<void> {
  await page.goto(new URL('/', baseUrl).href)
  await joinLobby(page, nick)
}

/** Joins the lobby on a page that shows the chat already (after a sign-in that led back to it). */
export async function joinLobby(page: Page, nick: string): Promise<void> {
  await page.locator('[id="connect:nick"]').fill(nick)
  await page.locator('#connect button[type=submit]').click()
  await page.locator(`#chat-container[data-current-channel="${lobby}"]`).waitFor()
  await page.locator(`.userlist .user[data-name="${nick}"]`).first().waitFor()
}

export async function say(page: Page, text: string): Promise<void> {
  await page.locator('#input').fill(text)
  await page.locator('#input').press('Enter')
  await page.locator('.msg.self .content', { hasText: text }).first().waitFor()
}

/** Waits until somebody's message with this text shows. */
export async function waitForMessage(page: Page, text: string): Promise<void> {
  await page.locator('.msg[data-type=message] .content', { hasText: text }).first().waitFor()
}

/** Uploads a file and says its link in the lobby; resolves with the link. */
export async function uploadFile(page: Page, name: string, bytes: Buffer): Promise<string> {
  const uploaded = page.waitForResponse(response => response.url().includes('/uploads/new/'))
  await page.locator('#upload-input').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: bytes })
  const answer = await uploaded
  if (!answer.ok()) throw new Error(`the upload was answered with ${answer.status()}: ${await answer.text()}`)
  const path = stringField(await answer.json(), 'url')
  const link = new URL(path, page.url()).href
  await page.locator('#input').press('Enter')
  await page.locator(`.msg.self .content a[href="${link}"]`).waitFor()
  return link
}

/** Waits until a link with this text shows in somebody's message and resolves with its address. */
export async function waitForLink(page: Page, text: string): Promise<string> {
  const link = page.locator('.msg[data-type=message] .content a', { hasText: text }).first()
  await link.waitFor()
  return (await link.getAttribute('href')) ?? ''
}

/** Fetches an address as a script of the page does: with its cookies, through its service worker. */
export async function fetchFromPage(page: Page, url: string): Promise<{ status: number; text: string }> {
  const script = `fetch(${JSON.stringify(url)}).then(async answer => ({ status: answer.status, text: await answer.text() }))`
  return page.evaluate<{ status: number; text: string }>(script)
}

/** Whether the chat tells the person that its connection is gone. */
export async function isDisconnected(page: Page): Promise<boolean> {
  return page.locator(disconnected, { hasText: 'Disconnected' }).isVisible()
}

/** Waits until the chat tells the person that its connection is gone. */
export async function untilDisconnected(page: Page): Promise<void> {
  await page.locator(disconnected, { hasText: 'Disconnected' }).waitFor()
}

/** Waits until the chat's service worker controls the page; resolves with the address of its script. */
export async function serviceWorkerOf(page: Page): Promise<string> {
  return page.evaluate<string>('navigator.serviceWorker.ready.then(registration => registration.active.scriptURL)')
}

/** Addresses (without fragments) that the chat's service worker has put into its cache. */
export async function cachedByServiceWorker(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(async () => {
    const names = await caches.keys()
    const requests = await Promise.all(names.map(async name => (await caches.open(name)).keys()))
    return requests.flat().map(request => request.url.replace(/#.*/, ''))
  })()`)
}

const disconnected = '#user-visible-error'

function stringField(value: unknown, name: string): string {
  const field: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  if (typeof field !== 'string') throw new Error(`no ${name} in ${JSON.stringify(value)}`)
  return field
}
