import { html } from 'hono/html'
import type { Fields } from '../http/forms.ts'
import type { Html } from '../http/layout.ts'
import type { ReturnTo } from '../http/return-to.ts'
import type { Session } from '../people/session.ts'
import type { SessionBook } from '../people/session-book.ts'

/**
 * Where a person is going. It travels in addresses and hidden fields, so that each tab has its own; whatever comes back from there is
 * checked anew every time.
 */
export interface Journey {
  /** A path of the portal or a whole address of an application; null leads to the account page. */
  readonly returnTo: string | null
  /** Hash of the cookie by which the application's host knows the browser that asked; null when it did not ask. */
  readonly binding: string | null
  /** A join has failed on this way before: it is not tried a third time without the person. */
  readonly again: boolean
  /** The organization whose sign-in address was used: for the name above the page, and nothing else. */
  readonly organization: string | null
}

export interface Journeys {
  parse(fields: Fields): Journey
  /** `?return=...`, or nothing. */
  query(journey: Journey, more?: Readonly<Record<string, string>>): string
  hidden(journey: Journey): Html
  /** The host that the person continues to, when that is an application. */
  destination(journey: Journey): string | null
  /** Where to send a signed-in person: with a join code when the application's host waits for one. */
  arrive(journey: Journey, session: Session): Promise<string>
}

export interface JourneysNeeds {
  readonly returnTo: ReturnTo
  readonly ownPrefix: string
  readonly sessionBook: Pick<SessionBook, 'issueJoin'>
}

export function createJourneys({ returnTo, ownPrefix, sessionBook }: JourneysNeeds): Journeys {
  return {
    parse: fields => ({
      returnTo: returnTo.parse(fields.get('return')),
      binding: matching(fields.get('binding'), /^[A-Za-z0-9_-]{43}$/),
      again: fields.get('again') === '1',
      organization: matching(fields.get('org'), /^[a-z0-9-]{1,63}$/),
    }),
    query(journey, more = {}) {
      const text = new URLSearchParams([...pairs(journey), ...Object.entries(more)]).toString()
      return text === '' ? '' : `?${text}`
    },
    hidden: journey =>
      html`${pairs(journey).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`,
    destination: ({ returnTo: to }) => (to === null || to.startsWith('/') ? null : new URL(to).host),
    async arrive({ returnTo: to, binding, again }, session) {
      if (to === null) return '/account'
      // Without a binding the host did not ask: it knows its session already, or will ask when the person arrives.
      if (to.startsWith('/') || binding === null) return to
      const url = new URL(to)
      const code = await sessionBook.issueJoin(session, url.hostname, binding)
      const path = `${url.pathname}${url.search}${url.hash}`
      const query = new URLSearchParams({ code, return: path, ...(again ? { again: '1' } : {}) })
      return `${url.origin}${ownPrefix}join?${query.toString()}`
    },
  }
}

function pairs({ returnTo, binding, again, organization }: Journey): [string, string][] {
  return [
    ...(returnTo === null ? [] : [['return', returnTo] satisfies [string, string]]),
    ...(binding === null ? [] : [['binding', binding] satisfies [string, string]]),
    ...(again ? [['again', '1'] satisfies [string, string]] : []),
    ...(organization === null ? [] : [['org', organization] satisfies [string, string]]),
  ]
}

function matching(value: string | undefined, pattern: RegExp): string | null {
  return value !== undefined && pattern.test(value) ? value : null
}
