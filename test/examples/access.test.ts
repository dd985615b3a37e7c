import { describe, expect, test } from 'vitest'
import { createSigningKey } from '../verifier/issuer.ts'
import { connect, refusedUpgrade } from './client.ts'
import { eve, hana, ken, startChat } from './gateway.ts'

const message = 'This application is only reachable through the gateway.'

describe('around the gateway there is no way', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/rooms/general'],
    ['GET', '/admin/'],
    ['GET', '/events'],
    ['GET', '/api/me'],
    ['GET', '/api/rooms'],
    ['POST', '/api/rooms'],
    ['GET', '/api/rooms/general/messages'],
    ['POST', '/api/files'],
    ['GET', '/files/x/y'],
    ['GET', '/nothing'],
    ['GET', '/welcome/../admin/'],
    ['DELETE', '/welcome'],
  ])('%s %s without a token is refused', async (method, path) => {
    await using chat = await startChat()

    const response = await fetch(`${chat.url}${path}`, {
      method,
      headers: { 'x-auth-user': 'acc_hana', 'x-auth-roles': 'administrator' },
    })

    expect([response.status, await response.json()]).toEqual([401, { error: 'unauthenticated', message }])
  })

  test('a token for another backend, of another issuer or key, or an old one is refused', async () => {
    await using chat = await startChat()
    const wrong = [
      { ...hana, aud: 'mail' },
      { ...hana, iss: 'https://evil.example' },
      { ...hana, exp: 1_700_000_060, iat: 1_700_000_000, nbf: 1_700_000_000 },
    ]

    const statuses = await Promise.all(wrong.map(async visitor => (await chat.ask('/api/me', visitor)).status))
    const forged = createSigningKey('key-1').sign({})
    const byForger = await fetch(`${chat.url}/api/me`, { headers: { 'x-auth-token': forged } })

    expect([...statuses, byForger.status]).toEqual([401, 401, 401, 401])
  })

  test('a second token beside the right one is refused', async () => {
    await using chat = await startChat()
    const tokens = [hana, ken].map(visitor => ['x-auth-token', chat.tokenFor(visitor)] satisfies [string, string])

    expect((await fetch(`${chat.url}/api/me`, { headers: tokens })).status).toBe(401)
  })

  test('a WebSocket without a token, or with a wrong one, does not open', async () => {
    await using chat = await startChat()

    const statuses = await Promise.all([
      refusedUpgrade(chat.url, {}),
      refusedUpgrade(chat.url, { 'x-auth-user': 'acc_hana' }),
      refusedUpgrade(chat.url, { 'x-auth-token': chat.tokenFor({ ...hana, aud: 'mail' }) }),
    ])

    expect(statuses).toEqual([401, 401, 401])
  })

  test('a WebSocket opens nowhere else', async () => {
    await using chat = await startChat()

    expect(await refusedUpgrade(`${chat.url}/elsewhere`, { 'x-auth-token': chat.tokenFor(hana) })).toBe(404)
  })

  test('people get a page, in their language, and nothing of the chat on it', async () => {
    await using chat = await startChat()

    const response = await fetch(chat.url, { headers: { accept: 'text/html,*/*', 'accept-language': 'ja' } })
    const page = await response.text()

    expect(response.status).toBe(401)
    expect(page).toContain('<html lang="ja">')
    expect(page).toContain('ゲートウェイを通してのみ')
    expect(page).not.toMatch(/<script|<link/)
  })

  test('while the keys cannot be had, nobody is let in, and the answer says to try again', async () => {
    await using chat = await startChat()
    chat.jwks.publishText('', 503)

    const response = await chat.ask('/api/me', hana)

    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await refusedUpgrade(chat.url, { 'x-auth-token': chat.tokenFor(hana) })).toBe(503)
  })
})

describe('with a token of the gateway', () => {
  test('the chat knows who is asking', async () => {
    await using chat = await startChat()

    const me = await (await chat.ask('/api/me', hana)).json()

    expect(me).toMatchObject({
      subject: 'acc_hana',
      organization: 'sakura',
      methods: ['pwd', 'otp', 'mfa'],
      roles: ['person', 'administrator'],
    })
  })

  test('it believes the token and not what stands beside it', async () => {
    await using chat = await startChat()

    const me = await (
      await chat.ask('/api/me', ken, { headers: { 'x-auth-user': 'acc_hana', 'x-auth-roles': 'administrator' } })
    ).json()

    expect(me).toMatchObject({ subject: 'acc_ken', roles: ['person'] })
  })

  test('the overview is for administrators', async () => {
    await using chat = await startChat()

    expect((await chat.ask('/admin/', hana)).status).toBe(200)
    expect((await chat.ask('/admin/', ken)).status).toBe(403)
    expect((await chat.ask('/admin/', { ...ken, roles: ['user_administrator'] })).status).toBe(403)
  })

  test('pages of other sites cannot write', async () => {
    await using chat = await startChat()
    const body = JSON.stringify({ name: 'Foreign' })
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' }

    expect((await chat.ask('/api/rooms', hana, { method: 'POST', body, headers })).status).toBe(403)
    expect(
      (await chat.ask('/api/rooms', hana, { method: 'POST', body, headers: { 'content-type': 'text/plain' } })).status,
    ).toBe(415)
  })

  test('people of another organization see neither messages nor people nor rooms', async () => {
    await using chat = await startChat()
    const ours = await connect(chat.url, chat.tokenFor(hana))
    const theirs = await connect(chat.url, chat.tokenFor(eve))
    await ours.enter('general')
    await theirs.enter('general')
    await chat.ask('/api/rooms', hana, {
      method: 'POST',
      body: '{"name":"Plans"}',
      headers: { 'content-type': 'application/json' },
    })

    await ours.say('for us alone')
    await theirs.say('and for us')

    expect(theirs.heard).toEqual([])
    expect(await (await chat.ask('/api/rooms/general/messages', eve)).json()).toMatchObject({
      messages: [{ text: 'and for us' }],
    })
    expect(await (await chat.ask('/api/rooms', eve)).json()).toMatchObject({
      people: [{ id: 'acc_eve' }],
      rooms: [{ id: 'general' }, { id: 'random' }],
    })
    expect(theirs.heard).toEqual([])
  })
})

describe('for everybody', () => {
  test('the welcome page and its style are public', async () => {
    await using chat = await startChat()

    const page = await fetch(`${chat.url}/welcome`)
    const style = /href="(\/public\/[^"]+\.css)"/.exec(await page.text())?.[1] ?? ''

    expect([page.status, (await fetch(`${chat.url}${style}`)).status]).toEqual([200, 200])
  })

  test('the health check of the gateway needs no token', async () => {
    await using chat = await startChat()

    const response = await fetch(`${chat.url}/healthz`)

    expect([response.status, await response.text()]).toEqual([200, 'ok\n'])
  })

  test('the welcome page greets who is known, and takes a broken token for none', async () => {
    await using chat = await startChat()

    const known = await (await chat.ask('/welcome', hana)).text()
    const broken = await fetch(`${chat.url}/welcome`, { headers: { 'x-auth-token': 'broken' } })

    expect(known).toContain('Continue as Hana Yamada')
    expect([broken.status, await broken.text()]).toEqual([200, expect.stringContaining('Enter the chat')])
  })

  test.each(['../chat.ts', '..%2fchat.ts', '%2e%2e/chat.ts', 'nothing.js', 'reconnect.d.ts', ''])(
    '/public/%s holds nothing',
    async path => {
      await using chat = await startChat()

      const response = await fetch(`${chat.url}/public/${path}`)

      expect([401, 404]).toContain(response.status)
    },
  )
})
