import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { Directory } from '../people/directory.ts'
import { createEmailChange, type EmailChange } from '../people/email-change.ts'
import { createPlaces, type Places } from '../people/places.ts'
import { createReports, type Reports } from '../people/reports.ts'
import { createSignInNotices, type SignInNotices } from '../people/sign-in-notices.ts'
import { createTickets } from '../people/tickets.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'

// What protects an account after a sign-in: its owner's mail, the report that it was somebody else, the change of address.

/** Reads the operator's files before anybody signs in; a broken one is told, and nothing waits for it. */
export function openPlaces(config: () => GatewayConfig, clock: Clock, journal: Pick<Journal, 'trouble'>): Places {
  const places = createPlaces({
    files: () => config().places.files,
    clock,
    onTrouble: (file, cause) => journal.trouble(`reading ${file}`, cause),
  })
  void places.look()
  return places
}

export interface SignInNoticesParts {
  readonly config: () => GatewayConfig
  readonly store: SqliteStore
  readonly places: Places
  readonly random: Random
}

export function openSignInNotices({ config, store, places, random }: SignInNoticesParts): SignInNotices {
  return createSignInNotices({
    ...{ history: store.signInHistory, accounts: store.accounts, places, random },
    get settings() {
      return config().signInNotices
    },
    notMeUrl: token => `${config().portal.origin}/not-me/${token}`,
  })
}

export interface ProtectionParts extends SignInNoticesParts {
  readonly directory: Directory
  readonly seal: Seal
  readonly codeKey: Buffer
  readonly clock: Clock
}

export interface Protection {
  readonly reports: Reports
  readonly emailChange: EmailChange
}

export function openProtection({ config, store, places, random, directory, ...needs }: ProtectionParts): Protection {
  const { clock } = needs
  const { accounts, sessions, devices, emailDomains: domains, oneTimeCodes: codes, reportLinks: links } = store
  const ticketUrl = (token: string) => `${config().portal.origin}/reset/${token}`
  const tickets = createTickets({ tickets: store.resetTickets, directory, random, clock, ticketUrl })
  return {
    reports: createReports({ links, accounts, sessions, devices, directory, places, tickets, clock }),
    emailChange: createEmailChange({
      ...{ codes, changes: store.emailChanges, accounts, domains, directory, random, ...needs },
      undoUrl: token => `${config().portal.origin}/put-back/${token}`,
    }),
  }
}
