import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Journal } from '../../src/journal/journal.ts'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'
import { Secret } from '../../src/lib/secret.ts'
import type { Notice } from '../../src/notices/notice.ts'
import { createOutbox, type Outbox } from '../../src/notices/outbox.ts'
import { type RenderedSms, renderSms, type SmsTransport } from '../../src/notices/sms.ts'
import { createTwilioTransport, createWebhookTransport } from '../../src/notices/sms-providers.ts'
import { createOutgoing } from '../../src/outgoing/outgoing.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { type SmsProvider, startSmsProvider } from '../support/sms-provider.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

const sender = { productName: 'Sekisho', portalOrigin: 'https://auth.example.com', support: '' }
const code = (about: Partial<Notice> = {}): Notice => ({
  kind: 'sms_code',
  channel: 'sms',
  to: '+819012345678',
  language: 'en',
  facts: { code: '012345', expiresAt: 1_800_000_600_000 },
  ...about,
})
const rendered = (notice: Notice): RenderedSms =>
  renderSms({ id: 7, notice, state: 'claimed', tries: 0, createdAt: 1, nextAt: 1, lastAnswer: null }, sender)

describe('a text message', () => {
  test.each(['en', 'ja'] as const)(
    'says in %s what the code is for and that nobody may have it, in one message',
    language => {
      for (const kind of ['sms_code', 'phone_check'] as const) {
        const { text } = rendered(code({ kind, language }))

        expect(text).toContain('012345')
        expect(text).toContain('Sekisho')
        expect(text).toMatch(/Never tell|誰にも教えないで/)
        // A phone fills it in on our own page alone.
        expect(text.endsWith('\n\n@auth.example.com #012345')).toBe(true)
        expect(text.length).toBeLessThanOrEqual(160)
      }
    },
  )

  test('holds nothing of the person or the place: whoever finds the phone reads it', () => {
    expect(() => rendered(code({ facts: { expiresAt: 1 } }))).toThrow('code')
    expect(rendered(code()).text).not.toMatch(/Aiko|192\.0\.2|Firefox/)
  })
})

let provider: SmsProvider
let clock: TestClock
beforeEach(async () => {
  provider = await startSmsProvider()
  clock = createTestClock()
})
afterEach(() => provider[Symbol.asyncDispose]())

const loopback = [parseNetwork('127.0.0.0/8')].filter(network => network !== null)
function needs() {
  const rules = () => ({ plainHttp: true, privateNetworks: compileNetworks(loopback) })
  return { clock, outgoing: createOutgoing({ clock, rules }) }
}
const webhook = () =>
  createWebhookTransport(needs(), { url: `${provider.origin}/sms?team=1`, secret: new Secret('shared') })
const twilio = () =>
  createTwilioTransport(needs(), {
    baseUrl: provider.origin,
    accountSid: 'AC1',
    token: new Secret('t0ken'),
    from: '+815012345678',
  })
const send = (transport: SmsTransport, sms = rendered(code())) =>
  transport.send(sms, async () => true, new AbortController().signal)

describe('a provider that speaks as Twilio does', () => {
  test('gets the form under our account, and its name for the message is kept', async () => {
    const delivery = await send(twilio())

    expect(delivery).toEqual({ kind: 'taken', answer: '201 SM0123456789' })
    const [text] = provider.received
    expect(text?.path).toBe('/2010-04-01/Accounts/AC1/Messages.json')
    expect(text?.headers.authorization).toBe(`Basic ${Buffer.from('AC1:t0ken').toString('base64')}`)
    const form = new URLSearchParams(text?.body)
    expect([form.get('To'), form.get('From')]).toEqual(['+819012345678', '+815012345678'])
    expect(form.get('Body')).toContain('012345')
  })
})

