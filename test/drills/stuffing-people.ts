import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'
import type { Seeded } from '../support/seeded.ts'
import type { Town } from './stuffing-town.ts'

// The real people: most on browsers that their accounts know, some on new ones, a quarter of them behind one office address; some mistype.

export interface Person {
  readonly email: string
  readonly visitor: PortalVisitor
  readonly known: boolean
}

export interface Visits {
  signIns: number
  refused: number
  refusedKnown: number
  codes: number
  readonly stories: string[]
}

export const realPassword = 'four quiet lanterns by the gate'
const officeAddress = '198.51.100.77'

export async function gatherPeople(town: Town, count: number): Promise<readonly Person[]> {
  const emails = Array.from({ length: count }, (_, i) => `person${i}@people.example`)
  await town.settle(emails, realPassword)
  const people = emails.map((email, i): Person => {
    const address = i % 4 === 0 ? officeAddress : `203.0.113.${(i % 250) + 1}`
    return { email, visitor: town.visitor({ address }), known: i % 5 !== 4 }
  })
  for (const { known, email, visitor } of people) {
    if (!known) continue
    const reply = await typePassword(town, visitor, email, realPassword)
    if (reply.location !== '/account') throw new Error(`${email} is not in: ${reply.status} ${reply.location}`)
    await signOut(town, visitor)
  }
  return people
}

/** One visit, as a person does it: types (perhaps wrong first), takes the code from the mailbox where one is asked for. */
export async function visit(town: Town, person: Person, chance: Seeded, visits: Visits): Promise<void> {
  const { email, visitor, known } = person
  visits.signIns++
  if (chance.whole(1, 5) === 1) await typePassword(town, visitor, email, 'for quiet lanterns by the gate')
  const seen = newestCode(town, email)?.id
  const reply = await typePassword(town, visitor, email, realPassword)
  const asked = reply.location?.startsWith('/second-factor') === true
  const arrived = asked ? await giveCode(town, person, seen) : reply
  if (asked) visits.codes++
  if (asked && known) visits.stories.push(`${email} was asked for a code on a known device`)
  if (arrived.location === '/account') return signOut(town, visitor)
  visits.refused++
  if (known) visits.refusedKnown++
  const end = `${arrived.status} ${arrived.location} ${arrived.heading}`
  visits.stories.push(`${email} (${known ? 'known' : 'new'}) came to ${end} after ${reply.location}`)
}

/** The mail comes by itself, or when it is asked for. A person has more patience than a machine that is busy with an attack. */
async function giveCode(town: Town, { email, visitor }: Person, seen: string | undefined): Promise<Reply> {
  const page = await visitor.get(`${town.gateway.portalOrigin}/second-factor`)
  const sent = await waitForCode(town, email, seen, 200)
  if (sent !== null) return visitor.submit(page, { code: sent })
  await visitor.submit(page, { answer: 'send_code' })
  const code = await waitForCode(town, email, seen, 10_000)
  return visitor.submit(page, { code: code ?? '000000' })
}

function newestCode({ gateway }: Town, email: string): { id: string; code: string } | null {
  const mails = gateway.running.gateway.mailbox?.list() ?? []
  const mail = mails.find(({ to, subject }) => to === email && /\b\d{6}\b/.test(subject))
  return mail === undefined ? null : { id: mail.id, code: /\b\d{6}\b/.exec(mail.subject)?.[0] ?? '' }
}

async function waitForCode(
  town: Town,
  email: string,
  seen: string | undefined,
  looksMax: number,
): Promise<string | null> {
  for (let look = 0; look < looksMax; look++) {
    const found = newestCode(town, email)
    if (found !== null && found.id !== seen) return found.code
    // The outbox looks each second of the drill's clock, and works in real time.
    if (look % 20 === 0) town.clock.advance(100)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  return null
}

export function typePassword(
  { gateway }: Town,
  visitor: PortalVisitor,
  email: string,
  password: string,
): Promise<Reply> {
  return visitor.post(`${gateway.portalOrigin}/sign-in`, { email, password })
}

async function signOut({ gateway }: Town, visitor: PortalVisitor): Promise<void> {
  await visitor.post(`${gateway.portalOrigin}/sign-out`, {})
}
