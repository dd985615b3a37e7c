import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'
import { postAnswer, rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { encode, signedResponse } from '../support/saml-messages.ts'

// Answers that open nothing: nobody's session, and nothing that tells why. What the message itself must be is tried in test/sso and
// test/attacks/saml; here is what the house knows: whose browser asked, whose domain it is, and what was used before.

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway()
  await world.gateway.addPerson({ email: 'mallory@corp.test', organization: 'corp' })
  await world.gateway.addPerson({ email: 'victim@other.test', organization: 'other' })
  await world.gateway.addPerson({ email: 'loner@corp.test' })
})
afterAll(() => world[Symbol.asyncDispose]())

const mallory = { nameId: 'mallory@corp.test' }

/** The one refusal: its receipt aside, byte for byte. */
function shapeOf(reply: Reply): unknown {
  const { date: _date, ...headers } = reply.headers
  return [reply.status, headers, reply.setCookies, reply.body.replace(/[0-9a-f]{8}-[0-9a-z]{6}/, '[receipt]')]
}

let standard: Reply
beforeAll(async () => {
  standard = await world.corp.post(world.visitor(), 'AAAA')
})

function expectRefused(reply: Reply): void {
  expect(reply.status).toBe(403)
  expect(reply.headers['content-length']).toBe(standard.headers['content-length'])
  expect(shapeOf(reply)).toEqual(shapeOf(standard))
}

function isSignedIn(visitor: PortalVisitor): boolean {
  return visitor.cookie('auth.localhost', 'sekisho') !== undefined
}

/** What was written about the last refused answer. */
async function lastCause(house = world.corp): Promise<string | undefined> {
  const [last] = await rooms(world.gateway).store.seenMessages.listOf(house.id)
  return last?.outcome
}

describe('the browser', () => {
  test('that did not ask gets no session, also with the answer to another browser’s request (login CSRF)', async () => {
    const attacker = world.visitor()
    const victim = world.visitor()
    await world.corp.ask(victim)
    const asked = await world.corp.ask(attacker)
    const message = world.corp.answer(asked, mallory)
    expectRefused(await world.corp.post(victim, message, asked.relayState))
    expect(await lastCause()).toBe('request_unknown')
    expect(isSignedIn(victim)).toBe(false)
    // Nothing was used up by it: the browser that asked signs in.
    expect((await world.corp.post(attacker, message, asked.relayState)).status).toBe(303)
  })

  test.each([
    ['lost its cookie', (jar: Map<string, string>) => jar.clear()],
    [
      'changed its cookie',
      (jar: Map<string, string>) => eachSaml(jar, value => `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`),
    ],
    ['cut its cookie', (jar: Map<string, string>) => eachSaml(jar, value => value.slice(0, 20))],
    [
      'renamed its cookie',
      (jar: Map<string, string>) => {
        for (const [name, value] of [...jar]) {
          jar.delete(name)
          jar.set('sekisho-saml-AAAAAAAAAAA', value)
        }
      },
    ],
  ])('that %s has no request', async (_, spoil) => {
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor)
    spoil(visitor.jar.get('auth.localhost') ?? new Map())
    expectRefused(await world.corp.post(visitor, world.corp.answer(asked, mallory), asked.relayState))
    expect(await lastCause()).toBe('request_unknown')
  })

  test('that waited longer than ten minutes starts again', async () => {
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor)
    world.clock.advance(10 * 60_000)
    expectRefused(await world.corp.post(visitor, world.corp.answer(asked, mallory), asked.relayState))
    expect(await lastCause()).toBe('request_unknown')
  })

  test('that asked another organization’s provider has no request here', async () => {
    const visitor = world.visitor()
    const asked = await world.other.ask(visitor)
    expectRefused(await world.corp.post(visitor, world.corp.answer(asked, mallory), asked.relayState))
    expect(await lastCause()).toBe('request_unknown')
  })
})

