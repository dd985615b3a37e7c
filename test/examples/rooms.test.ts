import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { connect, readEvents } from './client.ts'
import { hana, ken, startChat } from './gateway.ts'

const json = { 'content-type': 'application/json' }

describe('messages', () => {
  test('what one person says, the others hear at once', async () => {
    await using chat = await startChat({ now: () => 1_800_000_000_000 })
    const [first, second] = await Promise.all([hana, ken].map(visitor => connect(chat.url, chat.tokenFor(visitor))))
    await first?.enter('general')

    await first?.say('Hello <b>Ken</b> 👋')

    expect(await second?.next('message')).toMatchObject({
      room: 'general',
      message: {
        number: 1,
        author: { id: 'acc_hana', name: 'Hana Yamada' },
        text: 'Hello <b>Ken</b> 👋',
        file: null,
        at: 1_800_000_000_000,
      },
    })
  })

  test('who comes later reads what was said', async () => {
    await using chat = await startChat()
    const early = await connect(chat.url, chat.tokenFor(hana))
    await early.enter('random')
    await early.say('one')
    await early.say('two')

    const late = await connect(chat.url, chat.tokenFor(ken))

    expect(await late.enter('random')).toMatchObject({
      last: 2,
      more: false,
      messages: [{ text: 'one' }, { text: 'two' }],
    })
  })

  test('after a broken connection only what was missed comes', async () => {
    await using chat = await startChat()
    const speaker = await connect(chat.url, chat.tokenFor(hana))
    await speaker.enter('general')
    for (const text of ['one', 'two', 'three']) await speaker.say(text)

    const back = await connect(chat.url, chat.tokenFor(ken))

    expect(await back.enter('general', 1)).toMatchObject({ messages: [{ text: 'two' }, { text: 'three' }] })
  })

  test('a message that is sent again after a broken connection is said once', async () => {
    await using chat = await startChat()
    const first = await connect(chat.url, chat.tokenFor(hana))
    const other = await connect(chat.url, chat.tokenFor(ken))
    await first.enter('general')
    const said = await first.say('only once', { nonce: 'n-1' })
    await first.close()

    const again = await connect(chat.url, chat.tokenFor(hana))
    await again.enter('general', 1)
    const answered = await again.say('only once', { nonce: 'n-1' })
    await again.say('and then')
    await other.next('message')

    expect(answered).toEqual(said)
    expect(await other.next('message')).toMatchObject({ message: { text: 'and then' } })
    expect(await (await chat.ask('/api/rooms/general/messages', hana)).json()).toMatchObject({
      messages: [{ text: 'only once' }, { text: 'and then' }],
    })
  })

  test('the same mark from another person is another message', async () => {
    await using chat = await startChat()
    const [first, second] = await Promise.all([hana, ken].map(visitor => connect(chat.url, chat.tokenFor(visitor))))
    await Promise.all([first?.enter('general'), second?.enter('general')])

    await first?.say('mine', { nonce: 'n-1' })
    await second?.next('message')
    const other = await second?.say('not mine', { nonce: 'n-1' })

    expect(other).toMatchObject({ message: { number: 2, text: 'not mine', author: { id: 'acc_ken' } } })
  })

  test('history has a bound, is read in pieces, and goes back to its oldest', async () => {
    let now = 1_800_000_000_000
    await using chat = await startChat({ now: () => (now += 1_000) })
    const speaker = await connect(chat.url, chat.tokenFor(hana))
    await speaker.enter('general')
    for (let number = 1; number <= 520; number += 1) await speaker.say(`message ${number}`)

    const entered = await speaker.enter('general')
    const older = await (await chat.ask('/api/rooms/general/messages?before=461', hana)).json()
    const oldest = await (await chat.ask('/api/rooms/general/messages?before=41', hana)).json()

    expect(entered).toMatchObject({ last: 520, more: true, messages: { length: 60, 0: { number: 461 } } })
    expect(older).toMatchObject({ more: true, messages: { length: 60, 0: { number: 401 } } })
    expect(oldest).toMatchObject({ more: false, messages: { length: 20, 0: { number: 21 } } })
  })

  test('a flood is held back, and the page is told to slow down', async () => {
    await using chat = await startChat({ now: () => 1_800_000_000_000 })
    const speaker = await connect(chat.url, chat.tokenFor(hana))
    await speaker.enter('general')

    for (let number = 1; number <= 40; number += 1)
      speaker.tell({ kind: 'say', text: `${number}`, nonce: `n-${number}` })

    expect(await speaker.next('slower')).toEqual({ kind: 'slower', nonce: 'n-40' })
    expect(await (await chat.ask('/api/rooms', hana)).json()).toMatchObject({ people: [{ id: 'acc_hana' }] })
  })

  test('that somebody is writing is told to the others of that room', async () => {
    await using chat = await startChat()
    const [first, second] = await Promise.all([hana, ken].map(visitor => connect(chat.url, chat.tokenFor(visitor))))
    await Promise.all([first?.enter('general'), second?.enter('general')])

    first?.tell({ kind: 'typing' })

    expect(await second?.next('typing')).toMatchObject({ room: 'general', person: { id: 'acc_hana' } })
    await first?.say('done')
    expect(first?.heard).toEqual([])
  })

  test.each([
    'no JSON',
    '[]',
    '{"kind":"shout"}',
    '{"kind":"enter"}',
    '{"kind":"say","text":7,"nonce":"x"}',
    '{"kind":"say","text":"x"}',
    '{"kind":"say","text":"x","nonce":""}',
    '{"kind":"say","text":"x","nonce":"x","file":7}',
    JSON.stringify({ kind: 'say', nonce: 'x', text: 'x'.repeat(4_001) }),
  ])('a page that says %s is not ours: its connection ends', async text => {
    await using chat = await startChat()
    const page = await connect(chat.url, chat.tokenFor(hana))

    page.socket.send(text)

    expect(await once(page.socket, 'close')).toEqual([1008, Buffer.from('not understood')])
  })

  test('a message too large to be one ends the connection before it is held', async () => {
    await using chat = await startChat()
    const page = await connect(chat.url, chat.tokenFor(hana))
    page.socket.on('error', () => {})

    page.socket.send('x'.repeat(40_000))

    const [code] = await once(page.socket, 'close')
    expect([1006, 1009]).toContain(code)
  })

  test('nothing is said into a room that is not there, nor without words', async () => {
    await using chat = await startChat()
    const page = await connect(chat.url, chat.tokenFor(hana))
    page.tell({ kind: 'say', text: 'nowhere', nonce: 'n-1' })
    expect(await page.next('no_room')).toEqual({ kind: 'no_room' })
    await page.enter('general')

    page.tell({ kind: 'say', text: '   ', nonce: 'n-2' })
    const said = await page.say('words')

    expect(said).toMatchObject({ message: { number: 1, text: 'words' } })
  })

  test('when the chat goes away, its pages are told to come back', async () => {
    await using chat = await startChat()
    const page = await connect(chat.url, chat.tokenFor(hana))
    const closed = once(page.socket, 'close')

    const events = readEvents(await chat.ask('/events', hana))
    await events.until(() => true)
    page.socket.on('error', () => {})

    await chat.gateway.close()
    chat.gateway.close = () => Promise.resolve()
    const closing = chat.close()
    expect((await closed)[0]).toBe(1001)
    await closing
    chat.close = () => Promise.resolve()
    await expect(events.until(() => false)).rejects.toThrow()
  })
})

