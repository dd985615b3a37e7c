import { expect } from 'vitest'
import { testTickets } from '../../src/composition/saml.ts'
import { browserTest, screenshotEveryWidth } from '../support/browser.ts'
import { rooms, startSamlGateway } from '../support/saml-gateway.ts'
import { startProviderSite } from '../support/saml-provider-site.ts'

const wait = { timeout: 240_000 }

browserTest(
  'somebody comes through a provider on another site by both bindings, and the browser forbids nothing',
  wait,
  async ({ openPerson }) => {
    await using world = await startSamlGateway()
    await using site = await startProviderSite(world.corp)
    await world.gateway.addPerson({ email: 'hana@corp.test', organization: 'corp', name: 'Mori Hana' })
    site.says = { nameId: 'hana@corp.test' }
    const { page, problems, context } = await openPerson()

    // By the address, as people do: a form of ours, a page that leads on, the provider, and back to where it began.
    await page.goto(`${world.gateway.appOrigin}/room?id=7`)
    await page.fill('input[name=email]', 'hana@corp.test')
    await page.click('main form button')
    await page.waitForURL(`${site.origin}/**`)
    await page.click('button')
    await page.waitForURL(`${world.gateway.appOrigin}/room?id=7`)
    const known = (await context.cookies()).filter(({ name }) => name.includes('device'))

    // Again, by a post: the script of our page sends it, and without one the button does.
    await world.corp.setProvider({ settings: { requestBinding: 'post' } })
    await page.goto(`${world.gateway.portalOrigin}/saml/corp/start?return=%2Faccount`)
    await page.waitForURL(`${site.origin}/sso-post`)
    await page.click('button')
    await page.waitForURL('**/account')
    await context.route('**/assets/saml-post.js*', route => route.abort())
    await page.goto(`${world.gateway.portalOrigin}/saml/corp/start?return=%2Faccount`)
    await page.click('main form button')
    await page.waitForURL(`${site.origin}/sso-post`)

    expect((await context.cookies()).filter(({ name }) => name.includes('device'))).toMatchObject(
      known.map(({ value }) => ({ value })),
    )
    const [account] = await rooms(world.gateway).store.accounts.list({ search: 'hana@corp.test', limit: 1 })
    if (account === undefined) throw new Error('no account')
    expect(await rooms(world.gateway).store.devices.listOf(account.id)).toHaveLength(1)
    expect(await rooms(world.gateway).people.sessionBook.listOf(account.id)).toHaveLength(1)
    expect(problems.filter(problem => !problem.includes('ERR_FAILED'))).toEqual([])
  },
)

browserTest(
  'somebody begins at the provider on another site, twice, and their browser is known the second time',
  wait,
  async ({ openPerson }) => {
    await using world = await startSamlGateway()
    await using site = await startProviderSite(world.corp)
    await world.corp.setProvider({ settings: { unsolicited: true } })
    await world.gateway.addPerson({ email: 'hana@corp.test', organization: 'corp', name: 'Mori Hana' })
    site.says = { nameId: 'hana@corp.test' }
    const { page, problems, context } = await openPerson()

    await page.goto(`${site.origin}/begin`)
    await page.click('button')
    await page.waitForURL('**/account')
    // Without a script the button does.
    await context.route('**/assets/saml-post.js*', route => route.abort())
    await page.goto(`${site.origin}/begin`)
    await page.click('button')
    await page.waitForURL('**/acs')
    await page.click('main form button')
    await page.waitForURL('**/account')

    const { store } = rooms(world.gateway)
    const [account] = await store.accounts.list({ search: 'hana@corp.test', limit: 1 })
    if (account === undefined) throw new Error('no account')
    expect(await store.devices.listOf(account.id)).toHaveLength(1)
    const told = (await store.outbox.list('all', 100)).filter(({ notice }) => notice.kind === 'new_device')
    expect(told).toHaveLength(1)
    expect(problems.filter(problem => !problem.includes('ERR_FAILED'))).toEqual([])
  },
)

for (const locale of ['en-US', 'ja-JP'] as const)
  browserTest(`every page of single sign-on fits every width (${locale})`, wait, async ({ openPerson }) => {
    await using world = await startSamlGateway()
    await using site = await startProviderSite(world.corp)
    await world.gateway.addPerson({ email: 'hana@corp.test', organization: 'corp', name: 'Mori Hana' })
    const { page, context } = await openPerson({ locale })
    const { portalOrigin } = world.gateway
    const look = async (name: string) => {
      await screenshotEveryWidth(page, name)
      expect(await page.locator('h1').count()).toBe(1)
    }

    // The page that leads on stays where the way on answers with nothing.
    await context.route('**/saml/corp/start**', route => route.fulfill({ status: 204 }))
    await page.goto(`${portalOrigin}/org/corp`)
    await look('saml-continue')
    await context.unroute('**/saml/corp/start**')

    await page.goto(`${portalOrigin}/sign-in?way=password`)
    await look('saml-other-way')

    site.says = { nameId: 'nobody@corp.test' }
    await page.goto(`${portalOrigin}/saml/corp/start`)
    await page.click('button')
    await page.waitForURL('**/acs')
    await look('saml-refused')

    const { keys, clock } = rooms(world.gateway)
    const attributes = { 'urn:oid:2.16.840.1.113730.3.1.241': ['Mori Hana'], groups: ['staff', 'desk'] }
    for (const [name, parts] of Object.entries({ accepted: {}, refused: { audience: 'https://elsewhere.test' } })) {
      site.says = { nameId: 'hana@corp.test', attributes, ...parts }
      const ticket = testTickets(keys.attempts, clock).mint(world.corp.id)
      await page.goto(`${portalOrigin}/saml/corp/start?test=${ticket}`)
      await page.click('button')
      await page.waitForURL('**/acs')
      await look(`saml-test-${name}`)
    }

    await world.corp.setProvider({ settings: { requestBinding: 'post' } })
    await context.route('**/assets/saml-post.js*', route => route.abort())
    await page.goto(`${portalOrigin}/saml/corp/start`)
    await look('saml-post')

    await world.corp.setProvider({ settings: { unsolicited: true } })
    await context.clearCookies()
    await page.goto(`${site.origin}/begin`)
    await page.click('button')
    await page.waitForURL('**/acs')
    await look('saml-brought')
  })