describe('one message', () => {
  test('signs in once, and a second time not even the browser that asked', async () => {
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor)
    const kept = new Map(visitor.jar.get('auth.localhost'))
    const message = world.corp.answer(asked, mallory)
    expect((await world.corp.post(visitor, message, asked.relayState)).status).toBe(303)

    const again = world.visitor()
    again.jar.set('auth.localhost', kept)
    expectRefused(await world.corp.post(again, message, asked.relayState))
    expect(await lastCause()).toBe('replayed')
  })

  test('nor do two messages that answer one request', async () => {
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor)
    const kept = new Map(visitor.jar.get('auth.localhost'))
    expect((await world.corp.post(visitor, world.corp.answer(asked, mallory), asked.relayState)).status).toBe(303)
    visitor.jar.set('auth.localhost', kept)
    expectRefused(await world.corp.post(visitor, world.corp.answer(asked, mallory), asked.relayState))
  })

  test('posted fifty times at once opens exactly one session, three times over', async () => {
    for (let round = 0; round < 3; round++) {
      const visitor = world.visitor()
      const asked = await world.corp.ask(visitor)
      const message = world.corp.answer(asked, mallory)
      const posts = Array.from({ length: 50 }, () => {
        const tab = world.visitor()
        tab.jar.set('auth.localhost', new Map(visitor.jar.get('auth.localhost')))
        return world.corp.post(tab, message, asked.relayState).then(reply => ({ reply, tab }))
      })
      const done = await Promise.all(posts)
      expect(done.filter(({ tab }) => isSignedIn(tab))).toHaveLength(1)
      for (const { reply } of done.filter(({ tab }) => !isSignedIn(tab))) expectRefused(reply)
    }
  })

  test('is refused after a restart too', async () => {
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor)
    const kept = new Map(visitor.jar.get('auth.localhost'))
    const message = world.corp.answer(asked, mallory)
    await world.corp.post(visitor, message, asked.relayState)
    await world.gateway.restart()
    visitor.jar.set('auth.localhost', kept)
    expectRefused(await world.corp.post(visitor, message, asked.relayState))
    expect(await lastCause()).toBe('replayed')
  })
})

describe('a genuine provider', () => {
  test('of another organization vouches for nobody here', async () => {
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor)
    const { entityId } = world.corp.idp
    const us = { sp: { entityId: world.corp.acs.replace(/acs$/, 'metadata'), acsUrl: world.corp.acs } }
    const answers = [
      world.other.answer(asked, { ...us, ...mallory }),
      world.other.answer(asked, { ...us, ...mallory, issuer: entityId }),
    ]
    for (const message of answers) expectRefused(await world.corp.post(visitor, message, asked.relayState))
    expect(isSignedIn(visitor)).toBe(false)
  })

  test.each([
    ['a domain of another organization', 'victim@other.test', 'email_domain'],
    ['a domain of nobody', 'somebody@nowhere.test', 'email_domain'],
    ['a subdomain', 'mallory@sub.corp.test', 'email_domain'],
    ['an account of no organization', 'loner@corp.test', 'nobody'],
    ['nobody', 'unknown@corp.test', 'nobody'],
    ['two addresses', 'mallory@corp.test,victim@other.test', 'name_id'],
    ['an address with two signs', 'mallory@other.test@corp.test', 'name_id'],
  ])('cannot speak for %s', async (_, nameId, cause) => {
    const visitor = world.visitor()
    expectRefused(await world.corp.signIn(visitor, nameId))
    expect(await lastCause()).toBe(cause)
    expect(isSignedIn(visitor)).toBe(false)
  })

  test('does not take over an account of nobody’s organization when accounts are made', async () => {
    await world.corp.setProvider({ settings: { createsAccounts: true } })
    expectRefused(await world.corp.signIn(world.visitor(), 'loner@corp.test'))
    await world.corp.setProvider({ settings: { createsAccounts: false } })
    const [loner] = await rooms(world.gateway).store.accounts.list({ search: 'loner@corp.test', limit: 1 })
    expect(loner?.organizationId).toBeNull()
  })

  test('vouches for nobody any more once single sign-on was switched off meanwhile', async () => {
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor)
    await world.corp.setRules(rules => ({ ...rules, sso: { ...rules.sso, required: false } }))
    const reply = await world.corp.post(visitor, world.corp.answer(asked, mallory), asked.relayState)
    await world.corp.setRules(rules => ({ ...rules, sso: { ...rules.sso, required: true } }))
    expectRefused(reply)
    expect(isSignedIn(visitor)).toBe(false)
  })

  test('nor for a suspended account', async () => {
    const account = await world.gateway.addPerson({ email: 'left@corp.test', organization: 'corp' })
    const by = { actor: { kind: 'system', id: 'test' }, address: null, receipt: null, device: 'test' } as const
    await rooms(world.gateway).people.peopleAdmin.suspend(account, by)
    const visitor = world.visitor()
    expectRefused(await world.corp.signIn(visitor, 'left@corp.test'))
    expect(isSignedIn(visitor)).toBe(false)
  })

  test('that was removed, or never was, is refused like every other', async () => {
    const visitor = world.visitor()
    const nowhere = world.corp.acs.replace('/corp/', '/none/')
    expectRefused(await postAnswer(visitor, nowhere, world.corp.answer(null, mallory), null))
  })
})

