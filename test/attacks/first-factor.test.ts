import { afterAll, beforeAll, expect, test } from 'vitest'
import { tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addOrganization, addPerson, createApp } from '../support/portal-people.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

test('of several sign-ins that set up the demanded second factor at the same moment, one does: none slips in beside the owner’s', async () => {
  const organization = await addOrganization(portal, 'Strict', { secondFactor: { roles: 'all', from: 0 } })
  const { email } = await addPerson(portal, 'new@first.example', { organization })
  const underWay = await Promise.all(
    [1, 2, 3, 4].map(async i => {
      const visitor = createPortalVisitor({ port: portal.port, address: `192.0.2.${i}` })
      const page = await visitor.follow(await tryPassword(portal, visitor, email))
      const secret = /<p class="secret">([A-Z2-7 ]+)<\/p>/.exec(page.body)?.[1] ?? ''
      return { visitor, page, code: await createApp(secret.replaceAll(' ', ''), portal.clock).code() }
    }),
  )

  const replies = await Promise.all(
    underWay.map(({ visitor, page, code }) => visitor.submit(page, { code, label: 'Phone' })),
  )

  const enrolled = '/account/backup-codes?said=factor_added'
  expect(replies.filter(({ location }) => location === enrolled)).toHaveLength(1)
  expect((await accountOf(portal, email)).factors).toHaveLength(1)
})