describe('rooms', () => {
  const create = (chat: Awaited<ReturnType<typeof startChat>>, name: unknown) =>
    chat.ask('/api/rooms', hana, { method: 'POST', body: JSON.stringify({ name }), headers: json })

  test.each([
    ['Design review', 'design-review'],
    ['  お昼ごはん  ', 'お昼ごはん'],
    ['ＦＵＬＬ　ｗｉｄｔｈ', 'full-width'],
    ['../../etc', 'etc'],
    ['<script>', 'script'],
  ])('a room called %s has the address %s', async (name, id) => {
    await using chat = await startChat()

    const created = await create(chat, name)

    expect([created.status, await created.json()]).toEqual([201, { id, name: name.trim() }])
    expect((await chat.ask(`/rooms/${encodeURIComponent(id)}`, ken)).status).toBe(200)
  })

  test.each(['', '   ', '---', '👋', 7, null])('a name of %j makes no room', async name => {
    await using chat = await startChat()

    expect((await create(chat, name)).status).toBe(422)
  })

  test('making a room twice leads to the one there is', async () => {
    await using chat = await startChat()
    await create(chat, 'Plans')

    const again = await create(chat, 'plans')

    expect([again.status, await again.json()]).toEqual([200, { id: 'plans', name: 'Plans' }])
  })

  test('there are fifty rooms at most', async () => {
    await using chat = await startChat()
    for (let number = 3; number <= 50; number += 1) expect((await create(chat, `room ${number}`)).status).toBe(201)

    expect((await create(chat, 'one more')).status).toBe(409)
  })

  test('a body that is too long is not read', async () => {
    await using chat = await startChat()

    expect((await create(chat, 'x'.repeat(2_000))).status).toBe(415)
  })

  test('an address of no room leads to the first one', async () => {
    await using chat = await startChat()

    const response = await chat.ask('/rooms/nowhere', hana)

    expect([response.status, response.headers.get('location')]).toEqual([303, '/'])
    expect((await chat.ask('/rooms/%ff', hana)).status).toBe(200)
    expect((await chat.ask('/api/rooms/nowhere/messages', hana)).status).toBe(404)
  })
})

