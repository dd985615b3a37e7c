import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { samlRefusals } from '../../../src/sso/refusal.ts'
import type { Reply } from '../../support/portal-visitor.ts'
import { until } from '../../support/until.ts'
import { type Case, formOf } from './case.ts'
import { caseClasses } from './generator.ts'
import { messageOf } from './signing.ts'
import { attack, holderOf, keepCookies, opensSession, startTown, type Town } from './town.ts'

// A sample of every class through the real gateway, and what needs one: replays, parallel posts, hostile RelayStates.

/** A form beyond every genuine one is not read at all. */
const codes = [...samlRefusals.map(cause => `saml_${cause}`), 'body_too_large']

let town: Town
beforeAll(async () => {
  town = await startTown()
})
afterAll(() => town[Symbol.asyncDispose]())

describe.each(Object.entries(samples()))('%s', (_, cases) => {
  test.each(cases.map(one => [one.id, one.about, one] as const))('%s: %s', async (_id, _about, one) => {
    const { reply } = await attack(town, one)

    if (one.outcome === 'mallory') return expect(opensSession(reply), reply.heading).toBe(true)
    const isHarmless = one.outcome === 'harmless' && opensSession(reply)
    expect(isRefusal(reply) || isHarmless, `${reply.status} ${reply.heading}`).toBe(true)
    expect(await town.sessionsOf(town.victimId)).toBe(0)
    expect(town.calls()).toBe(0)
    if (!isHarmless) expect(codes).toContain(await town.causeOf(reply))
  })
})

test('every refusal is the same page: same status, same fields, same length, same words but for the receipt', async () => {
  const replies: Reply[] = []
  town.saml.clock.advance(60_000) // of what strangers send, a minute has only so many rows
  for (const one of differentCauses()) replies.push((await attack(town, one)).reply)

  const shapes = replies.map(shapeOf)

  expect(new Set(shapes.map(({ body }) => body)).size).toBe(1)
  expect(new Set(shapes.map(({ fields }) => fields)).size).toBe(1)
  expect(new Set(replies.map(({ body }) => body.length)).size).toBe(1)
  expect(new Set((await town.lastOutcomes()).filter(outcome => outcome !== 'accepted')).size).toBeGreaterThan(4)
})

test('each refusal leaves an audit row with a reason for machines', async () => {
  const { store } = town.saml.gateway.running.gateway.rooms
  const rows = async () =>
    (await store.audit.list({ organizationId: town.saml.corp.id, limit: 10_000 })).filter(
      ({ entry }) => entry.event === 'sign_in_refused',
    )
  town.saml.clock.advance(60_000)
  const before = (await rows()).length

  await attack(town, caseNamed('S11'))

  await until(async () => (await rows()).length === before + 1)
  expect((await rows()).at(-1)?.entry.facts).toMatchObject({ why: 'signature_wrong' })
})

test('a message opens one session and never a second one: in the same browser, in another, after a restart', async () => {
  const asked = await town.ask()
  const withCookies = keepCookies(asked)
  const form = formOf(messageOf(asked.world))
  expect(opensSession(await town.post(asked, form))).toBe(true)
  const before = await town.sessionsOf(town.malloryId)

  const again = await town.post(withCookies(), form)
  const elsewhere = await town.post(await town.ask(), form)
  await town.restart()
  const restarted = await town.post(withCookies(), form)

  expect(await Promise.all([again, elsewhere, restarted].map(town.causeOf))).toEqual([
    'saml_replayed',
    'saml_request_unknown',
    'saml_replayed',
  ])
  for (const reply of [again, elsewhere, restarted]) expect(isRefusal(reply)).toBe(true)
  expect(await town.sessionsOf(town.malloryId)).toBe(before)
})

test('of fifty posts at once one opens a session, five times over', async () => {
  for (let round = 0; round < 5; round++) {
    const asked = await town.ask()
    const form = formOf(messageOf(asked.world))
    const before = await town.sessionsOf(town.malloryId)

    const replies = await Promise.all(Array.from({ length: 50 }, () => town.post(asked, form)))

    expect(replies.filter(opensSession)).toHaveLength(1)
    expect(replies.filter(isRefusal)).toHaveLength(49)
    expect(await town.sessionsOf(town.malloryId)).toBe(before + 1)
  }
}, 120_000)

