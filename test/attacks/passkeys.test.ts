import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashToken } from '../../src/lib/secret.ts'
import { addPasskey, askOptions, postNew, postSignIn, signInByPasskey } from '../support/passkey-flows.ts'
import { portalHost, signedIn, tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addPerson } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'
import { bytes, createSoftwareKey, type Said, text } from '../support/software-key.ts'

// Whoever can say anything: another page's answer, another site's, one that was used before, one that was made for something else.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const stranger = (options = {}) => createPortalVisitor({ port: portal.port, ...options })

async function holder(email: string, about: { counts?: boolean } = {}) {
  await addPerson(portal, email)
  const visitor = await signedIn(portal, email)
  return { visitor, key: await addPasskey(portal, visitor, about) }
}

/** Another browser with this one's cookies, some of them changed. */
function withCookies(visitor: PortalVisitor, changed: Readonly<Record<string, string>> = {}): PortalVisitor {
  const other = stranger()
  other.jar.set(portalHost, new Map([...(visitor.jar.get(portalHost) ?? []), ...Object.entries(changed)]))
  return other
}

function opened(replies: readonly { location: string | null }[]): number {
  return replies.filter(({ location }) => location === '/account').length
}

describe('an answer that was forged', () => {
  const forgeries: Readonly<Record<string, Said>> = {
    'on another site’s page': { origin: 'https://auth.localhost.evil.test' },
    'on the application’s page': { origin: 'http://localhost' },
    'over plain HTTP of another port': { origin: 'http://auth.localhost:1' },
    'for another relying party': { rpId: 'localhost' },
    'with a challenge of its own': { challenge: Buffer.alloc(54, 7).toString('base64url') },
    'without a challenge': { challenge: '' },
    'in the name of a registration': { type: 'webauthn.create' },
    'in a frame of another origin': { crossOrigin: true },
    'without the user’s verification': { verified: false },
    'without the user’s presence': { present: false },
    'with another account’s handle': { userHandle: Buffer.from('somebody').toString('base64url') },
    'without a handle': { userHandle: null },
    'with another signature': { signature: Buffer.alloc(71, 3).toString('base64url') },
    'for a credential that nobody has': { credentialId: Buffer.alloc(16, 9).toString('base64url') },
  }
  let owner: PortalVisitor
  beforeAll(async () => {
    owner = (await holder('forged@example.com')).visitor
  })

  test.each(Object.entries(forgeries))('%s opens nothing', async (_how, said) => {
    const key = await addPasskey(portal, owner)

    const reply = await signInByPasskey(portal, stranger({ address: '198.51.100.7' }), key, said)

    expect(reply.status).toBe(422)
    expect(reply.setCookies.join()).not.toMatch(/sekisho=[A-Za-z0-9]/)
    // Nothing else was wrong with it.
    expect((await signInByPasskey(portal, stranger(), key)).location).toBe('/account')
  })
})