describe('a signed webhook', () => {
  test('can be told from a forged one, an altered one and an old one', async () => {
    await send(webhook())

    const [text] = provider.received
    const [seconds = '', mac = ''] = String(text?.headers['sekisho-signature']).replace('t=', '').split(',v1=')
    expect(seconds).toBe(String(Math.floor(clock.now() / 1000)))
    expect(mac).toBe(createHmac('sha256', 'shared').update(`${seconds}.${text?.body}`).digest('hex'))
    expect(JSON.parse(text?.body ?? '')).toMatchObject({ to: '+819012345678', id: text?.headers['idempotency-key'] })
  })

  test('carries the same key with each try of one message, and another one with another', async () => {
    await send(webhook())
    await send(webhook())
    await send(
      webhook(),
      renderSms(
        { id: 8, notice: code(), state: 'claimed', tries: 0, createdAt: 1, nextAt: 1, lastAnswer: null },
        sender,
      ),
    )

    const keys = provider.received.map(text => text.headers['idempotency-key'])
    expect(keys[0]).toBe(keys[1])
    expect(keys[2]).not.toBe(keys[0])
  })
})

describe('what an answer means', () => {
  test.each([
    [200, 'taken'],
    [301, 'not_now'],
    [400, 'never'],
    [401, 'never'],
    [404, 'never'],
    [429, 'not_now'],
    [500, 'not_now'],
    [503, 'not_now'],
  ] as const)('%s is %s, and the provider’s words are not kept', async (status, kind) => {
    provider.behave = status
    const delivery = await send(webhook())
    expect(delivery.kind).toBe(kind)
    expect(JSON.stringify(delivery)).not.toContain('Private')
    expect(provider.received).toHaveLength(1) // no redirect is followed
  })

  test('nobody listening is not_now, and nothing was handed over', async () => {
    await provider.stop()
    let handedOver = false
    const handOver = async () => {
      handedOver = true
      return true
    }
    const delivery = await webhook().send(rendered(code()), handOver, new AbortController().signal)
    expect([delivery.kind, handedOver]).toEqual(['not_now', false])
  })

  test('an answer that is lost or never comes is unknown', async () => {
    provider.behave = 'drops'
    expect((await send(webhook())).kind).toBe('unknown')
    provider.behave = 'hangs'
    const hanging = send(webhook())
    await provider.heard(2)
    clock.advance(10_000)
    expect((await hanging).kind).toBe('unknown')
  })

  test('nothing leaves when the lease is gone, and nothing that has expired', async () => {
    const notOurs = await webhook().send(rendered(code()), async () => false, new AbortController().signal)
    clock.advance(600_000)
    const late = await send(webhook())
    expect([notOurs.kind, late.kind]).toEqual(['not_ours', 'never'])
    expect(provider.received).toEqual([])
  })
})

describe('over the durable outbox', () => {
  let store: SqliteStore
  let outbox: Outbox
  let outcomes: string[]
  const folder = tempFolder()
  let files = 0
  beforeEach(async () => {
    store = await openSqliteStore({ file: folder.file(`${++files}.db`), auditKey, clock })
    outcomes = []
    const journal = { mailed: (kind: string) => outcomes.push(kind), trouble: () => {} } as unknown as Journal // because no other event is told
    outbox = createOutbox({
      store: store.outbox,
      transport: webhook(),
      render: mail => renderSms(mail, sender),
      clock,
      journal,
      worker: 'one',
    })
  })
  afterEach(async () => {
    await outbox.close()
    await store.close()
  })
  const outcome = async (count: number) => {
    while (outcomes.length < count) await new Promise(setImmediate)
  }

  test('a dead provider delays a message, and then it arrives once', async () => {
    await provider.stop()
    await store.outbox.add(code(), clock.now())
    outbox.wake()
    await outcome(1)
    await provider.start()
    clock.advance(11_000)
    await outcome(2)

    expect(outcomes).toEqual(['retry', 'sent'])
    expect(provider.received).toHaveLength(1)
    const [mail] = await store.outbox.list('sent', 10)
    expect(mail?.notice.facts).toEqual({}) // no code stays behind
  })

  test('one whose answer was lost is listed, and never sent again', async () => {
    provider.behave = 'drops'
    await store.outbox.add(code(), clock.now())
    outbox.wake()
    await outcome(1)
    provider.behave = 'takes'
    clock.advance(3_600_000)

    expect(outcomes).toEqual(['ambiguous'])
    expect(provider.received).toHaveLength(1)
    expect(await store.outbox.list('ambiguous', 10)).toHaveLength(1)
  })
})