test('S26: an answer to the request of another browser opens nothing, and nobody becomes mallory by a link (login CSRF)', async () => {
  const [mallory, victim] = [await town.ask(), await town.ask()]

  const reply = await town.post({ ...victim, relayState: mallory.relayState }, formOf(messageOf(mallory.world)))

  expect(isRefusal(reply)).toBe(true)
  expect(await holderOf(town, victim)).toBeNull()
})

test('S34: whatever the RelayState says, it leads nowhere', async () => {
  for (const value of hostileRelayStates()) {
    const asked = await town.ask()
    const reply = await town.post(asked, formOf(messageOf(asked.world)), value)

    expect(opensSession(reply), value).toBe(true)
    expect(reply.location, value).toBe('/account')
    expect(JSON.stringify(reply.headers)).not.toContain('evil')
  }
}, 120_000)

test('messages beside each other in one form, or none, open nothing', async () => {
  const asked = await town.ask()
  const form = encodeURIComponent(formOf(messageOf(asked.world)))
  const headers = { Origin: 'https://idp.example.test', 'Sec-Fetch-Site': 'cross-site' }
  const bodies = [
    `SAMLResponse=${form}&SAMLResponse=${form}`,
    `SAMLRequest=${form}`,
    `samlresponse=${form}`,
    '',
    `SAMLResponse=${form}`.repeat(3),
  ]

  for (const body of bodies)
    expect(opensSession(await asked.visitor.post(town.saml.corp.acs, body, { headers }))).toBe(false)
})

test('a genuine message of one organization opens nothing at the address of another', async () => {
  const asked = await town.ask()
  const other = await town.saml.other.ask(asked.visitor)

  const reply = await town.saml.other.post(
    asked.visitor,
    formOf(messageOf({ ...asked.world, requestId: other.id })),
    other.relayState,
  )

  expect(isRefusal(reply)).toBe(true)
})

test('the provider of one organization cannot speak of the people of another', async () => {
  const asked = await town.ask()
  const foreign = { ...asked.world, mallory: 'someone@other.test' }

  expect(isRefusal(await town.post(asked, formOf(messageOf(foreign))))).toBe(true)
  expect((await town.lastOutcomes())[0]).toBe('email_domain')
})

/** Those of the shared list, and every fourteenth of the others. Cases of other settings are asked of the reader alone. */
function samples(): Readonly<Record<string, readonly Case[]>> {
  const chosen = Object.entries(caseClasses()).map(([name, cases]): [string, readonly Case[]] => {
    const here = cases.filter(({ question }) => question === undefined)
    const listed = here.filter(({ id }) => /^S\d/.test(id) && !/ (?:signed response|both signed)$/.test(id))
    const others = here.filter(one => !listed.includes(one))
    return [name, [...listed, ...others.filter((_, i) => i % 14 === 0)]]
  })
  return Object.fromEntries(chosen)
}

function differentCauses(): readonly Case[] {
  const names = [
    'S03',
    'S09',
    'S11',
    'S14',
    'S19 (assertion)',
    'S21 signed assertion',
    'S27 signed assertion',
    'S31 signed assertion',
    'F7',
    'F9',
    'P24',
    'Z1',
    'P8',
    'S25 never signed assertion',
    'S33 assertion signed assertion',
  ]
  return names.map(caseNamed)
}

function caseNamed(id: string): Case {
  const found = Object.values(caseClasses())
    .flat()
    .find(one => one.id === id)
  if (found === undefined) throw new Error(`no case ${id}`)
  return found
}

function isRefusal(reply: Reply): boolean {
  return (reply.status === 403 || reply.status === 400) && !opensSession(reply) && reply.heading !== ''
}

/** What differs by itself, from one answer to the next, is left out. */
function shapeOf(reply: Reply): { readonly body: string; readonly fields: string } {
  const receipt = /\b[a-z0-9]{8}-[a-z0-9]+\b/g
  // A form that is too long is not read to its end, and the connection with it.
  const { date: _, connection: __, 'keep-alive': ___, ...others } = reply.headers
  const fields = JSON.stringify(Object.keys(others).sort()) + reply.status + reply.setCookies.length
  return { body: reply.body.replaceAll(receipt, '#'), fields }
}

function hostileRelayStates(): readonly string[] {
  const file = new URL('../../cases/shared/redirect.shared.json', import.meta.url)
  const pattern = z.object({ cases: z.array(z.object({ value: z.string() })) })
  return pattern.parse(JSON.parse(readFileSync(file, 'utf8'))).cases.map(({ value }) => value)
}
