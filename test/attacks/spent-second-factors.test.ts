import { afterAll, beforeAll, expect, test } from 'vitest'
import { stranger } from '../support/lane.ts'
import { addPasskey, askOptions } from '../support/passkey-flows.ts'
import { addPhone, textsTo } from '../support/phone-people.ts'
import { portalHost, signedIn, tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addPerson } from '../support/portal-people.ts'

// Whoever has found the password can ask for texts and type wrong codes. The owner's second factor must still work for the owner.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

test('a thief with the password cannot use up the text messages of a device that the account knows', async () => {
  await addPerson(portal, 'texts@spent.example')
  const owner = await signedIn(portal, 'texts@spent.example')
  owner.jar.get(portalHost)?.delete('sekisho')
  await addPhone(portal, 'texts@spent.example')
  for (let i = 0; i < 8; i++) await tryPassword(portal, stranger(portal), 'texts@spent.example')
  await portal.deliver()
  const before = textsTo(portal)

  await tryPassword(portal, owner, 'texts@spent.example')

  await portal.deliver()
  expect(before).toBe(6) // the phone's own confirmation, and five for the thief
  expect(textsTo(portal)).toBe(before + 1)
})

test('wrong codes that a thief has typed do not close an account to its owner’s passkey, also on a new device', async () => {
  await addPerson(portal, 'keyed@spent.example')
  const key = await addPasskey(portal, await signedIn(portal, 'keyed@spent.example'))
  const second = `${portal.portalOrigin}/second-factor`
  const begin = async () => {
    const visitor = stranger(portal)
    const page = await visitor.follow(await tryPassword(portal, visitor, 'keyed@spent.example'))
    return { visitor, attempt: /name="attempt" value="([^"]+)"/.exec(page.body)?.[1] ?? '' }
  }
  for (let i = 0; i < 5; i++) {
    const { visitor, attempt } = await begin()
    for (let n = 0; n < 5; n++) await visitor.post(second, { attempt, answer: 'code', code: `00000${n}` })
  }

  const { visitor, attempt } = await begin()
  const credential = key.answer(await askOptions(portal, visitor, 'second_factor'))
  const reply = await visitor.post(second, { attempt, answer: 'passkey', credential })

  expect(reply.location).toBe('/account')
})

test('passkeys that nobody has end an attempt after five, as wrong codes do', async () => {
  await addPerson(portal, 'forged@spent.example')
  await addPasskey(portal, await signedIn(portal, 'forged@spent.example'))
  const visitor = stranger(portal)
  const page = await visitor.follow(await tryPassword(portal, visitor, 'forged@spent.example'))
  const attempt = /name="attempt" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const replies = []
  for (let i = 0; i < 5; i++)
    replies.push(
      await visitor.post(`${portal.portalOrigin}/second-factor`, { attempt, answer: 'passkey', credential: 'forged' }),
    )

  expect(replies.map(({ status }) => status)).toEqual([422, 422, 422, 422, 303])
  expect(replies.at(-1)?.location).toBe('/sign-in?said=too_many_codes')
})
