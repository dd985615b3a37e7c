import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { expect } from 'vitest'
import { browserTest } from '../support/browser.ts'
import { startIrcServer } from '../support/irc-server.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { cachedByServiceWorker, serviceWorkerOf } from '../support/lounge-person.ts'
import { startTheLounge } from '../support/the-lounge.ts'

// Two windows and a chat server want more of a busy machine than other tests do.

// What a service worker does to the navigations of its page, shown on The Lounge's: it asks again with fetch(), which browsers no
// longer mark as a navigation, follows redirects within the host on its own, and keeps copies of what was answered 200.

const workerTest = browserTest.extend('door', async ({ onTestFinished }) => {
  const irc = await startIrcServer()
  const lounge = await startTheLounge({ irc })
  const door = await openDoor(lounge.port)
  onTestFinished(async () => {
    door.close()
    await lounge.close()
    await irc.close()
  })
  return door
})

workerTest('a relayed navigation is told by what it accepts, not by its mode', async ({ openPerson, door }) => {
  const { page } = await openPerson()
  await page.goto(door.url)
  await serviceWorkerOf(page)

  await page.reload()
  await page.locator('#connect').waitFor()

  expect(door.fieldsOf('/')).toMatchObject({
    'sec-fetch-mode': 'same-origin',
    'sec-fetch-dest': 'empty',
    'upgrade-insecure-requests': '1',
    accept: expect.stringMatching(/^text\/html/),
  })
})

workerTest(
  'a redirect is followed behind the page: it shows the new content under the old address',
  async ({ openPerson, door }) => {
    const { page } = await openPerson()
    await page.goto(door.url)
    await serviceWorkerOf(page)
    door.answer('/.sekisho/join', response => response.writeHead(303, { Location: '/' }).end())

    await page.goto(`${door.url}/.sekisho/join`)

    expect(page.url()).toBe(`${door.url}/.sekisho/join`)
    expect(await page.title()).toBe('The Lounge')
  },
)

workerTest('a page answered 200 with `Vary: *` is shown, leads on, and is not kept', async ({ openPerson, door }) => {
  const { page } = await openPerson()
  await page.goto(door.url)
  await serviceWorkerOf(page)
  const elsewhere = door.url.replace('127.0.0.1', 'localhost')
  door.answer('/next', response =>
    response
      .writeHead(200, { 'Content-Type': 'text/html', 'Cache-Control': 'no-store', Vary: '*' })
      .end(`<meta http-equiv="refresh" content="0;url=${elsewhere}/arrived">`),
  )
  door.answer('/arrived', response => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>there</h1>'))

  await page.goto(`${door.url}/next`)
  await page.waitForURL(`${elsewhere}/arrived`)
  await page.goto(door.url)
  await page.locator('#connect').waitFor()

  expect(await cachedByServiceWorker(page)).not.toContain(`${door.url}/next`)
})

interface Door {
  readonly url: string
  /** Fields of the last request for a path. */
  fieldsOf(path: string): IncomingMessage['headers'] | undefined
  answer(path: string, write: (response: ServerResponse) => void): void
  close(): void
}

/** Stands where the gateway will stand: hands everything on, but for the answers it was told. */
async function openDoor(loungePort: number): Promise<Door> {
  const seen = new Map<string, IncomingMessage['headers']>()
  const answers = new Map<string, (response: ServerResponse) => void>()
  const server = createServer((incoming, response) => {
    const path = incoming.url?.split('?')[0] ?? '/'
    seen.set(path, incoming.headers)
    const answer = answers.get(path)
    if (answer !== undefined) return answer(response)
    const { method, url, headers } = incoming
    const onward = request({ host: '127.0.0.1', port: loungePort, method, path: url, headers }, found => {
      response.writeHead(found.statusCode ?? 502, found.headers)
      found.pipe(response)
    })
    onward.on('error', () => response.destroy())
    incoming.pipe(onward)
  })
  // Without upgrades the chat stays with long polling, which is all that these tests need.
  server.on('upgrade', (_incoming, socket) => socket.destroy())
  const port = await listenOnLoopback(server)
  return {
    url: `http://127.0.0.1:${port}`,
    fieldsOf: path => seen.get(path),
    answer: (path, write) => answers.set(path, write),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
