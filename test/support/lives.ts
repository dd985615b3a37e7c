import type { AuditEvent } from '../../src/journal/audit.ts'
import type { Account } from '../../src/people/account.ts'
import { codeAt } from '../people/authenticator.ts'
import { type Books, seededPassword } from './books.ts'
import type { Deployment } from './deployment.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from './portal-visitor.ts'
import { inTurns } from './races.ts'

// People who sign in, set up an authenticator app or choose a new password while their gateway may die at any moment. Each remembers
// what it asked for and what it was answered: what was answered has to be there afterwards.

export type Act = 'sign-in' | 'enrolment' | 'reset'
/** Its last act but for a reset, which is followed by a sign-in with the new password. */
export type LifeKind = Act

/** How many acts a whole life holds. */
export const actsOf: Readonly<Record<LifeKind, number>> = { 'sign-in': 1, enrolment: 2, reset: 2 }

/** What stands in the audit trail when it was done. */
export const eventOf: Readonly<Record<Act, AuditEvent>> = {
  'sign-in': 'session_opened',
  enrolment: 'factor_added',
  reset: 'reset_completed',
}

export interface Life {
  readonly kind: LifeKind
  readonly account: Account
  /** For a reset: what the mail carries. */
  readonly ticket: string | null
  readonly visitor: PortalVisitor
  readonly asked: Set<Act>
  readonly answered: Set<Act>
  /** The password that opens the account when all goes well. */
  readonly password: string
  /** The secret that the enrolment page showed. */
  secret: string | null
}

const newPassword = 'seven slow boats under the bridge'

let made = 0

export async function beginLives(books: Books, port: number, each: number): Promise<Life[]> {
  const kinds = Array.from({ length: each }, (): LifeKind[] => ['sign-in', 'enrolment', 'reset']).flat()
  return inTurns(kinds, 4, async kind => {
    made += 1
    const account = await books.addPerson(`${kind}${made}@kill.example`)
    return {
      kind,
      account,
      ticket: kind === 'reset' ? await books.requireReset(account) : null,
      visitor: createPortalVisitor({ port }),
      asked: new Set<Act>(),
      answered: new Set<Act>(),
      password: kind === 'reset' ? newPassword : seededPassword,
      secret: null,
    }
  })
}

/** To its end, or until its gateway is gone. Throws for an answer that nobody foresaw. */
export async function live(life: Life, { portalOrigin }: Deployment, told: (stage: Stage) => void): Promise<void> {
  const ask = { portalOrigin, told }
  if (life.kind === 'reset') await reset(life, ask)
  await signIn(life, ask)
  if (life.kind === 'enrolment') await enrol(life, ask)
}

/** Of each request that changes something: about to be sent, or answered. */
export type Stage = 'asked' | 'answered'

interface Asking extends Pick<Deployment, 'portalOrigin'> {
  told(stage: Stage): void
}

async function reset(life: Life, { portalOrigin, told }: Asking): Promise<void> {
  const { visitor, ticket } = life
  const page = await visitor.follow(await visitor.get(`${portalOrigin}/reset/${ticket ?? 'none'}`))
  const reply = await act(life, 'reset', told, () => visitor.submit(page, { password: life.password }))
  expectAnswer(life, reply, '/sign-in?said=reset')
  life.answered.add('reset')
}

async function signIn(life: Life, { portalOrigin, told }: Asking): Promise<void> {
  const { visitor, account, password } = life
  const first = await visitor.get(`${portalOrigin}/sign-in`)
  const second = await visitor.submit(first, { email: account.email })
  const reply = await act(life, 'sign-in', told, () => visitor.submit(second, { password }))
  expectAnswer(life, reply, '/account')
  life.answered.add('sign-in')
}

async function enrol(life: Life, { portalOrigin, told }: Asking): Promise<void> {
  const { visitor } = life
  const page = await visitor.get(`${portalOrigin}/account/factors/add`)
  life.secret = secretOn(page)
  const code = codeAt(life.secret, Date.now())
  const reply = await act(life, 'enrolment', told, () => visitor.submit(page, { code }))
  expectAnswer(life, reply, '/account/backup-codes?said=factor_added')
  life.answered.add('enrolment')
}

async function act(life: Life, name: Act, told: Asking['told'], send: () => Promise<Reply>): Promise<Reply> {
  life.asked.add(name)
  told('asked')
  const reply = await send()
  told('answered')
  return reply
}

function expectAnswer({ account }: Life, reply: Reply, location: string): void {
  if (reply.location !== location)
    throw new UnforeseenAnswer(`${account.email}: ${reply.status} ${reply.location ?? reply.heading}, not ${location}`)
}

/** Not the silence of a gateway that died, but a wrong word of one that lives. */
export class UnforeseenAnswer extends Error {}

function secretOn(page: Reply): string {
  const secret = /<p class="secret">([A-Z2-7 ]+)<\/p>/.exec(page.body)?.[1]
  if (secret === undefined) throw new UnforeseenAnswer(`no secret on "${page.heading}" (${page.status})`)
  return secret.replaceAll(' ', '')
}

/** Who got no answer tries again in a new browser, as people do: the reset if its link still opens, then the sign-in. */
export async function tryAgain(life: Life, { portalOrigin }: Deployment, port: number): Promise<void> {
  // An app that may have been set up asks for a code, and the one that was typed is used: that person waits half a minute.
  if (life.kind === 'enrolment' || life.answered.has('sign-in')) return
  const visitor = createPortalVisitor({ port })
  const again: Life = { ...life, visitor }
  const ask = { portalOrigin, told: () => {} }
  if (life.ticket !== null && !life.answered.has('reset')) {
    const page = await visitor.follow(await visitor.get(`${portalOrigin}/reset/${life.ticket}`))
    if (page.status === 200) await reset(again, ask)
  }
  await signIn(again, ask)
}
