import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect as connectTo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseRange } from '../../examples/chat/range.ts'
import { describeDisposition } from '../../examples/chat/transfer.ts'
import { connect } from './client.ts'
import { eve, hana, ken, startChat } from './gateway.ts'

const fileBytesMax = 50 * 1024 * 1024
type Chat = Awaited<ReturnType<typeof startChat>>

function upload(chat: Chat, body: string | Uint8Array<ArrayBuffer>, name: string, type = 'text/plain') {
  const headers = { 'content-type': type, 'x-file-name': encodeURIComponent(name) }
  return chat.ask('/api/files', hana, {
    method: 'POST',
    body,
    headers,
  })
}

async function store(chat: Chat, body: string, name = 'note.txt', type = 'text/plain'): Promise<string> {
  const { id } = await readStored(await upload(chat, body, name, type))
  return `/files/${id}/${encodeURIComponent(name)}`
}

async function readStored(response: Response): Promise<{ id: string; size: number }> {
  return JSON.parse(await response.text())
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'irori-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

test('what was uploaded comes back byte for byte, to everybody of the organization and to nobody else', async () => {
  await using chat = await startChat()
  const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251)
  const stored = await upload(chat, bytes, 'data.bin', 'application/zip')
  const file = await readStored(stored)

  const colleague = await chat.ask(`/files/${file.id}/data.bin`, ken)
  const stranger = await chat.ask(`/files/${file.id}/data.bin`, eve)

  expect([stored.status, file]).toEqual([
    201,
    { id: file.id, name: 'data.bin', type: 'application/zip', size: 300_000 },
  ])
  expect(Buffer.from(await colleague.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true)
  expect(stranger.status).toBe(404)
})

test('a message can carry a file of the same organization, and no other', async () => {
  await using chat = await startChat()
  const id = (await store(chat, 'hello')).split('/')[2]
  const page = await connect(chat.url, chat.tokenFor(hana))
  await page.enter('general')
  const foreign = await connect(chat.url, chat.tokenFor(eve))
  await foreign.enter('general')

  const said = await page.say('', { file: id, nonce: 'n-1' })
  const stolen = await foreign.say('look', { file: id, nonce: 'n-1' })

  expect(said).toMatchObject({ message: { text: '', file: { id, name: 'note.txt', type: 'text/plain', size: 5 } } })
  expect(stolen).toMatchObject({ message: { file: null } })
})

describe('upload', () => {
  test('a file over 50 MiB is refused by its announced length, before it is sent', async () => {
    await using chat = await startChat()
    const token = chat.tokenFor(hana)
    const socket = connectTo(Number(new URL(chat.url).port), '127.0.0.1')
    const { promise, resolve } = Promise.withResolvers<string>()
    socket.on('data', bytes => resolve(bytes.toString()))

    socket.write(
      `POST /api/files HTTP/1.1\r\nHost: a\r\nX-Auth-Token: ${token}\r\nX-File-Name: big\r\nContent-Length: ${fileBytesMax + 1}\r\n\r\n`,
    )

    expect(await promise).toMatch(/^HTTP\/1\.1 413 /)
    socket.destroy()
  })

  test('a file that turns out to be over 50 MiB is refused before its end, and nothing of it stays', async () => {
    const dataDir = await temporaryFolder()
    await using chat = await startChat({ dataDir })
    const socket = connectTo(Number(new URL(chat.url).port), '127.0.0.1')
    const { promise, resolve } = Promise.withResolvers<string>()
    socket.on('data', bytes => resolve(bytes.toString()))
    socket.on('error', () => {})

    socket.write(
      `POST /api/files HTTP/1.1\r\nHost: a\r\nX-Auth-Token: ${chat.tokenFor(hana)}\r\nX-File-Name: big\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const piece = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1024 * 1024), Buffer.from('\r\n')])
    for (let sent = 0; sent < 51; sent += 1) socket.write(piece) // and never the last one

    expect(await promise).toMatch(/^HTTP\/1\.1 413 .*"bytesMax":52428800/s)
    expect(await readdir(dataDir)).toEqual([])
    socket.destroy()
  })

  test('a file of exactly 50 MiB is taken', async () => {
    await using chat = await startChat()

    const response = await upload(chat, new Uint8Array(fileBytesMax), 'just.bin')

    expect(await response.json()).toMatchObject({ size: fileBytesMax })
  })

  test('an upload that breaks off leaves nothing', async () => {
    const dataDir = await temporaryFolder()
    await using chat = await startChat({ dataDir })
    const socket = connectTo(Number(new URL(chat.url).port), '127.0.0.1')
    socket.write(
      `POST /api/files HTTP/1.1\r\nHost: a\r\nX-Auth-Token: ${chat.tokenFor(hana)}\r\nX-File-Name: half\r\nContent-Length: 1000\r\n\r\nhalf`,
    )
    while ((await readdir(dataDir)).length === 0) await setImmediate()

    socket.destroy()

    while ((await readdir(dataDir)).length > 0) await setImmediate()
    expect(await (await chat.ask('/admin/', hana)).text()).toContain('<dt>Files kept</dt><dd>0</dd>')
  })

  test.each([
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['a\\b.txt', 'a_b.txt'],
    ['line\r\nbreak.txt', 'linebreak.txt'],
    ['invoice\u202Egpj.exe', 'invoicegpj.exe'],
    ['  議事録.pdf ', '議事録.pdf'],
    [`${'長'.repeat(200)}.pdf`, `${'長'.repeat(100)}${'長'.repeat(16)}.pdf`],
  ])('the name %j becomes %j', async (name, kept) => {
    await using chat = await startChat()

    expect(await (await upload(chat, 'x', name)).json()).toMatchObject({ name: kept })
  })

  test.each([undefined, '', '%', '..', '%00'])('a file with the name field %j is refused', async field => {
    await using chat = await startChat()
    const headers: Record<string, string> = field === undefined ? {} : { 'x-file-name': field }

    expect((await chat.ask('/api/files', hana, { method: 'POST', body: 'x', headers })).status).toBe(400)
  })

  test('the oldest files make room: at most 300 are kept', async () => {
    const dataDir = await temporaryFolder()
    await using chat = await startChat({ dataDir })
    const first = await store(chat, 'first')

    for (let number = 1; number <= 300; number += 1) await upload(chat, 'x', `${number}.txt`)

    expect((await chat.ask(first, hana)).status).toBe(404)
    expect((await readdir(dataDir)).length).toBe(300)
  })

  test('files go with the chat', async () => {
    const dataDir = await temporaryFolder()
    await using chat = await startChat({ dataDir })
    await store(chat, 'x')

    await chat.close()
    chat.close = () => Promise.resolve()

    expect(await readdir(dataDir)).toEqual([])
  })
})

describe('download', () => {
  test.each([
    ['text/html', 'page.html', '<script>alert(1)</script>'],
    ['image/svg+xml', 'picture.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'],
    ['application/javascript', 'sw.js', 'self'],
    ['no type', 'x', 'x'],
  ])('%s never becomes a page of ours', async (type, name, body) => {
    await using chat = await startChat()

    const { headers } = await chat.ask(await store(chat, body, name, type), ken)

    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-disposition')).toMatch(/^attachment; /)
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('a picture is shown as what it is', async () => {
    await using chat = await startChat()

    const { headers } = await chat.ask(await store(chat, 'png', '写真 1.png', 'image/png'), ken)

    expect(headers.get('content-type')).toBe('image/png')
    expect(headers.get('content-disposition')).toBe(
      `inline; filename="__ 1.png"; filename*=UTF-8''${encodeURIComponent('写真 1.png')}`,
    )
  })

  test('the name in Content-Disposition cannot break out of it', () => {
    expect(describeDisposition('attachment', `a"b'(c)*;.txt`)).toBe(
      `attachment; filename="a_b__c___.txt"; filename*=UTF-8''a%22b%27%28c%29%2A%3B.txt`,
    )
  })

  test('a part of a file is sent as a part', async () => {
    await using chat = await startChat()
    const path = await store(chat, '0123456789')

    const part = await chat.ask(path, ken, { headers: { range: 'bytes=2-4' } })

    expect([
      part.status,
      part.headers.get('content-range'),
      part.headers.get('content-length'),
      await part.text(),
    ]).toEqual([206, 'bytes 2-4/10', '3', '234'])
  })

  test('a part beyond the end does not exist', async () => {
    await using chat = await startChat()

    const beyond = await chat.ask(await store(chat, '0123456789'), ken, { headers: { range: 'bytes=10-' } })

    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10'])
  })

  test('a part of a file that has changed in the meantime is the whole', async () => {
    await using chat = await startChat()
    const path = await store(chat, '0123456789')
    const tag = (await chat.ask(path, ken)).headers.get('etag') ?? ''

    const [same, other] = await Promise.all(
      [tag, '"other"'].map(tag => chat.ask(path, ken, { headers: { range: 'bytes=0-0', 'if-range': tag } })),
    )

    expect([same?.status, other?.status, await other?.text()]).toEqual([206, 200, '0123456789'])
  })

  test('HEAD tells the length, and a known file is not sent again', async () => {
    await using chat = await startChat()
    const path = await store(chat, '0123456789')

    const head = await chat.ask(path, ken, { method: 'HEAD' })
    const again = await chat.ask(path, ken, { headers: { 'if-none-match': head.headers.get('etag') ?? '' } })

    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', ''])
    expect([again.status, again.headers.get('cache-control')]).toEqual([304, 'private, no-cache'])
  })

  test('an empty file is an empty answer', async () => {
    await using chat = await startChat()

    const response = await chat.ask(await store(chat, ''), ken)

    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '0', ''])
  })
})

test.each([
  [undefined, { kind: 'whole' }],
  ['bytes=0-0', { kind: 'part', start: 0, end: 0 }],
  ['bytes=5-', { kind: 'part', start: 5, end: 9 }],
  ['bytes=-3', { kind: 'part', start: 7, end: 9 }],
  ['bytes=-30', { kind: 'part', start: 0, end: 9 }],
  ['bytes=0-999', { kind: 'part', start: 0, end: 9 }],
  ['bytes=10-', { kind: 'outside' }],
  ['bytes=-0', { kind: 'outside' }],
  ['bytes=4-2', { kind: 'whole' }],
  ['bytes=-', { kind: 'whole' }],
  ['bytes=0-1,3-4', { kind: 'whole' }],
  ['lines=0-1', { kind: 'whole' }],
  ['bytes=0x1-2', { kind: 'whole' }],
  ['bytes=99999999999999999-', { kind: 'whole' }],
])('the range %s of ten bytes', (field, expected) => {
  expect(parseRange(field, 10)).toEqual(expected)
})
