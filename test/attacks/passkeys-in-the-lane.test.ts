import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LanePortal, plain, startLane, stranger, typePassword } from '../support/lane.ts'
import { addPasskey, askOptions } from '../support/passkey-flows.ts'
import { portalHost, signedIn } from '../support/portal-flows.ts'
import { addApp, addPerson, goodPassword } from '../support/portal-people.ts'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'
import type { SoftwareKey } from '../support/software-key.ts'

// In the suspicious lane a passkey is offered to everybody. What comes back must not tell a right password from a wrong one.

let lane: LanePortal
let attackers: SoftwareKey
let owners: SoftwareKey
beforeAll(async () => {
  lane = await startLane()
  const { portal } = lane
  for (const name of ['attacker', 'keyed', 'plain', 'app']) await addPerson(portal, `${name}@lane.test`)
  attackers = await addPasskey(portal, await signedIn(portal, 'attacker@lane.test'))
  owners = await addPasskey(portal, await signedIn(portal, 'keyed@lane.test'))
  await addApp(portal, 'app@lane.test')
  lane.meet('code')
})
afterAll(() => lane.portal[Symbol.asyncDispose]())

const url = (path: string) => `${lane.portal.portalOrigin}${path}`

async function begin(
  email: string,
  password: string,
): Promise<{ visitor: PortalVisitor; attempt: string; page: Reply }> {
  const visitor = stranger(lane.portal)
  await typePassword(lane.portal, visitor, email, password)
  const page = await visitor.get(url('/second-factor'))
  return { visitor, page, attempt: /name="attempt" value="([^"]+)"/.exec(page.body)?.[1] ?? '' }
}

/** Everything that can be done there with a passkey: none, nonsense, a real one of the attacker's own, and setting one up. */
async function everyStep(email: string, password: string): Promise<readonly object[]> {
  const { visitor, page, attempt } = await begin(email, password)
  const answers = [page]
  const post = async (fields: Readonly<Record<string, string>>) =>
    void answers.push(await visitor.post(url('/second-factor'), { attempt, ...fields }))
  await post({ answer: 'passkey' })
  await post({ answer: 'passkey', credential: '' })
  await post({ answer: 'passkey', credential: 'nonsense' })
  await post({ answer: 'passkey', credential: 'nonsense', from: 'help' })
  await post({ answer: 'passkey_enrolment', credential: 'nonsense' })
  const options = await askOptions(lane.portal, visitor, 'second_factor')
  await post({ answer: 'passkey', credential: attackers.answer(options) })
  const again = await askOptions(lane.portal, visitor, 'second_factor')
  await post({ answer: 'passkey', credential: attackers.answer(again) })
  await post({ answer: 'passkey', credential: 'nonsense' })
  await post({ answer: 'passkey', credential: 'nonsense' })
  return answers.map(answer => plain(answer, email))
}

describe('a passkey in the suspicious lane', () => {
  test('is answered alike for right and wrong passwords, with and without a passkey, and for names that nobody has', async () => {
    const nobodys = await everyStep('nobody@lane.test', goodPassword)

    for (const name of ['keyed', 'plain', 'app']) {
      expect(await everyStep(`${name}@lane.test`, goodPassword), `${name}, right`).toEqual(nobodys)
      expect(await everyStep(`${name}@lane.test`, 'not the password'), `${name}, wrong`).toEqual(nobodys)
    }
  })

  test('has the same options for everybody, and no list of credentials', async () => {
    const options = []
    for (const [email, password] of [
      ['keyed@lane.test', goodPassword],
      ['keyed@lane.test', 'not the password'],
      ['nobody@lane.test', goodPassword],
    ] as const) {
      const { visitor } = await begin(email, password)
      options.push({ ...(await askOptions(lane.portal, visitor, 'second_factor')), challenge: '…' })
    }

    expect(options).toEqual([options[0], options[0], options[0]])
    expect(options[0]).toMatchObject({ allowCredentials: [] })
  })

  test('lets its owner in, who knows the password as well; and nobody who does not', async () => {
    const right = await begin('keyed@lane.test', goodPassword)
    const wrong = await begin('keyed@lane.test', 'not the password')
    const answer = async ({ visitor, attempt }: typeof right) => {
      const credential = owners.answer(await askOptions(lane.portal, visitor, 'second_factor'))
      return visitor.post(url('/second-factor'), { attempt, answer: 'passkey', credential })
    }

    expect((await answer(wrong)).status).toBe(422)
    expect(wrong.visitor.cookie(portalHost, 'sekisho')).toBeUndefined()
    expect((await answer(right)).location).toBe('/account')
  })
})
