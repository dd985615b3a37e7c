import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startChat } from './gateway.ts'

// The page's script in a real browser: what unit tests cannot see. Everything is awaited by what a person would see.

let browser: Browser
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
})
afterAll(() => browser.close())

type Chat = Awaited<ReturnType<typeof startChat>>
const phone = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true }

/** Opens the chat as somebody; whatever the page complains about (a script error, a refusal by its policy) fails the test. */
async function open(chat: Chat, who: string, options: BrowserContextOptions = {}, path = '/'): Promise<Page> {
  const url = `http://127.0.0.1:${chat.gateway.port}`
  const context = await browser.newContext({ locale: 'en-US', ...options })
  onTestFinished(() => context.close())
  await context.addCookies([{ name: 'who', value: who, url }])
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text())
  })
  onTestFinished(() => expect(complaints).toEqual([]))
  await page.goto(`${url}${path}`)
  await page.waitForSelector('#messages li')
  await page.waitForSelector('#state:empty', { state: 'attached' })
  return page
}

async function say(page: Page, text: string): Promise<void> {
  await page.fill('#text', text)
  await page.press('#text', 'Enter')
  await page.waitForSelector(`.mine:not(.pending) >> text=${text}`)
}

/** As when the network is back: spares the test the wait that chance has chosen. */
async function hurry(page: Page): Promise<void> {
  await page.evaluate("dispatchEvent(new Event('online'))")
}

test('two people talk, see each other, and share a file', async () => {
  await using chat = await startChat()
  const hana = await open(chat, 'hana')
  const ken = await open(chat, 'ken', { locale: 'ja-JP' })

  await say(hana, 'Good morning, https://example.com/plan.')
  await ken.waitForSelector('.message:not(.mine) >> text=Good morning')
  await ken.setInputFiles('#file', { name: '議事録.txt', mimeType: 'text/plain', buffer: Buffer.from('minutes') })
  await ken.waitForSelector('.attachment:not(:has(progress))')
  await ken.click('#send')
  const download = hana.waitForEvent('download')
  await hana.click('.file')

  expect(await ken.getAttribute('.message:not(.mine) .bubble a', 'href')).toBe('https://example.com/plan')
  expect((await download).suggestedFilename()).toBe('議事録.txt')
  await hana.waitForSelector('#people >> text=佐藤 健')
  await ken.waitForSelector('#people >> text=ひろばにいます')
  expect(await hana.textContent('#faces')).toContain('2 here')
})

test('a room is made, is there for the others, and marks itself unread', async () => {
  await using chat = await startChat()
  const hana = await open(chat, 'hana')
  const ken = await open(chat, 'ken')

  await hana.fill('#new-room input', 'Release plan')
  await hana.press('#new-room input', 'Enter')
  await hana.waitForURL('**/rooms/release-plan')
  await hana.waitForSelector('.empty')
  await say(hana, 'Nobody is here yet')
  await ken.waitForSelector('#rooms .unread')
  await ken.click('#rooms >> text=Release plan')
  await ken.waitForSelector('.message >> text=Nobody is here yet')

  expect(await ken.title()).toBe('Release plan · Irori')
  await ken.goBack()
  await ken.waitForSelector('h1 >> text=General')
})

test('what a person writes is never markup', async () => {
  await using chat = await startChat()
  chat.gateway.visitors.set('eve', { sub: 'acc_x', sid: 'ses_x', name: '<img src=x onerror=alert(1)>', org: 'sakura' })
  const hana = await open(chat, 'hana')
  const eve = await open(chat, 'eve')

  await say(eve, '<b>bold</b> javascript:alert(1)')

  await hana.waitForSelector('.message:not(.mine)')
  expect(await hana.textContent('.message:not(.mine) p')).toBe('<b>bold</b> javascript:alert(1)')
  expect(await hana.locator('#messages img, #people img, #messages p b, #messages p a').count()).toBe(0)
})

