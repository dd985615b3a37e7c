import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LanePortal, startLane, stranger, typePassword } from '../support/lane.ts'
import { addPerson } from '../support/portal-people.ts'
import type { Reply } from '../support/portal-visitor.ts'

// Whether a name is known shows in a millisecond of a look-up or of a written row. These answers therefore leave on a beat: 25 ms, 100 ms where
// passwords are tried in the suspicious lane. Measured from outside, as lower bounds: a busy machine can only make them longer.

let lane: LanePortal
const known = 'known@beat.example'
beforeAll(async () => {
  lane = await startLane()
  await addPerson(lane.portal, known)
})
afterAll(() => lane.portal[Symbol.asyncDispose]())

const tries = 6

/** The shortest of several, alternately for a known and for an unknown name; the first pays for what is loaded once. */
async function shortestMs(ask: (email: string) => Promise<Reply>): Promise<number> {
  const spent: number[] = []
  for (let i = 0; i <= tries; i++) {
    const email = i % 2 === 0 ? known : `nobody${i}@beat.example`
    const startedMs = performance.now()
    const reply = await ask(email)
    spent.push(performance.now() - startedMs)
    expect(reply.status).toBeLessThan(400)
  }
  return Math.min(...spent.slice(1))
}

const post = (path: string, fields: Readonly<Record<string, string>>) =>
  stranger(lane.portal).post(`${lane.portal.portalOrigin}${path}`, fields)

// A timer may ring a millisecond early.
test.each<[string, number, (email: string) => Promise<Reply>]>([
  ['whoever asks for a reset', 23, email => post('/reset', { email })],
  ['whoever asks for a code in place of the password', 23, email => post('/sign-in/code', { email })],
  ['whoever shows a second factor, with an attempt or without', 23, () => post('/second-factor', { code: '123456' })],
])('%s waits for the beat', async (_, leastMs, ask) => {
  expect(await shortestMs(ask)).toBeGreaterThanOrEqual(leastMs)
})

test('whoever tries a password in the suspicious lane waits for the slow one, right or wrong', async () => {
  lane.meet('code')
  const right = (email: string) => typePassword(lane.portal, stranger(lane.portal), email)
  expect(await shortestMs(right)).toBeGreaterThanOrEqual(98)
  expect(
    await shortestMs(email => typePassword(lane.portal, stranger(lane.portal), email, 'x')),
  ).toBeGreaterThanOrEqual(98)
})