describe('presence', () => {
  test('who comes, moves and goes is told as it happens', async () => {
    await using chat = await startChat()
    const events = readEvents(await chat.ask('/events', hana))
    const peopleOf = (room: string, ...ids: string[]) =>
      events.until(({ rooms }) =>
        JSON.stringify(rooms).includes(`"id":"${room}","name":"${room}","people":${JSON.stringify(ids)}`),
      )

    const page = await connect(chat.url, chat.tokenFor(ken))
    await page.enter('general')
    await peopleOf('general', 'acc_ken')
    await page.enter('random')
    const moved = await peopleOf('random', 'acc_ken')
    await page.close()
    const gone = await peopleOf('random')

    expect(moved).toMatchObject({ people: [{ id: 'acc_ken', name: '佐藤 健' }] })
    expect(gone).toMatchObject({ people: [] })
    await events.close()
  })

  test('a person with two windows is one person, and stays until the last is closed', async () => {
    await using chat = await startChat()
    const [first, second] = await Promise.all([
      connect(chat.url, chat.tokenFor(ken)),
      connect(chat.url, chat.tokenFor(ken)),
    ])
    await Promise.all([first.enter('general'), second.enter('general')])
    const events = readEvents(await chat.ask('/events', hana))

    await first.close()
    const one = await events.until(({ people }) => JSON.stringify(people).includes('acc_ken'))
    await second.close()
    const none = await events.until(({ people }) => JSON.stringify(people) === '[]')

    expect(one).toMatchObject({ people: [{ id: 'acc_ken' }], rooms: [{ people: ['acc_ken'] }, {}] })
    expect(none).toMatchObject({ rooms: [{ people: [] }, { people: [] }] })
    await events.close()
  })

  test('a new room is told to everybody', async () => {
    await using chat = await startChat()
    const response = await chat.ask('/events', ken)
    const events = readEvents(response)

    await chat.ask('/api/rooms', hana, { method: 'POST', body: '{"name":"Plans"}', headers: json })

    await events.until(({ rooms }) => JSON.stringify(rooms).includes('"id":"plans"'))
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    await events.close()
  })
})
