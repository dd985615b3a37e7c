import type { CookieJar } from '../http/cookies.ts'
import type { Clock } from '../lib/clock.ts'
import type { Account } from '../people/account.ts'
import { activeKinds } from '../people/directory.ts'
import type { SessionBook } from '../people/session-book.ts'
import type { Proof } from '../policy/facts.ts'
import type { Person } from './door.ts'
import type { Journey, Journeys } from './journey.ts'
import type { PageWriter } from './page-writer.ts'
import { originOf, type Visit } from './visit.ts'

export interface FactorAddedNeeds {
  readonly sessionBook: Pick<SessionBook, 'rotate'>
  readonly jar: CookieJar
  readonly journeys: Journeys
  readonly pages: Pick<PageWriter, 'redirect'>
  readonly clock: Clock
}

/** After a factor was confirmed: what confirmed it is a proof of it, so this session does not have to be proved again at once. */
export async function factorAdded(
  { sessionBook, jar, journeys, pages, clock }: FactorAddedNeeds,
  visit: Visit,
  { account, session }: Person,
  { proof, journey }: { readonly proof: Proof; readonly journey: Journey },
): Promise<Response> {
  const rotated = await sessionBook.rotate(session, [proof], originOf(visit, account.id, session))
  const seconds = (session.absoluteEndsAt - clock.now()) / 1000
  const cookies = rotated === null ? [] : [jar.write('session', rotated.token, seconds)]
  const offer = offerOf(account, journeys, journey)
  if (offer !== null) return pages.redirect(offer, { cookies })
  if (journey.returnTo === null) return pages.redirect('/account?said=factor_added', { cookies })
  return pages.redirect(await journeys.arrive(journey, session), { cookies, referrer: 'none' })
}

/** With the first factor come the codes for the day without it. `account` as it was before; null where it had a factor already. */
export function offerOf(account: Account, journeys: Journeys, journey: Journey): string | null {
  const isFirst = activeKinds(account).length === 0
  return isFirst ? `/account/backup-codes${journeys.query(journey, { said: 'factor_added' })}` : null
}
