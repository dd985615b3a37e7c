import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashToken } from '../../src/lib/secret.ts'
import { appHost, signedIn } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addPerson } from '../support/portal-people.ts'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'

// The sign-in address that an application's host makes names the binding of one browser. Shared afterwards, it must lead nobody's
// session into that browser; and tabs that started side by side with one binding must all arrive.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const start = (visitor: PortalVisitor, path: string) =>
  visitor.get(`${portal.appOrigin}/.sekisho/start?return=${encodeURIComponent(path)}`)

const next = (visitor: PortalVisitor, reply: Reply) => visitor.get(new URL(reply.location ?? '', reply.url).href)

test('the binding is spent by the join: a sign-in address shared afterwards brings no other session into that browser', async () => {
  await addPerson(portal, 'first@binding.example')
  await addPerson(portal, 'other@binding.example')
  const first = await signedIn(portal, 'first@binding.example')
  const other = await signedIn(portal, 'other@binding.example')
  const shared = await start(first, '/room')
  const binding = first.cookie(appHost, 'sekisho-join') ?? ''
  expect(shared.location).toContain(hashToken(binding))
  await first.follow(shared)

  // Somebody else signs in by the shared address, and what comes of it is carried back.
  const carried = await next(other, shared)
  const reply = await first.follow(await next(first, carried))

  expect(first.cookie(appHost, 'sekisho-join')).toBeUndefined()
  expect(reply.body).toContain('app for first@binding.example')
})

test('five tabs that started with one binding all arrive', async () => {
  await addPerson(portal, 'tabs@binding.example')
  const visitor = await signedIn(portal, 'tabs@binding.example')
  const tabs: Reply[] = []
  for (let i = 0; i < 5; i++) tabs.push(await start(visitor, `/tab-${i}`))

  const [quick, ...others] = tabs
  if (quick === undefined) throw new Error('no tab')
  const arrived = await visitor.follow(quick)

  // The others come when the binding is spent, and side by side: one step of each at a time.
  let late = others
  for (let step = 0; step < 12; step++)
    late = await Promise.all(late.map(async tab => (tab.location === null ? tab : next(visitor, tab))))

  expect([arrived, ...late].map(({ body }) => body)).toEqual(
    [0, 1, 2, 3, 4].map(i => `app for tabs@binding.example at /tab-${i}`),
  )
})
