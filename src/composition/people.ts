import { availableParallelism } from 'node:os'
import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import { createDirectory, type Directory } from '../people/directory.ts'
import { createHandOvers, type HandOvers } from '../people/hand-overs.ts'
import { createKnownDevices, type KnownDevices } from '../people/known-devices.ts'
import { createNewPasswords } from '../people/new-passwords.ts'
import { createOrganizationAdmin, type OrganizationAdmin } from '../people/organization-admin.ts'
import { createPasswordChanges, type PasswordChanges } from '../people/password-change.ts'
import { createPasswords } from '../people/passwords.ts'
import { createPeopleAdmin, type PeopleAdmin } from '../people/people-admin.ts'
import { createResets, type Resets } from '../people/resets.ts'
import { createSecondFactors, type SecondFactors } from '../people/second-factors.ts'
import { createSessionBook, type SessionBook } from '../people/session-book.ts'
import { createSessionTokens } from '../people/session-tokens.ts'
import { createSignIn, type SignIn } from '../people/sign-in.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'
import type { Keys } from './root-key.ts'

/** The services of people/, built once over the store. */
export interface People {
  readonly directory: Directory
  readonly sessionBook: SessionBook
  readonly signIn: SignIn
  readonly secondFactors: SecondFactors
  readonly knownDevices: KnownDevices
  readonly resets: Resets
  readonly passwordChanges: PasswordChanges
  readonly handOvers: HandOvers
  readonly peopleAdmin: PeopleAdmin
  readonly organizationAdmin: OrganizationAdmin
  close(): Promise<void>
}

export interface PeopleNeeds {
  /** What speaks now: everything here is built once, and a reload changes it. */
  readonly config: () => GatewayConfig
  readonly store: SqliteStore
  readonly keys: Keys
  readonly seal: Seal
  readonly clock: Clock
  readonly random: Random
}

export function openPeople(needs: PeopleNeeds): People {
  const { config, store, keys, clock, random } = needs
  const { accounts, organizations, devices, attempts, factors } = store
  const shared = openShared(needs)
  const { directory, sessionBook, passwords, newPasswords, secondFactors, resets } = shared
  const signIn = createSignIn({
    accounts,
    directory,
    passwords,
    attempts,
    factors,
    secondFactors,
    tokens: createSessionTokens({ key: keys.attempts, random }),
    codeKey: keys.codes,
    get issuerName() {
      return config().pages.productName
    },
    seal: needs.seal,
    random,
    clock,
  })
  return {
    directory,
    sessionBook,
    secondFactors,
    resets,
    signIn,
    handOvers: createHandOvers({
      ...{ ...store, directory, signIn, newPasswords, random, clock },
      ...{ seal: needs.seal, codeKey: keys.handOvers },
    }),
    knownDevices: createKnownDevices({ devices, random }),
    passwordChanges: createPasswordChanges({ accounts, directory, passwords, newPasswords, clock }),
    peopleAdmin: createPeopleAdmin({ accounts, resets, newPasswords, random, clock }),
    organizationAdmin: createOrganizationAdmin({ organizations, random, clock }),
    async close() {
      await sessionBook.close()
      directory.close()
    },
  }
}

/** What several of the services stand on. */
function openShared({ config, store, keys, seal, clock, random }: PeopleNeeds) {
  const { accounts, factors, organizations, sessions, devices, resetTickets: tickets, changes, audit } = store
  const passwords = createPasswords({ cores: availableParallelism() })
  const directory = createDirectory({ accounts, organizations, devices, changes, clock })
  const sessionBook = createSessionBook({
    ...{ sessions, devices, changes, clock, random },
    tokens: createSessionTokens({ key: keys.sessions, random }),
    get limits() {
      return config().sessions
    },
  })
  const newPasswords = createNewPasswords({
    ...{ accounts, directory, passwords },
    get productWords() {
      return [config().pages.productName, 'Sekisho']
    },
  })
  const secondFactors = createSecondFactors({
    ...{ factors, directory, seal, random, clock },
    get issuerName() {
      return config().pages.productName
    },
  })
  const resets = createResets({
    ...{ accounts, directory, tickets, newPasswords, audit, random, clock },
    ticketUrl: token => `${config().portal.origin}/reset/${token}`,
  })
  return { passwords, directory, sessionBook, newPasswords, secondFactors, resets }
}
