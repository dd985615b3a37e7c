import { expect } from 'vitest'
import { browserTest } from '../support/browser.ts'
import { startIrcServer } from '../support/irc-server.ts'
import {
  cachedByServiceWorker,
  fetchFromPage,
  isDisconnected,
  openChat,
  say,
  serviceWorkerOf,
  untilDisconnected,
  uploadFile,
  waitForLink,
  waitForMessage,
} from '../support/lounge-person.ts'
import { lobby, startTheLounge } from '../support/the-lounge.ts'

// Two windows and a chat server want more of a busy machine than other tests do.

// The chat without the gateway: what works here must work behind it too.
const chatTest = browserTest
  .extend('irc', async ({ onTestFinished }) => {
    const irc = await startIrcServer()
    onTestFinished(() => irc.close())
    return irc
  })
  .extend('lounge', async ({ irc, onTestFinished }) => {
    const lounge = await startTheLounge({ irc })
    onTestFinished(() => lounge.close())
    return lounge
  })

chatTest('two people exchange messages over socket.io, in both directions', async ({ openPerson, irc, lounge }) => {
  const alice = await openPerson({ name: 'alice' })
  const bob = await openPerson({ name: 'bob', locale: 'ja-JP' })
  const upgraded = alice.page.waitForEvent('websocket')

  await Promise.all([openChat(alice.page, lounge.url, 'alice'), openChat(bob.page, lounge.url, 'bob')])
  await say(alice.page, 'good morning')
  await waitForMessage(bob.page, 'good morning')
  await say(bob.page, 'おはようございます')
  await waitForMessage(alice.page, 'おはようございます')

  expect((await upgraded).url()).toContain('/socket.io/')
  expect(irc.members(lobby).toSorted()).toEqual(['alice', 'bob'])
  expect([...alice.problems, ...bob.problems]).toEqual([])
})

chatTest('a file that one uploads is linked in the chat and fetched by the other', async ({ openPerson, lounge }) => {
  const alice = await openPerson({ name: 'alice' })
  const bob = await openPerson({ name: 'bob' })
  await Promise.all([openChat(alice.page, lounge.url, 'alice'), openChat(bob.page, lounge.url, 'bob')])

  const sent = await uploadFile(alice.page, 'minutes.txt', Buffer.from('decided: nothing\n'))
  const seen = await waitForLink(bob.page, 'minutes.txt')

  expect(seen).toBe(sent)
  expect(await fetchFromPage(bob.page, seen)).toEqual({ status: 200, text: 'decided: nothing\n' })
})

chatTest('its service worker takes over the page and keeps copies of what passes', async ({ openPerson, lounge }) => {
  const { page } = await openPerson({ name: 'alice' })
  await openChat(page, lounge.url, 'alice')

  expect(await serviceWorkerOf(page)).toBe(`${lounge.url}/service-worker.js`)
  await page.reload()
  await page.locator('#connect').waitFor()

  await expect.poll(() => cachedByServiceWorker(page)).toContain(`${lounge.url}/`)
})

chatTest('a person whose connection is cut is told so', async ({ openPerson, lounge }) => {
  const { page } = await openPerson({ name: 'alice' })
  await openChat(page, lounge.url, 'alice')
  expect(await isDisconnected(page)).toBe(false)

  await lounge.close()

  await untilDisconnected(page)
  expect(await isDisconnected(page)).toBe(true)
})
