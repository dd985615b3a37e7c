import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import { makeHandOverText, showHandOverText } from '../../src/people/hand-over-code.ts'
import { issueFor, showCode, stranger, support } from '../support/hand-over.ts'
import { tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addPerson, goodPassword } from '../support/portal-people.ts'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'

// The way round the mailbox must not become the way round everything: whoever issues a code, or finds one, is an attacker here.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const chosen = 'seven slow boats under the bridge'
let addresses = 0
/** Each with an address of its own, so that no budget of an address answers in place of what is tested. */
const somebody = () => stranger(portal, { address: `198.51.100.${++addresses}` })
const show = (visitor: PortalVisitor, email: string, code: string) =>
  showCode(visitor, portal.portalOrigin, email, code)
const passOn = (reply: Reply) =>
  reply.forms.flatMap(({ fields }) => fields).find(([name]) => name === 'pass')?.[1] ?? 'none'
const post = (visitor: PortalVisitor, step: string, fields: Record<string, string>) =>
  visitor.post(`${portal.portalOrigin}/reset/hand-over/${step}`, fields)
const opens = async (email: string, password: string) =>
  (await tryPassword(portal, somebody(), email, password)).location !== null

describe('an administrator who issued a code and holds it', () => {
  test('does not get past the second factor by trying: five tries, over however many pages, end the code', async () => {
    const email = 'owner@guess.example'
    await addPerson(portal, email)
    const app = await addApp(portal, email)
    const { code } = await issueFor(portal, email)
    const pages = await Promise.all(Array.from({ length: 10 }, () => show(somebody(), email, code)))
    const visitor = somebody()

    const answers = await Promise.all(
      pages.map(page => post(visitor, 'factor', { pass: passOn(page), code: '000000' })),
    )

    expect(answers.filter(({ status }) => status === 422)).toHaveLength(4)
    const [page] = pages
    if (page === undefined) throw new Error('no page')
    const late = await post(visitor, 'factor', { pass: passOn(page), code: await app.code() })
    expect(late.status).toBe(410)
    expect((await show(somebody(), email, code)).status).toBe(422)
    expect(await opens(email, goodPassword)).toBe(true)
  })

  test('does not get past it by switching it off after the code was issued', async () => {
    const email = 'owner@off.example'
    await addPerson(portal, email)
    await addApp(portal, email)
    const { code } = await issueFor(portal, email)
    const visitor = somebody()
    const page = await show(visitor, email, code)
    const account = await accountOf(portal, email)

    await portal.secondFactors.remove(account, account.factors[0]?.id ?? '', support)

    expect((await post(visitor, 'choose', { pass: passOn(page), password: chosen })).status).toBe(410)
    expect((await show(somebody(), email, code)).status).toBe(422)
    expect(await portal.handOvers.issue(await accountOf(portal, email), 'again', support)).toMatchObject({
      why: 'weakened',
    })
  })

  test('does not get past it by a forced reset that sets it aside', async () => {
    const email = 'owner@aside.example'
    await addPerson(portal, email)
    await addApp(portal, email)
    await portal.resets.require(await accountOf(portal, email), { reason: 'x', since: 0 }, support)

    expect(await portal.handOvers.issue(await accountOf(portal, email), 'again', support)).toMatchObject({
      why: 'weakened',
    })
  })

  test('cannot carry a pass to another account, make one up, or use the sign-in’s cookie for one', async () => {
    const [victim, own] = ['victim@pass.example', 'own@pass.example']
    await addPerson(portal, victim)
    await addPerson(portal, own)
    const visitor = somebody()
    const page = await show(visitor, own, (await issueFor(portal, own)).code)

    const answer = await post(visitor, 'choose', { pass: passOn(page), password: chosen, email: victim })

    expect(answer.location).toBe('/sign-in?said=reset')
    expect(await opens(victim, goodPassword)).toBe(true)
    expect(await opens(own, chosen)).toBe(true)
    for (const pass of ['', 'x', passOn(page), `${passOn(page)}A`])
      expect((await post(visitor, 'choose', { pass, password: chosen })).status).toBe(410)
  })

  test('opens no session with the attempt that carries the second factor', async () => {
    const email = 'owner@attempt.example'
    await addPerson(portal, email)
    const app = await addApp(portal, email)
    const visitor = somebody()
    const page = await show(visitor, email, (await issueFor(portal, email)).code)
    await post(visitor, 'factor', { pass: passOn(page), code: await app.code() })

    expect(visitor.cookie('auth.localhost', 'sekisho-attempt')).toBe(undefined)
    expect((await visitor.get(`${portal.portalOrigin}/second-factor`)).location).toContain('/sign-in')
    expect((await visitor.get(`${portal.portalOrigin}/account`)).location).toContain('/sign-in')
  })
})

describe('a stranger who knows the address', () => {
  test('cannot use up the tries of the person with codes that were made up', async () => {
    const email = 'owner@flood.example'
    const { emailKey } = await addPerson(portal, email)
    const { code } = await issueFor(portal, email)

    for (let i = 0; i < 12; i++) {
      const madeUp = showHandOverText(makeHandOverText(secureRandom, Buffer.alloc(32, 9), emailKey))
      expect((await show(somebody(), email, madeUp)).status).toBe(422)
    }

    expect((await show(somebody(), email, code)).status).toBe(200)
  })

  test('learns nothing from the address budget: beyond it, right and wrong read alike', async () => {
    const email = 'owner@budget.example'
    await addPerson(portal, email)
    const { code } = await issueFor(portal, email)
    const visitor = stranger(portal, { address: '203.0.113.77' })
    let wrong = await show(visitor, email, 'wrong')
    for (let i = 0; i < 30; i++) wrong = await show(visitor, email, 'wrong')

    const right = await show(visitor, email, code)

    expect(right.status).toBe(422)
    expect(right.body).toBe(wrong.body)
  })
})

test('the code stands neither in an address, nor in the records, nor in what the store keeps', async () => {
  const email = 'owner@trace.example'
  await addPerson(portal, email)
  const { code } = await issueFor(portal, email)
  const visitor = somebody()

  const page = await show(visitor, email, code)

  const plain = code.replaceAll('-', '')
  for (const text of [page.url.href, page.body, JSON.stringify(await portal.store.audit.list({ limit: 1_000 }))]) {
    expect(text).not.toContain(code)
    expect(text).not.toContain(plain)
  }
  const { id } = await accountOf(portal, email)
  const mails = JSON.stringify(await portal.store.outbox.list('all', 1_000))
  expect(mails).not.toContain(plain)
  expect(mails).not.toContain(code)
  expect(await portal.store.handOverCodes.find(id, plain, portal.clock.now())).toBe(null)
})

test('of many who choose a password with one code at once one does, and the others read that it is gone', async () => {
  const email = 'owner@race.example'
  await addPerson(portal, email)
  const { code } = await issueFor(portal, email)
  const pages = await Promise.all(Array.from({ length: 4 }, () => show(somebody(), email, code)))
  const handed = await Promise.all(pages.map(page => portal.handOvers.open(passOn(page))))

  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, i) => {
      const each = handed[i % handed.length]
      if (each == null) throw new Error('not handed')
      return portal.handOvers.redeem(each, `${chosen} ${i}`, operator)
    }),
  )

  expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1)
  expect(outcomes.filter(({ kind }) => kind === 'gone')).toHaveLength(7)
  const winner = outcomes.findIndex(({ kind }) => kind === 'done')
  expect(await opens(email, `${chosen} ${winner}`)).toBe(true)
})
