import { html } from 'hono/html'
import type { Ask } from '../http/ask.ts'
import type { Account } from '../people/account.ts'
import type { Directory } from '../people/directory.ts'
import type { Organization } from '../people/organization.ts'
import type { Session } from '../people/session.ts'
import type { SessionBook } from '../people/session-book.ts'
import { isBreakGlass } from '../policy/factors.ts'
import type { ActFact, LearnedFacts } from '../policy/facts.ts'
import type { Decision } from '../policy/verdict.ts'
import { localActs } from './acts.ts'
import type { Journey, Journeys } from './journey.ts'
import type { PageWriter } from './page-writer.ts'
import { refusedContent } from './pages/refusal.ts'
import { requiredContent } from './pages/reset.ts'
import type { Visit } from './visit.ts'

/** A person who is signed in on the portal. */
export interface Person {
  readonly token: string
  readonly session: Session
  readonly account: Account
  readonly organization: Organization | null
  /** The organization's provider vouches for this person; there is no password and no local factor. */
  readonly usesSso: boolean
}

/** Lets signed-in people to their pages. The `own` walk decides; here its verdict becomes a page or a way to one. */
export interface Door {
  /** `returnTo`: the page (a GET) to come back to after a proof was given. */
  admit(visit: Visit, returnTo: string, act?: ActFact): Promise<Admission>
  /** What another walk than `own` has answered, as a page or a way to one. */
  turnAway(visit: Visit, decision: Decision, returnTo: string): Promise<Response>
  /** For somebody who comes to sign in and already is: on they go, or to the page that the walk asks for. */
  welcome(visit: Visit, journey: Journey): Promise<Welcome>
  /** Who holds this browser's session, whatever the gates say about it; for pages that give a proof, and for signing out. */
  holder(visit: Visit): Promise<Person | null>
}

export type Admission =
  | { readonly kind: 'in'; readonly person: Person }
  | { readonly kind: 'answered'; readonly response: Response }

export type Welcome =
  | { readonly kind: 'answered'; readonly response: Response }
  | { readonly kind: 'sign_in'; readonly email: string; readonly said?: string }

export interface DoorNeeds {
  readonly ask: Ask
  readonly sessionBook: SessionBook
  readonly directory: Directory
  readonly journeys: Journeys
  readonly writer: PageWriter
}

export function createDoor(needs: DoorNeeds): Door {
  const { ask, sessionBook, journeys } = needs
  const holder = (visit: Visit) => holderOf(needs, visit)
  const turnAway: Door['turnAway'] = async (visit, decision, returnTo) => {
    const journey = { returnTo, binding: null, again: false, organization: null }
    const way = await wayFrom(needs, visit, decision, journey)
    if (way.kind === 'answered') return way.response
    const query = journeys.query(journey, way.said === undefined ? {} : { said: way.said })
    return needs.writer.redirect(`/sign-in${query}`)
  }
  return {
    holder,
    turnAway,
    async admit(visit, returnTo, act) {
      const decision = await ask('own', visit.head, { receipt: visit.receipt, ...(act === undefined ? {} : { act }) })
      if (decision.verdict.kind === 'allow') {
        if (act !== undefined && isOnlyVouchedFor(decision.learned, act))
          return {
            kind: 'answered',
            response: await needs.writer.refusal(visit, { kind: 'deny', reason: 'act_not_allowed' }),
          }
        const person = await holder(visit)
        if (person !== null) return { kind: 'in', person }
      }
      return { kind: 'answered', response: await turnAway(visit, decision, returnTo) }
    },
    async welcome(visit, journey) {
      const decision = await ask('own', visit.head, { receipt: visit.receipt })
      if (decision.verdict.kind !== 'allow') return wayFrom(needs, visit, decision, journey)
      const session = visit.cookies.session === undefined ? null : await sessionBook.find(visit.cookies.session)
      if (session === null) return { kind: 'sign_in', email: '' }
      const location = await journeys.arrive(journey, session)
      return { kind: 'answered', response: needs.writer.redirect(location, { referrer: 'none' }) }
    },
  }
}

/**
 * The local ways of an emergency account are for the day on which its provider is not to be believed: whoever comes through it, with a
 * certificate that was slipped in, must not make a way of their own there.
 */
function isOnlyVouchedFor({ account, organization, proofs = [] }: Readonly<LearnedFacts>, act: ActFact): boolean {
  if (account == null || organization == null || !localActs.includes(act)) return false
  return isBreakGlass(account, organization) && proofs.some(({ kind }) => kind === 'saml')
}

async function holderOf({ sessionBook, directory }: DoorNeeds, visit: Visit): Promise<Person | null> {
  const token = visit.cookies.session
  const session = token === undefined ? null : await sessionBook.find(token)
  // A session belongs to one host: a child's token, carried here from an application's host, is nobody.
  if (token === undefined || session === null || session.host !== visit.head.host) return null
  const account = await directory.account(session.accountId)
  if (account === null) return null
  const { organizationId } = account
  const organization = organizationId === null ? null : await directory.organization(organizationId)
  const rules = organizationId === null ? null : await directory.organizationFact(organizationId)
  const usesSso = rules?.sso.required === true && !session.breakGlass
  return { token, session, account, organization, usesSso }
}

/** The way on from a verdict that is no allow. */
async function wayFrom(needs: DoorNeeds, visit: Visit, decision: Decision, journey: Journey): Promise<Welcome> {
  const { verdict } = decision
  const { writer, journeys } = needs
  if (verdict.kind === 'allow') return { kind: 'sign_in', email: '' } // the session ended between the walk and now
  const email = decision.learned.account?.email ?? ''
  // The sign-in page leads to the organization's provider.
  if (verdict.kind === 'deny' && verdict.reason === 'sso_required') return { kind: 'sign_in', email }
  if (verdict.kind === 'deny') return { kind: 'answered', response: await refuse(needs, visit, decision) }
  switch (verdict.step) {
    case 'second_factor':
    case 'prove_again': {
      const location = `/prove-again${journeys.query(journey, { step: verdict.step })}`
      return { kind: 'answered', response: writer.redirect(location) }
    }
    // What a live session lacks here is asked for by a whole new sign-in: a stolen cookie must not be enough to enrol a factor.
    case 'enrol_factor':
      return { kind: 'sign_in', email, said: 'enrol_first' }
    case 'sign_in':
    case 'email_code':
    case 'device_approval':
      return { kind: 'sign_in', email }
    default:
      return verdict.step satisfies never
  }
}

async function refuse({ writer }: DoorNeeds, visit: Visit, { verdict, learned }: Decision): Promise<Response> {
  if (verdict.kind !== 'deny') throw new Error('only a refusal is refused')
  const { words, receipt } = visit
  switch (verdict.reason) {
    case 'reset_required': {
      const email = html`<input type="hidden" name="email" value="${learned.account?.email ?? ''}">`
      const content = requiredContent(words, email)
      return writer.write(visit, { title: words.required.title, content, status: 403, here: '/sign-in' })
    }
    case 'account_suspended':
    case 'account_deleted':
    case 'address_uncertain':
    case 'outside_organization_networks':
    case 'role_missing':
      return writer.write(visit, {
        title: words.refused.title,
        content: refusedContent(words, receipt),
        status: 403,
        here: '/sign-in',
      })
    default:
      return writer.refusal(visit, verdict)
  }
}
