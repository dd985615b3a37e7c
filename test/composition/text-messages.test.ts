import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openGuards } from '../../src/composition/guards.ts'
import type { GatewayConfig } from '../../src/config/gateway-config.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Account } from '../../src/people/account.ts'
import { type GatewaySections, startGateway, type TestGateway } from '../support/gateway.ts'
import { type SmsProvider, startSmsProvider } from '../support/sms-provider.ts'

// The keys of text messages in a whole gateway: each is seen in what goes out, or does not.

const route = { name: 'all', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' as const }
const policies = { routes: { kind: 'routes' as const, routes: [route] } }
const start = (gateway: GatewaySections) =>
  startGateway({
    ...{ upstream: 'http://127.0.0.1:9', policies, gateway },
    environment: { SMS_TOKEN: 't0ken', SMS_SECRET: 'shared' },
  })

let provider: SmsProvider
beforeAll(async () => {
  provider = await startSmsProvider()
})
afterAll(() => provider[Symbol.asyncDispose]())

const outgoing = { privateNetworks: ['127.0.0.0/8'], plainHttp: true }

/** Asks for a code to a number as the account page does. */
async function askFor(gateway: TestGateway, typed: string, account?: Account) {
  const { phones } = gateway.running.gateway.rooms.people
  const parsed = phones.parse(typed)
  if (parsed.kind !== 'number') return parsed.kind
  const person = account ?? (await gateway.addPerson({ email: `p${typed.replace(/\D/g, '')}@example.com` }))
  const by = { actor: { kind: 'system', id: 'test' }, address: null, receipt: null, device: 'test' } as const
  const { number } = parsed
  return phones.begin({ account: person, subject: `s-${number}`, number, spare: false, send: true, by })
}

describe('a gateway', () => {
  test('sends text messages over the account at the provider that is configured, to configured countries', async () => {
    await using gateway = await start({
      sms: {
        ...{ transport: 'twilio', defaultCountry: '+81', countries: ['+81', '+44'] },
        twilio: { baseUrl: provider.origin, accountSid: 'AC7', token: { env: 'SMS_TOKEN' }, from: '+815099998888' },
      },
      outgoing,
    })
    const before = provider.received.length

    expect(await askFor(gateway, '090-1111-2222')).toBe(true)
    expect(await askFor(gateway, '+44 7700 900123')).toBe(true)
    expect(await askFor(gateway, '+33 6 12 34 56 78')).toBe('not_served')
    await provider.heard(before + 2)

    const texts = provider.received.slice(before)
    expect(texts[0]?.path).toContain('/Accounts/AC7/')
    expect(texts[0]?.headers.authorization).toBe(`Basic ${Buffer.from('AC7:t0ken').toString('base64')}`)
    const forms = texts.map(text => new URLSearchParams(text.body))
    expect(forms.map(form => form.get('To') ?? '').toSorted()).toEqual(['+447700900123', '+819011112222'])
    expect(forms[0]?.get('From')).toBe('+815099998888')
  })

  test('sends them to a webhook that is configured, signed with its secret', async () => {
    await using gateway = await start({
      sms: {
        ...{ transport: 'webhook', countries: ['+81'] },
        webhook: { url: `${provider.origin}/own`, secret: { env: 'SMS_SECRET' } },
      },
      outgoing,
    })
    const before = provider.received.length

    expect(await askFor(gateway, '09033334444')).toBe('unreadable') // no default country
    expect(await askFor(gateway, '+819033334444')).toBe(true)
    await provider.heard(before + 1)

    expect(provider.received.at(-1)?.path).toBe('/own')
    expect(provider.received.at(-1)?.headers['sekisho-signature']).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/)
  })

  test.each([
    ['without privateNetworks', { plainHttp: true }],
    ['without plainHttp', { privateNetworks: ['127.0.0.0/8'] }],
  ])('reaches no provider inside the house %s: the message waits', async (_name, rules) => {
    await using gateway = await start({
      sms: {
        ...{ transport: 'webhook', defaultCountry: '+81' },
        webhook: { url: `${provider.origin}/never`, secret: { env: 'SMS_SECRET' } },
      },
      outgoing: rules,
    })
    await askFor(gateway, '09055556666')
    const { outbox } = gateway.running.gateway.rooms.store
    let waiting: string | null = null
    while (waiting === null) waiting = (await outbox.list('queued', 1))[0]?.lastAnswer ?? null

    expect(waiting).toMatch(/not allowed|no public address/)
    expect(provider.received.map(text => text.path)).not.toContain('/never')
  })

  test('offers phones to nobody while text messages are off, and shows them in the mailbox for development', async () => {
    await using off = await start({})
    expect(off.running.gateway.rooms.people.phones.offered).toBe(false)
    expect(await askFor(off, '+819077778888')).toBe('not_served')

    await using shown = await start({ sms: { transport: 'mailbox', defaultCountry: '+81' } })
    await askFor(shown, '09077778888')
    const { mailbox } = shown.running.gateway
    while (mailbox?.list().every(mail => mail.to !== '+819077778888') === true) await new Promise(setImmediate)
    expect(mailbox?.list()[0]?.text).toMatch(/^\d{6} is your/)
  })
})

describe('what text messages may cost', () => {
  const wide = { triesMax: 50, windowMs: 3_600_000 }
  const cases: readonly (readonly [keyof GatewayConfig['limits']['sms'], (i: number) => Asked])[] = [
    ['account', i => ({ accountId: 'a', number: `n${i}`, address: `x${i}` })],
    ['number', i => ({ accountId: `a${i}`, number: 'n', address: `x${i}` })],
    ['address', i => ({ accountId: `a${i}`, number: `n${i}`, address: 'x' })],
    ['hour', i => ({ accountId: `a${i}`, number: `n${i}`, address: `x${i}` })],
    ['day', i => ({ accountId: `a${i}`, number: `n${i}`, address: `x${i}` })],
  ]
  interface Asked {
    readonly accountId: string
    readonly number: string
    readonly address: string
  }
  test.each(cases)('comes to an end by %s', async (key, asked) => {
    await using gateway = await start({})
    const config = gateway.running.gateway.rooms.config()
    const sms = { account: wide, number: wide, address: wide, hour: wide, day: wide, [key]: { ...wide, triesMax: 2 } }
    const { smsBudgets } = openGuards({ ...config, limits: { ...config.limits, sms } }, systemClock, null)
    const kinds: string[] = []
    for (let i = 0; i < 4; i++) kinds.push((await smsBudgets.ask(asked(i))).kind)

    expect(kinds).toEqual(['open', 'open', 'closed', 'closed'])
  })
})