describe('one challenge', () => {
  test('opens one session, of fifty that bring the same answer at once', async () => {
    const { key } = await holder('race@example.com')
    const visitor = stranger()
    const answer = key.answer(await askOptions(portal, visitor, 'sign_in'))

    const replies = await Promise.all(
      Array.from({ length: 50 }, () => postSignIn(portal, withCookies(visitor), answer)),
    )

    expect(opened(replies)).toBe(1)
    expect(replies.filter(({ status }) => status === 422)).toHaveLength(49)
  })

  test('opens one session also where the counter counts, and nobody is told of a copy', async () => {
    const { key } = await holder('counted-race@example.com', { counts: true })
    const visitor = stranger()
    const answer = key.answer(await askOptions(portal, visitor, 'sign_in'))

    const replies = await Promise.all(
      Array.from({ length: 20 }, () => postSignIn(portal, withCookies(visitor), answer)),
    )
    await portal.deliver()

    expect(opened(replies)).toBe(1)
    expect(portal.mailbox.list().filter(({ subject }) => /copied/.test(subject))).toEqual([])
  })

  test('is good for the browser that asked, and for no other', async () => {
    const { key } = await holder('elsewhere@example.com')
    const owner = stranger()
    const answer = key.answer(await askOptions(portal, owner, 'sign_in'))
    const thief = stranger()
    await askOptions(portal, thief, 'sign_in')

    expect((await postSignIn(portal, thief, answer)).status).toBe(422)
    expect((await postSignIn(portal, stranger(), answer)).status).toBe(422)
    expect((await postSignIn(portal, owner, answer)).location).toBe('/account')
  })

  test('is good for five minutes', async () => {
    const { key } = await holder('late@example.com')
    const visitor = stranger()
    const answer = key.answer(await askOptions(portal, visitor, 'sign_in'))

    portal.clock.leap(5 * 60_000)

    expect((await postSignIn(portal, visitor, answer)).status).toBe(422)
  })

  test('is good for what it was asked for: no answer for one purpose helps another', async () => {
    const { key } = await holder('purpose@example.com')
    const visitor = stranger()
    const page = await visitor.follow(await tryPassword(portal, visitor, 'purpose@example.com'))
    const forSignIn = key.answer(await askOptions(portal, visitor, 'sign_in'))
    const forSecond = key.answer(await askOptions(portal, visitor, 'second_factor'))

    expect((await visitor.submit(page, { credential: forSignIn })).status).toBe(422)
    expect((await postSignIn(portal, visitor, forSecond)).status).toBe(422)
  })

  test('of one attempt is nothing in the next one of the same browser', async () => {
    const { key } = await holder('attempts@example.com')
    const visitor = stranger()
    await tryPassword(portal, visitor, 'attempts@example.com')
    const answer = key.answer(await askOptions(portal, visitor, 'second_factor'))
    const page = await visitor.follow(await tryPassword(portal, visitor, 'attempts@example.com'))

    const reply = await visitor.submit(page, { credential: answer })

    expect(reply.status).toBe(422)
  })

  test('of one session proves nothing in another one of the same person', async () => {
    const { visitor: first, key } = await holder('sessions@example.com')
    const second = withCookies(stranger())
    await signInByPasskey(portal, second, key)
    const answer = key.answer(await askOptions(portal, first, 'prove_again'))
    const stolen = withCookies(second, { 'sekisho-passkey': first.cookie(portalHost, 'sekisho-passkey') ?? '' })

    const reply = await stolen.post(`${portal.portalOrigin}/prove-again`, { answer: 'passkey', credential: answer })

    expect(reply.status).toBe(422)
  })

  test('that nobody answers stores nothing', async () => {
    const before = await portal.store.outbox.list('queued', 100)
    const challenge = (await askOptions(portal, stranger(), 'sign_in')).challenge
    const head = Buffer.from(challenge, 'base64url').subarray(0, 22).toString('base64url')

    expect(await portal.store.spentOnce.spend(`passkey ${head}`, portal.clock.now() + 1, portal.clock.now())).toBe(true)
    expect(await portal.store.outbox.list('queued', 100)).toHaveLength(before.length)
  })
})

describe('a counter that does not grow', () => {
  test('opens nothing, is written down, and its owner is told once', async () => {
    const { key } = await holder('cloned@example.com', { counts: true })
    await signInByPasskey(portal, stranger(), key, { counter: 9 })

    const replies = [
      await signInByPasskey(portal, stranger(), key, { counter: 9 }),
      await signInByPasskey(portal, stranger(), key, { counter: 3 }),
      await signInByPasskey(portal, stranger(), key, { counter: 0 }),
    ]
    await portal.deliver()

    expect(opened(replies)).toBe(0)
    const mails = portal.mailbox
      .list()
      .filter(({ to, subject }) => to === 'cloned@example.com' && /copied/.test(subject))
    expect(mails).toHaveLength(1)
    const rows = await portal.store.audit.list({ limit: 500 })
    const account = await accountOf(portal, 'cloned@example.com')
    const copies = rows.filter(({ entry }) => entry.accountId === account.id && entry.facts['why'] === 'copied')
    expect(copies).toHaveLength(3)
    expect((await signInByPasskey(portal, stranger(), key, { counter: 10 })).location).toBe('/account')
  })
})

describe('a registration that was forged', () => {
  const forgeries: Readonly<Record<string, Said>> = {
    'on another site’s page': { origin: 'https://evil.test' },
    'for another relying party': { rpId: 'localhost' },
    'in the name of a sign-in': { type: 'webauthn.get' },
    'without the user’s verification': { verified: false },
    'in a frame': { crossOrigin: true },
  }

  test.each(Object.entries(forgeries))('%s adds nothing', async (how, said) => {
    const email = `new-${hashToken(how)
      .slice(0, 8)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, 'x')}@example.com`
    await addPerson(portal, email)
    const visitor = await signedIn(portal, email)
    const key = createSoftwareKey(portal.portalOrigin)

    const reply = await postNew(portal, visitor, key.create(await askOptions(portal, visitor, 'enrol'), said))

    expect(reply.status).toBe(422)
    expect((await accountOf(portal, email)).factors).toEqual([])
  })

  test('with a certificate is refused unread: we fetch nothing from addresses that it names', async () => {
    await addPerson(portal, 'certified@example.com')
    const visitor = await signedIn(portal, 'certified@example.com')
    const certificate = Buffer.from('a process would fetch what this names')
    const statement = Buffer.concat([
      ...[Buffer.from([0xa3]), text('alg'), Buffer.from([0x26]), text('sig'), bytes(Buffer.alloc(70))],
      ...[text('x5c'), Buffer.from([0x81]), bytes(certificate)],
    ])
    for (const format of ['packed', 'fido-u2f', 'android-key', 'tpm', 'apple', 'android-safetynet', 'none']) {
      const key = createSoftwareKey(portal.portalOrigin)
      const options = await askOptions(portal, visitor, 'enrol')
      const reply = await postNew(portal, visitor, key.create(options, { attestation: { format, statement } }))
      expect(reply.status, format).toBe(422)
    }
  })

  test('of one challenge adds one passkey, of twenty at once', async () => {
    await addPerson(portal, 'twenty@example.com')
    const visitor = await signedIn(portal, 'twenty@example.com')
    const options = await askOptions(portal, visitor, 'enrol')
    const answers = Array.from({ length: 20 }, () => createSoftwareKey(portal.portalOrigin).create(options))

    await Promise.all(answers.map(answer => postNew(portal, withCookies(visitor), answer)))

    expect((await accountOf(portal, 'twenty@example.com')).factors).toHaveLength(1)
  })

  test('in a sign-in that is not asked for a factor is not even begun', async () => {
    await holder('not-asked@example.com')
    const visitor = stranger()
    await tryPassword(portal, visitor, 'not-asked@example.com')

    await expect(askOptions(portal, visitor, 'enrol_first')).rejects.toThrow('401')
    await expect(askOptions(portal, stranger(), 'enrol')).rejects.toThrow('401')
    await expect(askOptions(portal, stranger(), 'prove_again')).rejects.toThrow('401')
    await expect(askOptions(portal, stranger(), 'anything')).rejects.toThrow('401')
  })
})

