import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Organization } from '../../src/people/organization.ts'
import { type LanePortal, mailsTo, startLane, stranger, typePassword } from '../support/lane.ts'
import { newestText, textsTo } from '../support/phone-people.ts'
import { portalHost } from '../support/portal-flows.ts'
import type { PortalHarness } from '../support/portal-harness.ts'
import { accountOf, addOrganization, addPerson } from '../support/portal-people.ts'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'

// A phone as the factor that an organization demands, set up on the way in.

let lane: LanePortal
let portal: PortalHarness
let demanding: Organization
beforeAll(async () => {
  lane = await startLane()
  portal = lane.portal
  demanding = await addOrganization(portal, 'Demanding', { secondFactor: { roles: 'all', from: 0 } })
})
afterAll(() => portal[Symbol.asyncDispose]())

let numbers = 0
const nextNumber = () => `+8190${String(20_000_000 + ++numbers)}`
const wrongFor = (code: string) => (code === '000000' ? '111111' : '000000')

async function arrive(email: string): Promise<{ visitor: PortalVisitor; page: Reply }> {
  lane.meet('none')
  await addPerson(portal, email, { organization: demanding })
  const visitor = stranger(portal)
  return { visitor, page: await visitor.follow(await typePassword(portal, visitor, email)) }
}

const openForm = (visitor: PortalVisitor) => visitor.get(`${portal.portalOrigin}/second-factor?said=phone`)

describe('a phone that is set up in a sign-in', () => {
  test('is offered after app and passkey, with its risk said', async () => {
    const { page } = await arrive('offer@enrol.example')

    const [app, passkey, phone] = ['name="label"', 'data-passkey="enrol_first"', 'said=phone'].map(part =>
      page.body.indexOf(part),
    )
    expect(app).toBeGreaterThan(0)
    expect(passkey).toBeGreaterThan(app ?? 0)
    expect(phone).toBeGreaterThan(passkey ?? 0)
    expect(page.body).toContain('weakest second factor')
  })

  test('opens the session with the code that came to it, and leads to the backup codes', async () => {
    const { visitor } = await arrive('adds@enrol.example')
    const number = nextNumber()

    const asked = await visitor.submit(await openForm(visitor), { number })
    const check = await visitor.follow(asked)
    const code = await newestText(portal, number)
    const wrong = await visitor.submit(check, { code: wrongFor(code) })
    const right = await visitor.submit(wrong, { code })

    expect(check.heading).toBe('Enter the code')
    expect(wrong.status).toBe(422)
    expect(wrong.heading).toBe('Enter the code')
    expect(right.location).toBe('/account/backup-codes?said=factor_added')
    const { factors } = await accountOf(portal, 'adds@enrol.example')
    expect(factors.map(({ kind, spare }) => ({ kind, spare }))).toEqual([{ kind: 'sms_code', spare: false }])
  })

  test('says what is wrong with a number, and leaves what was typed', async () => {
    const { visitor } = await arrive('typo@enrol.example')
    const form = await openForm(visitor)

    const unreadable = await visitor.submit(form, { number: '12' })
    const foreign = await visitor.submit(form, { number: '+882 1234 5678' })

    expect([unreadable.status, foreign.status]).toEqual([422, 422])
    expect(unreadable.body).toContain('value="12"')
    expect(unreadable.body).toContain('Enter the whole phone number')
  })

  test('leaves the other ways open after a message was asked for', async () => {
    const { visitor } = await arrive('turns@enrol.example')
    await visitor.submit(await openForm(visitor), { number: nextNumber() })

    const page = await visitor.get(`${portal.portalOrigin}/second-factor`)
    const others = await visitor.get(`${portal.portalOrigin}/second-factor?said=other`)

    expect(page.heading).toBe('Enter the code')
    expect(others.body).toContain('data-passkey="enrol_first"')
  })

  test('gives way to a factor that another sign-in has set up meanwhile: the code adds nothing beside it', async () => {
    const { visitor } = await arrive('two@enrol.example')
    const number = nextNumber()
    const check = await visitor.follow(await visitor.submit(await openForm(visitor), { number }))
    const code = await newestText(portal, number)
    const other = stranger(portal)
    await other.follow(await typePassword(portal, other, 'two@enrol.example'))
    const theirs = nextNumber()
    const theirCheck = await other.follow(await other.submit(await openForm(other), { number: theirs }))
    await other.submit(theirCheck, { code: await newestText(portal, theirs) })

    const late = await visitor.submit(check, { code })

    expect(late.location ?? '').not.toMatch(/^\/account/)
    expect((await accountOf(portal, 'two@enrol.example')).factors).toHaveLength(1)
  })
})

describe('a thief who has the password', () => {
  test('in the suspicious lane is shown no way to set a phone up, and no message goes to the number they post', async () => {
    const email = 'victim@enrol.example'
    await addPerson(portal, email, { organization: demanding })
    lane.meet('code')
    const thief = stranger(portal)
    const page = await thief.follow(await typePassword(portal, thief, email))
    const form = await openForm(thief)
    const number = nextNumber()
    const attempt = /name="attempt" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const url = `${portal.portalOrigin}/second-factor`

    const begun = await thief.post(url, { attempt, answer: 'phone', number })
    const confirmed = await thief.post(url, { attempt, answer: 'phone_enrolment', code: '123456' })
    await portal.deliver()

    expect(form.heading).toBe('Confirm that it is you')
    expect(form.body).not.toContain('name="number"')
    expect(textsTo(portal, number)).toBe(0)
    expect(begun.location ?? '').not.toMatch(/^\/account/)
    expect(confirmed.location ?? '').not.toMatch(/^\/account/)
    expect(thief.cookie(portalHost, 'sekisho')).toBeUndefined()
    expect((await accountOf(portal, email)).factors).toEqual([])
    expect((await mailsTo(portal, email)).length).toBe(1)
  })

  test('of an account that has a factor sends no message to a number of theirs', async () => {
    const { visitor } = await arrive('has@enrol.example')
    const number = nextNumber()
    const check = await visitor.follow(await visitor.submit(await openForm(visitor), { number }))
    await visitor.submit(check, { code: await newestText(portal, number) })
    portal.clock.leap(3_600_000)
    const thief = stranger(portal)
    const page = await thief.follow(await typePassword(portal, thief, 'has@enrol.example'))
    const attempt = /name="attempt" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const theirs = nextNumber()

    await thief.post(`${portal.portalOrigin}/second-factor`, { attempt, answer: 'phone', number: theirs })
    await portal.deliver()

    expect(page.heading).toBe('Enter your code')
    expect(textsTo(portal, theirs)).toBe(0)
  })
})
