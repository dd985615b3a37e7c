import { describe, expect, test } from 'vitest'
import { createCodeBudgets } from '../../src/limits/code-budgets.ts'
import { createMemoryCounters } from '../../src/limits/memory-counter.ts'
import { createRegulation } from '../../src/limits/regulation.ts'
import { tryPassword } from '../support/portal-flows.ts'
import { startPortal } from '../support/portal-harness.ts'
import { addApp, addPerson } from '../support/portal-people.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'
import { createTestClock } from '../support/test-clock.ts'

// Hourly limits alone let a patient attacker guess for years: NIST SP 800-63B-4 §3.2.2 allows 100 failures in a row at an account.

const hour = 3_600_000
const lanes = ['unknown', 'known-device'] as const
type Lane = (typeof lanes)[number]

function start() {
  const clock = createTestClock()
  const createCounter = createMemoryCounters({ clock, keysMax: 1000 })
  const tries = (triesMax: number) => ({ triesMax, windowMs: hour })
  const numbers = {
    address: tries(50),
    prefix: tries(500),
    account: tries(20),
    accountKnownDevice: tries(10),
    pair: tries(10),
  }
  const regulation = createRegulation({ createCounter, tries: { ...numbers, consecutiveFailuresMax: 100 } })
  const codes = createCodeBudgets({
    createCounter,
    tries: { perAttempt: tries(5), perAccount: tries(20), consecutiveFailuresMax: 100 },
  })
  let nth = 0
  const code = (deviceLane: Lane) => ({ attemptId: `attempt ${nth++}`, accountId: 'alice', deviceLane })
  const password = (deviceLane: Lane) => ({ address: `10.0.0.${nth++}`, name: 'alice@example.com', deviceLane })
  /** How many guesses were looked at in a week of guessing. */
  const guessForAWeek = async (ask: () => Promise<{ kind: string }>): Promise<number> => {
    let open = 0
    for (let hours = 0; hours < 7 * 24; hours++, clock.advance(hour))
      for (let i = 0; i < 25; i++) if ((await ask()).kind === 'open') open++
    return open
  }
  return { regulation, codes, code, password, guessForAWeek }
}

describe('a week of guessing', () => {
  test('of codes ends at a hundred for the account, and leaves the owner’s known devices their half', async () => {
    const { codes, code, guessForAWeek } = start()

    const elsewhere = await guessForAWeek(() => codes.ask(code('unknown')))
    const onKnown = await guessForAWeek(() => codes.ask(code('known-device')))

    expect([elsewhere, onKnown]).toEqual([50, 50])
  })

  test('of passwords ends at a hundred too', async () => {
    const { regulation, password, guessForAWeek } = start()

    const elsewhere = await guessForAWeek(() => regulation.ask(password('unknown')))
    const onKnown = await guessForAWeek(() => regulation.ask(password('known-device')))

    expect([elsewhere, onKnown]).toEqual([50, 50])
  })

  test.each(lanes)('of codes is over by a right one on a device that is %s', async lane => {
    const { codes, code, guessForAWeek } = start()
    for (const each of lanes.filter(other => other !== lane)) await guessForAWeek(() => codes.ask(code(each)))

    const right = code(lane)
    expect((await codes.ask(right)).kind).toBe('open')
    await codes.succeeded(right)

    for (const each of lanes) expect((await codes.ask(code(each))).kind).toBe('open')
  })

  test.each(lanes)('of passwords is over by a right one on a device that is %s', async lane => {
    const { regulation, password, guessForAWeek } = start()
    for (const each of lanes.filter(other => other !== lane)) await guessForAWeek(() => regulation.ask(password(each)))

    await regulation.succeeded(password(lane))

    for (const each of lanes) expect((await regulation.ask(password(each))).kind).toBe('open')
  })

  test('is lifted by an operator, for passwords and for codes', async () => {
    const { regulation, codes, code, password, guessForAWeek } = start()
    for (const lane of lanes) await guessForAWeek(() => codes.ask(code(lane)))
    for (const lane of lanes) await guessForAWeek(() => regulation.ask(password(lane)))

    await codes.release('alice')
    await regulation.release({ name: 'alice@example.com' })

    for (const lane of lanes) expect((await codes.ask(code(lane))).kind).toBe('open')
    for (const lane of lanes) expect((await regulation.ask(password(lane))).kind).toBe('open')
  })

  test('of codes is lifted for the row alone, not for the hour: whoever reads the mailbox has no more codes by more resets', async () => {
    const { codes, code } = start()
    for (let i = 0; i < 20; i++) await codes.ask(code('unknown'))

    await codes.release('alice')

    expect((await codes.ask(code('unknown'))).kind).toBe('closed')
  })
})

test('the owner whose codes somebody has used up gets in after a reset by mail', async () => {
  await using portal = await startPortal({ consecutiveFailuresMax: 10 })
  const email = 'owner@row.example'
  await addPerson(portal, email)
  const app = await addApp(portal, email)
  const wrong = (await app.code()).startsWith('0') ? '111111' : '000000'
  const attacker = createPortalVisitor({ port: portal.port, address: '203.0.113.5' })
  let page = await attacker.follow(await tryPassword(portal, attacker, email))
  for (let i = 0; i < 5; i++) page = await attacker.submit(page, { code: wrong })
  portal.clock.leap(2 * hour)
  const enter = async (password?: string) => {
    const owner = createPortalVisitor({ port: portal.port, address: '198.51.100.7' })
    const asked = await owner.follow(await tryPassword(portal, owner, email, password))
    return { owner, reply: await owner.submit(asked, { code: await app.code() }) }
  }
  const { owner, reply } = await enter()
  expect(reply.status).toBe(422)

  await owner.submit(await owner.get(`${portal.portalOrigin}/reset`), { email })
  await portal.deliver()
  const mail = portal.mailbox.list().find(each => each.to === email && each.text.includes('/reset/'))
  const link = /(http:\/\/auth\.localhost:\d+\/reset\/[\w-]+)/.exec(mail?.text ?? '')?.[1] ?? 'none'
  const next = 'seven slow boats under the bridge'
  await owner.submit(await owner.follow(await owner.get(link)), { password: next })

  expect((await enter(next)).reply.location).toBe('/account')
})
