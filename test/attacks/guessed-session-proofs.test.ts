import { afterAll, beforeAll, expect, test } from 'vitest'
import { portalHost, signedIn, tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { type App, accountOf, addApp, addPerson, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'

// Whoever has stolen a session's cookie guesses the proof that a sensitive step asks for. It must be seen, told, and stopped.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

async function signedInWithApp(email: string): Promise<{ visitor: PortalVisitor; app: App }> {
  await addPerson(portal, email)
  const app = await addApp(portal, email)
  const visitor = createPortalVisitor(portal)
  const page = await visitor.follow(await tryPassword(portal, visitor, email))
  await visitor.submit(page, { code: await app.code() })
  portal.clock.leap(60_000)
  return { visitor, app }
}

const prove = (visitor: PortalVisitor, fields: Record<string, string>) =>
  visitor.post(`${portal.portalOrigin}/prove-again`, fields)

async function wrongCode(app: App): Promise<string> {
  return (await app.code()).startsWith('0') ? '111111' : '000000'
}

async function guess(visitor: PortalVisitor, times: number, fields: Record<string, string>): Promise<Reply[]> {
  const replies: Reply[] = []
  for (let i = 0; i < times; i++) replies.push(await prove(visitor, fields))
  return replies
}

async function refusalsOf(email: string) {
  const { id } = await accountOf(portal, email)
  const rows = await portal.store.audit.list({ accountId: id, limit: 100 })
  return rows.map(({ entry }) => entry).filter(({ event }) => event === 'sign_in_refused')
}

test('every wrong code in a session is written down, and its owner hears of it once', async () => {
  const email = 'told@proofs.example'
  const { visitor, app } = await signedInWithApp(email)

  await guess(visitor, 3, { code: await wrongCode(app) })
  await portal.deliver()

  const refusals = await refusalsOf(email)
  expect(refusals.map(({ facts }) => facts)).toEqual(
    Array(3).fill(expect.objectContaining({ why: 'wrong', asked: 'code', session: expect.any(String) })),
  )
  const mails = portal.mailbox
    .list()
    .filter(({ to, subject }) => to === email && subject.includes('wrong code in a session'))
  expect(mails).toHaveLength(1)
})

test('a wrong password in a session is written down', async () => {
  await addPerson(portal, 'row@proofs.example')
  const visitor = await signedIn(portal, 'row@proofs.example')

  await guess(visitor, 1, { password: 'not this one, I think' })

  expect(await refusalsOf('row@proofs.example')).toMatchObject([{ facts: { why: 'wrong', asked: 'password' } }])
})

test('the tenth wrong code in a row ends the session, everywhere', async () => {
  const { visitor, app } = await signedInWithApp('code@proofs.example')
  const token = visitor.cookie(portalHost, 'sekisho') ?? ''

  const replies = await guess(visitor, 10, { code: await wrongCode(app) })

  expect(replies.slice(0, 9).map(({ status }) => status)).toEqual(Array(9).fill(422))
  expect(replies[9]?.location).toBe('/sign-in?said=too_many_codes')
  expect(await portal.sessionBook.find(token)).toBeNull()
  expect(visitor.cookie(portalHost, 'sekisho')).toBeUndefined()
})

test('so does the tenth wrong password', async () => {
  await addPerson(portal, 'password@proofs.example')
  const visitor = await signedIn(portal, 'password@proofs.example')
  const token = visitor.cookie(portalHost, 'sekisho') ?? ''

  const replies = await guess(visitor, 10, { password: 'not this one, I think' })

  expect(replies[9]?.location).toBe('/sign-in?said=start_again')
  expect(await portal.sessionBook.find(token)).toBeNull()
})

test('a right proof begins the row anew: who mistypes now and then stays signed in', async () => {
  await addPerson(portal, 'typo@proofs.example')
  const visitor = await signedIn(portal, 'typo@proofs.example')

  await guess(visitor, 9, { password: 'not this one, I think' })
  expect((await prove(visitor, { password: goodPassword })).location).toBe('/account')
  await guess(visitor, 9, { password: 'not this one, I think' })

  expect((await prove(visitor, { password: goodPassword })).location).toBe('/account')
})

test('an unreadable answer is no guess', async () => {
  await addPerson(portal, 'empty@proofs.example')
  const visitor = await signedIn(portal, 'empty@proofs.example')

  const replies = await guess(visitor, 12, { password: '' })

  expect(replies.map(({ status }) => status)).toEqual(Array(12).fill(422))
  expect(await refusalsOf('empty@proofs.example')).toEqual([])
})