test('a refusal speaks the language that the person has chosen, though that cookie stays at home', async () => {
  const visitor = world.visitor()
  await visitor.post(`${world.gateway.portalOrigin}/language`, { language: 'ja', return: '/sign-in' })
  const asked = await world.corp.ask(visitor)
  const reply = await world.corp.post(visitor, 'AAAA', asked.relayState)
  expect([reply.status, reply.heading]).toEqual([403, 'シングルサインオンを完了できませんでした'])
})

describe('the form', () => {
  const genuine = async (visitor: PortalVisitor) => {
    const asked = await world.corp.ask(visitor)
    return { asked, message: world.corp.answer(asked, mallory) }
  }

  test.each([
    [
      'two messages',
      (message: string) => `SAMLResponse=${encodeURIComponent(message)}&SAMLResponse=${encodeURIComponent(message)}`,
    ],
    ['no message', () => 'RelayState=x'],
    ['a message in the clothes of an array', (message: string) => `SAMLResponse[]=${encodeURIComponent(message)}`],
    [
      'more than 300 KiB',
      (message: string) => `SAMLResponse=${encodeURIComponent(message)}&x=${'a'.repeat(300 * 1024)}`,
    ],
  ])('with %s is refused', async (_, body) => {
    const visitor = world.visitor()
    const { message } = await genuine(visitor)
    const reply = await visitor.post(world.corp.acs, body(message), { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(reply.status).toBe(403)
    expect(reply.body.length).toBe(standard.body.length)
    expect(isSignedIn(visitor)).toBe(false)
  })

  test.each(['text/plain', 'multipart/form-data; boundary=x', 'application/json', 'application/xml'])(
    'of type %s is refused',
    async type => {
      const visitor = world.visitor()
      const { message } = await genuine(visitor)
      const headers = { 'Content-Type': type }
      expectRefused(await visitor.post(world.corp.acs, `SAMLResponse=${encodeURIComponent(message)}`, { headers }))
    },
  )

  test('is read at the ACS alone: no other form of ours may come from another site’s page', async () => {
    const visitor = world.visitor()
    const foreign = { headers: { Origin: 'https://idp.example.test', 'Sec-Fetch-Site': 'cross-site' } }
    for (const path of [
      '/sign-in',
      '/sign-out',
      '/saml/corp/start',
      '/saml/corp/acs/',
      '/saml/corp/acs%2f',
      '/reset',
    ]) {
      const reply = await visitor.post(`${world.gateway.portalOrigin}${path}`, { email: 'a@b.test' }, foreign)
      expect([path, reply.status >= 400]).toEqual([path, true])
    }
  })

  test('cannot be asked for by GET', async () => {
    const visitor = world.visitor()
    const { message } = await genuine(visitor)
    const query = new URLSearchParams({ SAMLResponse: message })
    expect((await visitor.get(`${world.corp.acs}?${query.toString()}`)).status).toBe(404)
    expect(isSignedIn(visitor)).toBe(false)
  })
})

describe('the RelayState', () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../cases/shared/redirect.shared.json', import.meta.url), 'utf8'),
  ) as { cases: { id: string; value: string }[] } // because the file is ours

  test('leads nowhere, whatever stands in it', async () => {
    for (const { id, value } of cases) {
      const visitor = world.visitor()
      const asked = await world.corp.ask(visitor, { return: '/account/devices' })
      const reply = await world.corp.post(visitor, world.corp.answer(asked, mallory), value)
      expect([id, reply.status, reply.location]).toEqual([id, 303, '/account/devices'])
    }
  })

  test('nor does an address that the start was given', async () => {
    for (const { id, value } of cases.filter(each => !each.value.startsWith('/'))) {
      const visitor = world.visitor()
      const asked = await world.corp.ask(visitor, { return: value }).catch(() => null)
      if (asked === null) continue
      const reply = await world.corp.post(visitor, world.corp.answer(asked, mallory), asked.relayState)
      const host = new URL(reply.location ?? '', world.gateway.portalOrigin).hostname
      expect([id, ['auth.localhost', 'localhost'].includes(host)]).toEqual([id, true])
    }
  })
})

