import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashToken } from '../../src/lib/secret.ts'
import { portalHost, tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addOrganization, addPerson } from '../support/portal-people.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

test('looking again at the page that sets up a second factor writes nothing: a GET changes no row', async () => {
  const organization = await addOrganization(portal, 'Strict', { secondFactor: { roles: 'all', from: 0 } })
  const { email } = await addPerson(portal, 'new@look.example', { organization })
  const visitor = createPortalVisitor(portal)
  const page = await visitor.follow(await tryPassword(portal, visitor, email))
  const attemptHash = hashToken(visitor.cookie(portalHost, 'sekisho-attempt') ?? '')
  const before = await portal.store.attempts.findByTokenHash(attemptHash)

  const again = await visitor.get(page.url.href)

  expect(again.body).toContain('<p class="secret">')
  expect(before?.sealedEnrolment).toEqual(expect.any(String))
  expect(await portal.store.attempts.findByTokenHash(attemptHash)).toEqual(before)
})