describe('when the gateway closes the connection', () => {
  test('with 4401, the page goes to sign in, and what was being written is kept', async () => {
    await using chat = await startChat()
    const page = await open(chat, 'hana')
    await page.fill('#text', 'half a thought')
    const loaded = page.waitForEvent('load')

    chat.gateway.cut(4401)
    await page.waitForSelector('#state >> text=Your session has ended')
    await loaded

    await page.waitForSelector('.empty')
    expect(await page.inputValue('#text')).toBe('half a thought')
  })

  test('with 4401 again right after, the page waits for the person instead of going round in circles', async () => {
    await using chat = await startChat()
    const page = await open(chat, 'hana')
    const loaded = page.waitForEvent('load')
    chat.gateway.refusals.upgrade = { code: 4401, reason: '' }

    chat.gateway.cut(4401)
    await loaded

    await page.waitForSelector('#state button >> text=Sign in')
  })

  test('with 4403, the page shows the receipt and does not try by itself', async () => {
    await using chat = await startChat()
    const page = await open(chat, 'hana')

    chat.gateway.cut(4403, 'R-7Q2M-0031')

    await page.waitForSelector('#state code >> text=R-7Q2M-0031')
    await page.click('#state >> text=Try again')
    await page.waitForSelector('#state:empty', { state: 'attached' })
    await say(page, 'back again')
  })

  test('with 1012, it comes back by itself and shows what was missed', async () => {
    await using chat = await startChat()
    const hana = await open(chat, 'hana')
    await say(hana, 'before')
    chat.gateway.refusals.upgrade = { code: 1012, reason: '' }

    chat.gateway.cut(1012)
    await hana.waitForSelector('#state >> text=restarting')
    chat.gateway.refusals.upgrade = null
    const ken = await open(chat, 'ken')
    await say(ken, 'meanwhile')
    await hurry(hana)

    await hana.waitForSelector('.message >> text=meanwhile')
    await hana.waitForSelector('#state:empty', { state: 'attached' })
    expect(await hana.locator('.message').count()).toBe(2)
  })

  test('what is sent while there is no connection arrives afterwards, once', async () => {
    await using chat = await startChat()
    const hana = await open(chat, 'hana')
    await say(hana, 'before')
    chat.gateway.refusals.upgrade = { code: 1012, reason: '' }
    chat.gateway.cut(1012)
    await hana.waitForSelector('#state p')

    await hana.fill('#text', 'kept for later')
    await hana.press('#text', 'Enter')
    await hana.waitForSelector('.pending >> text=kept for later')
    chat.gateway.refusals.upgrade = null
    await hurry(hana)

    await hana.waitForSelector('.mine:not(.pending) >> text=kept for later')
    expect(await hana.locator('text=kept for later').count()).toBe(1)
  })

  test('a handshake refused with a plain status leads to sign-in when the session is gone', async () => {
    await using chat = await startChat()
    const page = await open(chat, 'hana')
    const asked = page.waitForResponse(response => response.url().endsWith('/api/me') && response.status() === 401)
    chat.gateway.visitors.delete('hana')

    chat.gateway.cut(1012)
    await page.waitForSelector('#state p')
    await hurry(page)

    await asked
    await page.waitForSelector('text=only reachable through the gateway')
  })
})

describe('on a phone', () => {
  test.each([320, 390])(
    'nothing is wider than the screen at %i pixels, and the rooms are behind one button',
    async width => {
      await using chat = await startChat()
      const page = await open(chat, 'hana', { ...phone, viewport: { width, height: 600 } })
      await page.fill('#text', `https://example.com/${'long'.repeat(60)}`)
      await page.click('#send')
      await page.waitForSelector('.mine:not(.pending)')

      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      expect(await page.isVisible('#rooms')).toBe(false)
      await page.click('#open-side')
      await page.click('#rooms >> text=Random')
      await page.waitForSelector('h1 >> text=Random')
      await page.waitForSelector('#rooms', { state: 'hidden' })
    },
  )

  test('Enter begins a new line, the button sends', async () => {
    await using chat = await startChat()
    const page = await open(chat, 'hana', phone)

    await page.fill('#text', 'first')
    await page.press('#text', 'Enter')
    await page.keyboard.type('second')
    await page.click('#send')

    await page.waitForSelector('.mine:not(.pending)')
    expect(await page.textContent('.mine .bubble p')).toBe('first\nsecond')
  })
})

test('Enter that ends the conversion of a Japanese word does not send', async () => {
  await using chat = await startChat()
  const page = await open(chat, 'hana')
  await page.fill('#text', '会議')

  await page.dispatchEvent('#text', 'keydown', { key: 'Enter', isComposing: true })
  await page.dispatchEvent('#text', 'keydown', { key: 'Enter', keyCode: 229 })

  expect(await page.inputValue('#text')).toBe('会議')
  await page.press('#text', 'Enter')
  await page.waitForSelector('.mine:not(.pending) >> text=会議')
})

test('the card says who you are and how you signed in, and closes with Escape', async () => {
  await using chat = await startChat()
  const page = await open(chat, 'hana')

  await page.click('#open-card')

  expect(await page.textContent('#card')).toContain('Password, One-time code, Two factors')
  expect(await page.isVisible('#card >> text=Sign out')).toBe(true)
  await page.keyboard.press('Escape')
  expect(await page.isVisible('#card')).toBe(false)
})

test('the ways out of the card lead somewhere: account, overview, sign-out', async () => {
  await using chat = await startChat()
  const page = await open(chat, 'hana')
  await page.route('https://auth.example.test/**', route => route.fulfill({ body: 'the portal' }))

  await page.click('#open-card')
  await page.click('#card >> text=Account and security')
  await page.waitForURL('https://auth.example.test/account')
  await page.goBack()
  await page.waitForSelector('#messages li')
  await page.click('#open-card')
  await page.click('#card >> text=Overview of this chat')
  await page.waitForSelector('h1 >> text=Overview')
  await page.click('text=Back to the chat')
  await page.waitForSelector('#messages li')
  await page.click('#open-card')
  const signOut = page.waitForRequest(request => request.method() === 'POST')
  await page.click('#card >> text=Sign out')

  expect(new URL((await signOut).url()).pathname).toBe('/.sekisho/sign-out')
})

test('a file over 50 MB is not even sent', async () => {
  await using chat = await startChat()
  const page = await open(chat, 'hana')
  const sent: string[] = []
  page.on('request', request => sent.push(request.url()))

  await page.evaluate(`{
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([new Uint8Array(50 * 1024 * 1024 + 1)], 'big.bin'))
    dispatchEvent(Object.assign(new Event('drop', { cancelable: true }), { dataTransfer }))
  }`)

  await page.waitForSelector('.attachment.failed >> text=larger than 50 MB')
  expect(sent.filter(url => url.includes('/api/files'))).toEqual([])
})
