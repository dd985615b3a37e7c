import { expect, test, vi } from 'vitest'
import { anAddress, mailsTo, startLane, stranger, typePassword } from '../support/lane.ts'
import { accountOf, addApp, addPerson, goodPassword } from '../support/portal-people.ts'
import type { PortalVisitor } from '../support/portal-visitor.ts'

// Budgets are counted out of sight. In the suspicious lane they must not be spent, worked at or waited for in another way when the
// password was right: whoever counts until a budget ends, or holds a watch, would read the pairs off there.

test('a right password in the suspicious lane costs its address as many requests as a wrong one, at each step', async () => {
  const lane = await startLane({ rates: { address: { quota: 600, windowMs: 60_000, burst: 12 } } })
  await using portal = lane.portal
  await addPerson(portal, 'paid@tell.example')
  lane.meet('code')

  const right = await requestsUntilRefused(portal.portalOrigin, goodPassword)
  const wrong = await requestsUntilRefused(portal.portalOrigin, 'not the password')

  expect(right).toEqual(wrong)
  expect(right).toBeGreaterThan(0)

  async function requestsUntilRefused(origin: string, password: string): Promise<number> {
    const visitor = stranger(portal)
    const begun = await typePassword(portal, visitor, 'paid@tell.example', password)
    expect(begun.location).toBe('/second-factor')
    const page = await visitor.get(`${origin}/second-factor`)
    await visitor.get(`${origin}/second-factor/help`)
    await visitor.submit(page, { code: '000001' })
    await visitor.post(`${origin}/second-factor`, { attempt: attemptIn(page.body), answer: 'proceed' })
    return countUntilRefused(visitor, `${origin}/sign-in`)
  }
})

test('the last request that an address has is answered the same in the suspicious lane, whatever was typed', async () => {
  const lane = await startLane({ rates: { address: { quota: 600, windowMs: 60_000, burst: 1 } } })
  await using portal = lane.portal
  await addPerson(portal, 'last@tell.example')
  lane.meet('code')

  for (const password of ['not the password', goodPassword])
    expect((await typePassword(portal, stranger(portal), 'last@tell.example', password)).status).toBe(303)
})

test('nobody looks at code pages without end', async () => {
  const lane = await startLane({ rates: { address: { quota: 600, windowMs: 60_000, burst: 5 } } })
  await using portal = lane.portal
  lane.meet('code')
  const visitor = stranger(portal)
  await typePassword(portal, visitor, 'nobody@tell.example', 'x')

  expect(await countUntilRefused(visitor, `${portal.portalOrigin}/second-factor`)).toBe(4)
})

test('a backup code costs its slow hash in the suspicious lane, also where the account’s codes are used up', async () => {
  const derive = vi.fn()
  const lane = await startLane({
    wrapPasswords: passwords => ({
      ...passwords,
      derive: (...given) => {
        derive()
        return passwords.derive(...given)
      },
    }),
  })
  await using portal = lane.portal
  await addPerson(portal, 'used-up@tell.example')
  await addApp(portal, 'used-up@tell.example')
  lane.meet('code')
  const hashesOf = async (password: string) => {
    const { page, visitor } = await begin(password)
    derive.mockClear()
    await visitor.submit(page, { code: 'ABCD-EFGH-JKMN' })
    return derive.mock.calls.length
  }
  for (let i = 0; i < 4; i++) {
    const { page, visitor } = await begin(goodPassword)
    for (const code of ['000001', '000002', '000003', '000004', '000005']) await visitor.submit(page, { code })
  }

  expect(await hashesOf('not the password')).toBe(1)
  expect(await hashesOf(goodPassword)).toBe(1)

  async function begin(password: string) {
    const visitor = stranger(portal)
    await typePassword(portal, visitor, 'used-up@tell.example', password)
    return { visitor, page: await visitor.get(`${portal.portalOrigin}/second-factor`) }
  }
})

test('in the suspicious lane each button that sends a code writes as much, whatever the account has', async () => {
  const lane = await startLane()
  await using portal = lane.portal
  await addPerson(portal, 'no-phone@tell.example')
  lane.meet('code')
  const visitor = stranger(portal, { address: anAddress() })
  await typePassword(portal, visitor, 'no-phone@tell.example')
  const page = await visitor.get(`${portal.portalOrigin}/second-factor/help`)
  const before = (await mailsTo(portal, 'no-phone@tell.example')).length

  for (const to of ['spare', 'anything else'])
    await visitor.post(`${portal.portalOrigin}/second-factor`, {
      attempt: attemptIn(page.body),
      answer: 'send_code',
      to,
    })

  expect(await mailsTo(portal, 'no-phone@tell.example')).toHaveLength(before + 2)
  expect((await accountOf(portal, 'no-phone@tell.example')).held).not.toBeNull()
})

function attemptIn(body: string): string {
  return /name="attempt" value="([^"]+)"/.exec(body)?.[1] ?? ''
}

async function countUntilRefused(visitor: PortalVisitor, url: string): Promise<number> {
  for (let count = 0; count < 50; count++) if ((await visitor.get(url)).status === 429) return count
  throw new Error('never refused')
}

test('a right password in the suspicious lane is spent like a wrong one, and given back when its owner has confirmed it', async () => {
  const lane = await startLane()
  await using portal = lane.portal
  const email = 'given-back@tell.example'
  await addPerson(portal, email)
  const app = await addApp(portal, email)
  const isOpen = async () => {
    lane.meet('none')
    const { status } = await typePassword(portal, stranger(portal), email)
    lane.meet('code')
    return status === 303
  }
  lane.meet('code')
  for (let i = 0; i < 9; i++) await typePassword(portal, stranger(portal), email)

  const owner = stranger(portal)
  await typePassword(portal, owner, email)
  const page = await owner.get(`${portal.portalOrigin}/second-factor`)
  expect((await owner.submit(page, { code: await app.code() })).status).toBe(303)
  expect(await isOpen()).toBe(true)

  for (let i = 0; i < 10; i++) await typePassword(portal, stranger(portal), email)
  expect(await isOpen()).toBe(false)
})
