import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeployment, type Deployment } from '../support/deployment.ts'
import type { GatewayProcess } from '../support/gateway-process.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'
import { gatherCrowd, type RaceOutcome, type RaceTrack, raceForTicket, signInJoiner } from '../support/races.ts'
import { type Straddler, signOut, startStraddler } from '../support/straddler.ts'

// Two gateways on one data directory; 200 rounds of each race: npm run drills -- races

let upstream: LiveUpstream
let deployment: Deployment
let gateways: readonly [GatewayProcess, GatewayProcess]
let track: RaceTrack

beforeAll(async () => {
  upstream = await startLiveUpstream()
  deployment = createDeployment({ upstream: upstream.origin })
  // Side by side on an empty directory: the first start is a race of its own, for the root key, the tables and the signing keys.
  gateways = await Promise.all([deployment.start('left'), deployment.start('right')])
  track = { deployment, books: await deployment.openBooks(), ports: gateways.map(({ port }) => port) }
}, 120_000)
afterAll(async () => {
  await deployment[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

test('two gateways that started side by side on an empty directory sign with the same keys', async () => {
  const answers = await Promise.all(
    track.ports.map(port => createPortalVisitor({ port }).get(`${deployment.portalOrigin}/jwks.json`)),
  )

  expect(answers[0]?.body).toContain('"kid"')
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
})

const oneOf50 = { won: 1, stored: 1, others: [] }

describe('of 50 uses at once, 25 at each of two gateways, exactly one succeeds:', () => {
  test.each(['reset', 'invitation'] as const)(
    'the ticket of a mailed %s, and the password is the winner’s',
    async purpose => expectOne(await raceForTicket(track, purpose)),
    120_000,
  )

  test('a code of an authenticator app', async () => {
    const crowd = await gatherCrowd(track)
    for (let outcome = await crowd.race(); outcome !== null; outcome = await crowd.race()) expectOne(outcome)
  }, 120_000)

  test('a join code, with the binding of the right browser', async () => {
    const joiner = await signInJoiner(track)
    for (let round = 0; round < 5; round++) expectOne(await joiner.race())
  }, 120_000)
})

interface Ending {
  readonly name: string
  /** At the first gateway. */
  readonly act: (person: Straddler) => Promise<unknown>
}

const endings: readonly Ending[] = [
  { name: 'sign-out', act: person => signOut(track, person) },
  { name: 'an operator who ends all sessions', act: person => atLeft('sessions', 'end', person.account.email) },
  {
    name: 'a forced reset',
    act: person => atLeft('users', 'require-reset', person.account.email, '--reason', 'it leaked'),
  },
  { name: 'suspension', act: person => atLeft('users', 'suspend', person.account.email) },
]

test.each(endings)(
  '$name at one gateway cuts the open connections of the other, which lets nothing through from then on',
  async ({ act }) => {
    const person = await startStraddler(track)
    const bystander = await startStraddler(track)
    expect(await person.connections.echo('before')).toBe('before')
    expect(await person.statuses()).toEqual([200, 200])
    const asked = upstream.requests.length

    await act(person)
    const actedMs = performance.now()
    const code = await person.connections.closed
    const waitedMs = performance.now() - actedMs

    expect(code).toBe(4401)
    expect(await person.connections.cut, 'the stream must not look complete').toBe(false)
    expect(new Set(await person.statuses())).not.toContain(200)
    expect(upstream.requests.length - asked, 'requests that reached the application').toBe(0)
    // The promise is one second, and the drill holds it to that; a shared machine may be slower than its own clock.
    expect(waitedMs, 'milliseconds until the other gateway had cut').toBeLessThan(10_000)
    expect(await bystander.connections.echo('still here')).toBe('still here')
    bystander.connections.close()
  },
  60_000,
)

async function atLeft(...words: string[]): Promise<void> {
  const { code, err } = await gateways[0].cli(...words)
  expect(code, err).toBe(0)
}

function expectOne(outcome: RaceOutcome): void {
  expect(outcome).toMatchObject(oneOf50)
  expect(outcome.won + outcome.lost + outcome.busy).toBe(50)
}