describe('an answer of another shape', () => {
  test('is wrong and breaks nothing', async () => {
    const visitor = stranger({ address: '198.51.100.8' })
    await askOptions(portal, visitor, 'sign_in')
    const faults = portal.faults.length
    const id = 'AAAA'
    const response = { clientDataJSON: 'e30', authenticatorData: 'AA', signature: 'AA' }
    const shapes: unknown[] = [
      ...[null, 1, 'x', [], {}, [[]], { id: ['AAAA'], rawId: ['AAAA'], type: 'public-key', response }],
      ...[
        { id, rawId: id, type: ['public-key'], response },
        { id, rawId: id, type: 'public-key', response: [response] },
      ],
      { id, rawId: id, type: 'public-key', response: { ...response, clientDataJSON: ['e30'] } },
      { id, rawId: id, type: 'public-key', response: { ...response, authenticatorData: { length: 37 } } },
      { id, rawId: id, type: 'public-key', response: { ...response, userHandle: [id] } },
      { id, rawId: id, type: 'public-key', response },
      { id: '__proto__', rawId: '__proto__', type: 'public-key', response },
      { id: 'A'.repeat(4_000), rawId: 'A'.repeat(4_000), type: 'public-key', response },
    ]

    for (const shape of shapes) {
      const reply = await postSignIn(portal, visitor, JSON.stringify(shape))
      expect(reply.status, JSON.stringify(shape).slice(0, 80)).toBe(422)
    }
    expect(portal.faults).toHaveLength(faults)
  })

  test('over the limit of forms is refused, and two answers in one form as well', async () => {
    const visitor = stranger()
    const url = `${portal.portalOrigin}/sign-in/passkey`

    expect((await visitor.post(url, { credential: 'A'.repeat(70_000) })).status).toBe(413)
    expect((await visitor.post(url, 'credential=a&credential=b')).status).toBe(422)
    expect((await visitor.post(url, 'credential[]=a')).status).toBe(422)
  })

  test('from a page of another site is refused', async () => {
    const visitor = stranger()
    const headers = { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site' }

    for (const path of ['/sign-in/passkey', '/passkeys/options', '/account/passkeys/add', '/sign-in/code'])
      expect((await visitor.post(`${portal.portalOrigin}${path}`, {}, { headers })).status, path).toBe(403)
  })
})

test('passkeys that are guessed at from one address come to an end, and a device that the account knows still gets in', async () => {
  await using small = await startPortal()
  await addPerson(small, 'known@example.com')
  const visitor = await signedIn(small, 'known@example.com')
  const key = await addPasskey(small, visitor)
  const device = visitor.cookie(portalHost, 'sekisho-device') ?? ''
  const attacker = createPortalVisitor({ port: small.port, address: '198.51.100.9' })
  for (let guess = 0; guess < 55; guess++) {
    const guessed = createSoftwareKey(small.portalOrigin)
    await signInByPasskey(small, attacker, guessed, { userHandle: 'AAAA' })
  }
  const sameOffice = createPortalVisitor({ port: small.port, address: '198.51.100.9' })
  const known = createPortalVisitor({ port: small.port, address: '198.51.100.9' })
  known.jar.set(portalHost, new Map([['sekisho-device', device]]))

  expect((await signInByPasskey(small, sameOffice, key)).status).toBe(422)
  expect((await signInByPasskey(small, known, key)).location).toBe('/account')
})
