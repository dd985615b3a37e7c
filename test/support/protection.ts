import type { Clock } from '../../src/lib/clock.ts'
import type { Random } from '../../src/lib/random.ts'
import type { Seal } from '../../src/lib/seal.ts'
import type { Directory } from '../../src/people/directory.ts'
import { createEmailChange } from '../../src/people/email-change.ts'
import { nowhere, type Place } from '../../src/people/place.ts'
import { createReports } from '../../src/people/reports.ts'
import type { SignInNoticeSettings } from '../../src/people/sign-in-news.ts'
import { createSignInNotices } from '../../src/people/sign-in-notices.ts'
import { createTickets } from '../../src/people/tickets.ts'
import type { SqliteStore } from '../../src/stores/sqlite/client.ts'

// Sign-in notices, reports and the change of address as the composition builds them, with places and settings that tests choose.

export interface ProtectionTestNeeds {
  readonly store: SqliteStore
  readonly directory: Directory
  readonly seal: Seal
  readonly clock: Clock
  readonly random: Random
  readonly origin: string
  /** By address; tests fill it. */
  readonly whereIs: Map<string, Place>
}

export const noExtras: SignInNoticeSettings = {
  newCountry: false,
  newCity: false,
  newNetwork: false,
  every: false,
  windowMs: 86_400_000,
}

export function createTestSignInNotices(
  { store, random, origin, whereIs }: Pick<ProtectionTestNeeds, 'store' | 'random' | 'origin' | 'whereIs'>,
  chosen: { settings: SignInNoticeSettings } = { settings: noExtras },
) {
  return createSignInNotices({
    history: store.signInHistory,
    accounts: store.accounts,
    places: placesOf(whereIs),
    random,
    get settings() {
      return chosen.settings
    },
    notMeUrl: token => `${origin}/not-me/${token}`,
  })
}

export function createTestProtection(needs: ProtectionTestNeeds) {
  const { store, directory, clock, random, origin, whereIs } = needs
  const { accounts, sessions, devices, emailDomains: domains, oneTimeCodes: codes, reportLinks: links } = store
  const ticketUrl = (token: string) => `${origin}/reset/${token}`
  const tickets = createTickets({ tickets: store.resetTickets, directory, random, clock, ticketUrl })
  const places = placesOf(whereIs)
  return {
    places,
    reports: createReports({ links, accounts, sessions, devices, directory, places, tickets, clock }),
    emailChange: createEmailChange({
      ...{ codes, changes: store.emailChanges, accounts, domains, directory, random, clock },
      ...{ seal: needs.seal, codeKey: Buffer.alloc(32, 9) },
      undoUrl: token => `${origin}/put-back/${token}`,
    }),
  }
}

function placesOf(whereIs: ReadonlyMap<string, Place>) {
  return {
    find: (address: string) => whereIs.get(address) ?? nowhere,
    look: async () => {},
    close: () => {},
  }
}
