import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nameEntrances } from '../support/entrances.ts'
import { addEveryKind, type LanePortal, plain, startLane, stranger } from '../support/lane.ts'
import { accountOf } from '../support/portal-people.ts'

// Whoever types a name anywhere without signing in learns nothing about it: not whether somebody has it, nor what state that account is
// in. The times are the business of `npm run drills -- enumeration`.

let lane: LanePortal
let names: readonly string[]
beforeAll(async () => {
  lane = await startLane()
  names = await addEveryKind(lane.portal, 'names.example')
})
afterAll(() => lane.portal[Symbol.asyncDispose]())

test('the accounts are really in the states that must not be told apart', async () => {
  const of = (name: string) => accountOf(lane.portal, `${name}@names.example`)
  const [suspended, flagged, held, sso, app] = await Promise.all(['suspended', 'flagged', 'held', 'sso', 'app'].map(of))

  expect(suspended?.state).toBe('suspended')
  expect(flagged?.reset).not.toBeNull()
  expect(held?.held).not.toBeNull()
  expect(app?.factors).toHaveLength(1)
  const organization =
    sso?.organizationId == null ? null : await lane.portal.directory.organizationFact(sso.organizationId)
  expect(organization?.sso.required).toBe(true)
  await expect(of('nobody')).rejects.toThrow('no account')
})

describe.each(['none', 'slow', 'code', 'refuse'] as const)('while tries are met with %s', caution => {
  test.each(nameEntrances)('$name answers the same for everybody', async entrance => {
    lane.meet(caution)
    const answersFor = async (email: string) => {
      const replies = await entrance.ask(lane.portal, stranger(lane.portal), email)
      return replies.map(reply => plain(reply, email))
    }

    const unknown = await answersFor('somebody-else@nowhere.example')

    // Nothing is easily the same as nothing.
    for (const reply of unknown) expect(reply).not.toMatchObject({ status: 404 })
    for (const name of names) expect(await answersFor(name), name).toEqual(unknown)
  })
})
