import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isoInstant } from '../../src/lib/instant.ts'
import { mapRoles } from '../../src/people/provisioning.ts'
import type { Reply } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway()
})
afterAll(() => world[Symbol.asyncDispose]())

let people = 0
async function somebody(organization = 'corp') {
  people += 1
  const email = `person${people}@${organization}.test`
  return { email, account: await world.gateway.addPerson({ email, organization }) }
}

function sessionsOf(accountId: Parameters<ReturnType<typeof rooms>['people']['sessionBook']['listOf']>[0]) {
  return rooms(world.gateway).people.sessionBook.listOf(accountId)
}

/** Where the page leads by itself. */
function leadsTo(page: Reply): URL {
  const [, path = ''] = /content="0; url=([^"]+)"/.exec(page.body) ?? []
  return new URL(path.replaceAll('&amp;', '&'), page.url)
}

describe('the way there', () => {
  test('a person asks for a page of the application, is led by the domain of their address, and comes back to that page', async () => {
    const { email } = await somebody()
    const visitor = world.visitor()

    const form = await visitor.follow(await visitor.get(`${world.gateway.appOrigin}/room?id=7`))
    const led = await visitor.submit(form, { email })
    expect(led.heading).toBe('Continue with single sign-on')
    const asked = await world.corp.ask(visitor, Object.fromEntries(leadsTo(led).searchParams))
    const opened = await world.corp.post(visitor, world.corp.answer(asked, { nameId: email }), asked.relayState)

    expect(opened.status).toBe(303)
    const arrived = await visitor.follow(opened)
    expect(arrived.status).toBe(200)
    expect(arrived.url.href).toBe(`${world.gateway.appOrigin}/room?id=7`)
  })

  test('every name of the domain is led alike, whether anybody has it or not', async () => {
    const { email } = await somebody()
    await world.gateway.addPerson({ email: 'gone@corp.test', organization: 'corp' })
    await rooms(world.gateway).people.peopleAdmin.suspend(
      await world.gateway.addPerson({ email: 'held@corp.test', organization: 'corp' }),
      { actor: { kind: 'system', id: 'test' }, address: null, receipt: null, device: 'test' },
    )
    const pages = await Promise.all(
      [email, 'held@corp.test', 'nobody@corp.test'].map(async name => {
        const visitor = world.visitor()
        return visitor.submit(await visitor.get(`${world.gateway.portalOrigin}/sign-in`), { email: name })
      }),
    )
    const [first] = pages
    for (const page of pages) expect([page.status, page.body]).toEqual([first?.status, first?.body])
    expect(first?.body).not.toContain(email)
  })

  test('the page that leads on holds no form, because browsers hold form-action against what follows a form', async () => {
    const visitor = world.visitor()
    const led = await visitor.submit(await visitor.get(`${world.gateway.portalOrigin}/sign-in`), {
      email: 'a@corp.test',
    })
    expect(leadsTo(led).pathname).toBe('/saml/corp/start')
    expect(led.headers['content-security-policy']).not.toContain('idp.')
    expect(led.forms.every(({ action }) => action === '/language')).toBe(true)
  })

  test('the organization’s own address leads there, and the other way is open to everybody', async () => {
    const visitor = world.visitor()
    const page = await visitor.get(`${world.gateway.portalOrigin}/org/corp?return=%2Faccount%2Fdevices`)
    expect(leadsTo(page).pathname).toBe('/saml/corp/start')
    expect(leadsTo(page).searchParams.get('return')).toBe('/account/devices')

    const [, otherWay = ''] = /href="(\/sign-in\?[^"]*way=password)"/.exec(page.body) ?? []
    const form = await visitor.get(new URL(otherWay.replaceAll('&amp;', '&'), page.url).href)
    const password = await visitor.submit(form, { email: 'whoever@corp.test' })
    expect(password.forms.some(({ fields }) => fields.some(([name]) => name === 'password'))).toBe(true)
  })

  test('once single sign-on is off, the domain leads to the password page again', async () => {
    await world.other.setRules(rules => ({ ...rules, sso: { ...rules.sso, required: false } }))
    const visitor = world.visitor()
    const page = await visitor.submit(await visitor.get(`${world.gateway.portalOrigin}/sign-in`), {
      email: 'a@other.test',
    })
    await world.other.setRules(rules => ({ ...rules, sso: { ...rules.sso, required: true } }))
    expect(page.forms.some(({ fields }) => fields.some(([name]) => name === 'password'))).toBe(true)
  })

  test('the request is signed, asks for a post to our own address, and names nobody', async () => {
    const asked = await world.corp.ask(world.visitor())
    const query = new URL(asked.reply.location ?? '').searchParams
    expect(query.get('SigAlg')).toBe('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')
    expect(asked.relayState).toMatch(/^[A-Za-z0-9_-]{11}$/)
    expect(asked.xml).toContain(`AssertionConsumerServiceURL="${world.corp.acs}"`)
    expect(asked.reply.headers['referrer-policy']).toBe('no-referrer')
    expect(asked.reply.setCookies).toHaveLength(1)
    expect(asked.reply.setCookies[0]).toMatch(
      /^sekisho-saml-[\w-]{11}=[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=None; Secure$/,
    )
  })

  test('where the organization wants a post, a page of ours posts the request, and that page alone may post there', async () => {
    await world.other.setProvider({ settings: { requestBinding: 'post' } })
    const visitor = world.visitor()
    const page = await visitor.get(`${world.gateway.portalOrigin}/saml/other/start`)
    await world.other.setProvider({ settings: { requestBinding: 'redirect' } })

    expect(page.forms[0]?.action).toBe('https://idp.other.test/sso-post')
    expect(page.headers['content-security-policy']).toContain('https://idp.other.test;')
    expect(page.body).toContain('/assets/saml-post.js')
    expect(page.forms[0]?.fields.map(([name]) => name)).toEqual(['SAMLRequest', 'RelayState'])
  })

  test('our metadata is read by whoever asks', async () => {
    const reply = await world.visitor().get(`${world.gateway.portalOrigin}/saml/corp/metadata`)
    expect(reply.headers['content-type']).toContain('samlmetadata+xml')
    expect(reply.body).toContain(`Location="${world.corp.acs}"`)
  })
})

