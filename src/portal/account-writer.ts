import type { Html } from '../http/layout.ts'
import type { Person } from './door.ts'
import type { PageWriter } from './page-writer.ts'
import { accountNavigation } from './pages/account.ts'
import type { Visit } from './visit.ts'

/** Pages of a signed-in person, under the name of their organization. */
export interface AccountWriter {
  write(visit: Visit, person: Person, page: { title: string; content: Html } & AccountPageOptions): Promise<Response>
  /** Back to the account page, which says what has changed. */
  done(changed: Changed, cookies?: readonly string[]): Response
  redirect(location: string): Response
}

export interface AccountPageOptions {
  readonly width?: 'card' | 'console'
  readonly status?: number
  readonly here?: string
}

/** Where an act leads back to when a proof had to be given first: the person then chooses again, with open eyes. */
export const confirmed = '/account?said=confirmed'

/** What the account page can say; an address can name one of these and nothing else. */
export const changedSayings = [
  'session_ended',
  'others_ended',
  'device_renamed',
  'device_forgotten',
  'password_changed',
  'email_changed',
  'factor_added',
  'factor_removed',
  'factor_restored',
  'language_changed',
  'confirmed',
  'not_found',
] as const
export type Changed = (typeof changedSayings)[number]

export function createAccountWriter(writer: PageWriter): AccountWriter {
  return {
    write: (visit, person, page) =>
      writer.write(visit, {
        ...page,
        ...(person.organization === null ? {} : { brand: person.organization.name }),
        // The small pages have one task each, and a way back.
        ...(page.width === 'console' ? { navigation: accountNavigation(visit.words) } : {}),
      }),
    redirect: location => writer.redirect(location),
    done: (changed, cookies = []) => writer.redirect(`/account?said=${changed}`, { cookies }),
  }
}