describe('starting', () => {
  test('stores nothing here, and no more in a browser than a head has room for', async () => {
    const visitor = world.visitor()
    const path = `/${'a'.repeat(1_500)}`
    for (let i = 0; i < 20; i++) await world.corp.ask(visitor, i % 2 === 0 ? { return: path } : {})
    const kept = [...(visitor.jar.get('auth.localhost') ?? [])]
    expect(kept.length).toBeLessThanOrEqual(8)
    expect(kept.join('').length).toBeLessThan(8_500)
    // The newest still counts.
    const asked = await world.corp.ask(visitor)
    expect((await world.corp.post(visitor, world.corp.answer(asked, mallory), asked.relayState)).status).toBe(303)
  })

  test('is for people who go there, not for pictures and frames of a page elsewhere', async () => {
    const start = `${world.gateway.portalOrigin}/saml/corp/start`
    for (const destination of ['image', 'iframe', 'empty', 'script']) {
      const visitor = world.visitor()
      const reply = await visitor.get(start, { headers: { 'Sec-Fetch-Dest': destination } })
      expect([reply.status, reply.setCookies]).toEqual([404, []])
    }
  })

  test('is nothing where there is no provider, and where single sign-on is not in force', async () => {
    const visitor = world.visitor()
    await world.other.setRules(rules => ({ ...rules, sso: { ...rules.sso, required: false } }))
    for (const slug of ['other', 'none']) {
      const reply = await visitor.get(`${world.gateway.portalOrigin}/saml/${slug}/start`)
      expect([reply.status, reply.setCookies]).toEqual([404, []])
    }
    await world.other.setRules(rules => ({ ...rules, sso: { ...rules.sso, required: true } }))
  })
})

test('every refusal is written down with its cause, for the operator and for the organization, and holds no message', async () => {
  const visitor = world.visitor()
  const asked = await world.corp.ask(visitor)
  const forged = encode(signedResponse(world.other.idp, { now: world.clock.now(), inResponseTo: asked.id, ...mallory }))
  const reply = await world.corp.post(visitor, forged, asked.relayState)
  const receipt = /[0-9a-f]{8}-[0-9a-z]{6}/.exec(reply.body)?.[0] ?? ''
  world.clock.advance(1_000)

  const { store } = rooms(world.gateway)
  const [seen] = await store.seenMessages.listOf(world.corp.id)
  expect(seen).toMatchObject({ receipt, purpose: 'sign_in' })
  expect(seen?.outcome).not.toBe('accepted')
  const rows = await store.audit.list({ organizationId: world.corp.id, limit: 1_000 })
  const row = rows.find(({ entry }) => entry.receipt === receipt)
  expect(row?.entry).toMatchObject({ event: 'sign_in_refused', facts: { asked: 'saml', why: seen?.outcome } })
  const told = await world.gateway.cli('explain', receipt)
  expect(told.out).toContain(`saml_${seen?.outcome}`)
  expect(told.out).toMatch(/helps +\w/)
  expect(JSON.stringify([seen, rows])).not.toContain(forged.slice(40, 80))
})

test('what is written about a refused name holds no more of it than its first letter and its domain', async () => {
  await world.corp.signIn(world.visitor(), 'mallory-0815')
  const [seen] = await rooms(world.gateway).store.seenMessages.listOf(world.corp.id)
  expect(seen).toMatchObject({ outcome: 'name_id', subject: 'm•••' })
  expect(JSON.stringify(seen)).not.toContain('allory')
})

function eachSaml(jar: Map<string, string>, change: (value: string) => string): void {
  for (const [name, value] of [...jar]) if (name.includes('-saml-')) jar.set(name, change(value))
}