describe('the session that opens', () => {
  test('holds the provider’s word, and the names by which the provider ends it', async () => {
    const { email, account } = await somebody()
    expect((await world.corp.signIn(world.visitor(), email)).location).toBe('/account')
    const [session] = await sessionsOf(account.id)
    expect(session?.proofs).toMatchObject([
      { kind: 'saml', organization: world.corp.id, subject: { nameId: email, issuer: world.corp.idp.entityId } },
    ])
  })

  test('ends no later than the provider says', async () => {
    const { email, account } = await somebody()
    const visitor = world.visitor()
    const sessionUntil = isoInstant(world.clock.now() + 10 * 60_000)
    await world.corp.signIn(visitor, email, { sessionUntil })
    const [session] = await sessionsOf(account.id)
    expect(session?.absoluteEndsAt).toBe(world.clock.now() + 10 * 60_000)

    world.clock.advance(10 * 60_000 - 1_000)
    expect((await visitor.get(`${world.gateway.portalOrigin}/account`)).status).toBe(200)
    world.clock.advance(1_000)
    expect((await visitor.get(`${world.gateway.portalOrigin}/account`)).status).toBe(303)
  })

  test('stands on a device that stays known: the form of the provider’s page carries no device cookie, and nobody is warned', async () => {
    const { email, account } = await somebody()
    const visitor = world.visitor()
    await world.corp.signIn(visitor, email)
    const device = visitor.cookie('auth.localhost', 'sekisho-device')
    await world.corp.signIn(visitor, email)
    const mails = rooms(world.gateway).store.outbox.list('queued', 1_000)
    const warnings = (await mails).filter(({ notice }) => notice.to === email)

    expect(visitor.cookie('auth.localhost', 'sekisho-device')).toBe(device)
    expect(await rooms(world.gateway).store.devices.listOf(account.id)).toHaveLength(1)
    expect(warnings.map(({ notice }) => notice.kind)).toEqual(['new_device'])
  })

  test('takes the place of the one that this browser held', async () => {
    const { email, account } = await somebody()
    const visitor = world.visitor()
    await world.corp.signIn(visitor, email)
    const [former] = await sessionsOf(account.id)
    await world.corp.signIn(visitor, email)
    const sessions = await sessionsOf(account.id)
    expect(sessions).toHaveLength(1)
    expect(sessions[0]?.id).not.toBe(former?.id)
  })

  test('opens from whichever of several tabs is answered, and each leads where that tab came from', async () => {
    const { email } = await somebody()
    const visitor = world.visitor()
    const one = await world.corp.ask(visitor, { return: '/account/devices' })
    const two = await world.corp.ask(visitor, { return: '/account/factors' })
    const second = await world.corp.post(visitor, world.corp.answer(two, { nameId: email }), two.relayState)
    const first = await world.corp.post(visitor, world.corp.answer(one, { nameId: email }), one.relayState)
    expect([first.location, second.location]).toEqual(['/account/devices', '/account/factors'])
  })

  test('is accepted with the staged certificate too, until it is promoted', async () => {
    const { email } = await somebody()
    const staged = world.other.idp
    const standing = await rooms(world.gateway).store.providers.find(world.corp.id)
    if (standing === null) throw new Error('no provider')
    const audit = { event: 'provider_staged', at: 0, actor: { kind: 'system', id: 'test' } } as const
    await rooms(world.gateway).store.providers.put(
      {
        ...standing,
        version: standing.version + 1,
        staged: { ...standing.metadata, certificates: [staged.certificate] },
      },
      { ...audit, accountId: null, organizationId: world.corp.id, address: null, receipt: null, facts: {} },
    )
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor)
    const { entityId } = world.corp.idp
    const message = world.other.answer(asked, { ...ours(), nameId: email, issuer: entityId })
    expect((await world.corp.post(visitor, message, asked.relayState)).status).toBe(303)
  })
})

describe('accounts', () => {
  test('are made at the first sign-in where the organization allows it, with name, language and mapped roles', async () => {
    await world.corp.setProvider({
      settings: {
        createsAccounts: true,
        nameAttribute: 'displayName',
        roles: { attribute: 'groups', values: { staff: 'person', boss: 'administrator' } },
      },
    })
    const attributes = { displayName: ['Mori Hana'], groups: ['staff', 'boss'] }
    const visitor = world.visitor({ language: 'ja' })
    expect((await world.corp.signIn(visitor, 'hana@corp.test', { attributes })).status).toBe(303)

    const [account] = await rooms(world.gateway).store.accounts.list({ search: 'hana@corp.test', limit: 2 })
    // `administrator` is nothing that a provider may give unless the organization's rules say so.
    expect(account).toMatchObject({
      name: 'Mori Hana',
      language: 'ja',
      roles: ['person'],
      state: 'open',
      password: null,
    })
    const rows = await rooms(world.gateway).store.audit.list({ accountId: account?.id ?? '', limit: 10 })
    expect(rows.map(({ entry }) => entry.event)).toContain('account_provisioned')
    await world.corp.setProvider({ settings: { createsAccounts: false, nameAttribute: null, roles: null } })
  })

  test('get and lose the roles that the organization lets its provider grant, and no others', async () => {
    const { email, account } = await somebody()
    await world.corp.setRules(rules => ({ ...rules, sso: { ...rules.sso, grantableRoles: ['user_administrator'] } }))
    const values = { desk: 'user_administrator', boss: 'administrator' }
    await world.corp.setProvider({ settings: { roles: { attribute: 'groups', values } } })
    const rolesAfter = async (groups: readonly string[]) => {
      await world.corp.signIn(world.visitor(), email, { attributes: { groups } })
      return (await rooms(world.gateway).store.accounts.find(account.id))?.roles
    }
    expect(await rolesAfter(['desk', 'boss'])).toEqual(['person', 'user_administrator'])
    expect(await rolesAfter(['other'])).toEqual(['person'])
    await world.corp.setProvider({ settings: { roles: null } })
  })

  test('that were invited are opened by the provider’s word', async () => {
    const { store, people: services } = rooms(world.gateway)
    const person = { email: 'invited@corp.test', name: 'In', language: 'en', organizationId: world.corp.id } as const
    const by = { actor: { kind: 'system', id: 'test' }, address: null, receipt: null, device: 'test' } as const
    await services.peopleAdmin.create({ ...person, roles: ['person'], password: null }, by)
    expect((await world.corp.signIn(world.visitor(), person.email)).status).toBe(303)
    expect((await store.accounts.list({ search: person.email, limit: 1 }))[0]?.state).toBe('open')
  })
})

test('a provider may begin where the organization lets it, and then its RelayState still leads nowhere', async () => {
  const { email } = await somebody()
  const visitor = world.visitor()
  const refused = await world.corp.post(visitor, world.corp.answer(null, { nameId: email }))
  expect(refused.status).toBe(403)

  await world.corp.setProvider({ settings: { unsolicited: true } })
  const brought = await world.corp.post(visitor, world.corp.answer(null, { nameId: email }), 'https://evil.test/')
  const opened = await visitor.submit(brought, {}, { action: '/saml/corp/acs' })
  await world.corp.setProvider({ settings: { unsolicited: false } })
  expect(opened.location).toBe('/account')
})

test('a break-glass account comes both ways, and only its own way is marked', async () => {
  const { email, account } = await somebody()
  await world.corp.setRules(rules => ({ ...rules, sso: { ...rules.sso, breakGlassEmails: [email] } }))
  await world.corp.signIn(world.visitor(), email)
  const [session] = await sessionsOf(account.id)
  expect(session?.breakGlass).toBe(false)
  await world.corp.setRules(rules => ({ ...rules, sso: { ...rules.sso, breakGlassEmails: [] } }))
})

function ours() {
  const { acs } = world.corp
  return { sp: { entityId: acs.replace(/acs$/, 'metadata'), acsUrl: acs } }
}

test('an organization of the files lets its provider grant the roles as its file says', async () => {
  await using filed = await startSamlGateway({
    filed: {
      kind: 'organization',
      slug: 'filed',
      name: 'Filed',
      emailDomains: ['filed.test'],
      sso: { grantableRoles: ['person', 'administrator'] },
    },
  })
  const organization = await rooms(filed.gateway).store.organizations.findBySlug('filed')
  const values = { boss: 'administrator', desk: 'user_administrator' }
  const rules = organization?.rules.active.sso ?? { required: true, breakGlassEmails: [] }
  expect(mapRoles({ attribute: 'groups', values }, { groups: ['boss', 'desk'] }, rules)?.given).toEqual([
    'administrator',
  ])
})
