import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import { deriveKey } from '../lib/secret.ts'
import { createDecoySignIns, type DecoySignIns } from '../people/decoys.ts'
import { createDirectory, type Directory } from '../people/directory.ts'
import { createHandOvers, type HandOvers } from '../people/hand-overs.ts'
import { createKnownDevices, type KnownDevices } from '../people/known-devices.ts'
import type { LeakedPasswords } from '../people/leaked-passwords.ts'
import { createLeakedSignIns } from '../people/leaked-sign-ins.ts'
import { createMailedLinks, type MailedLinks } from '../people/mailed-links.ts'
import { createNewPasswords, type PasswordMeter } from '../people/new-passwords.ts'
import { createOrganizationAdmin, type OrganizationAdmin } from '../people/organization-admin.ts'
import { createPasskeys, type Passkeys } from '../people/passkeys.ts'
import { createPasswordChanges, type PasswordChanges } from '../people/password-change.ts'
import { createPeopleAdmin, type PeopleAdmin } from '../people/people-admin.ts'
import type { Places } from '../people/places.ts'
import { createResets, type Resets } from '../people/resets.ts'
import { createSecondFactors, type SecondFactors } from '../people/second-factors.ts'
import { createSessionBook, type SessionBook } from '../people/session-book.ts'
import { createSessionTokens } from '../people/session-tokens.ts'
import { createSignIn, type SignIn } from '../people/sign-in.ts'
import { createSignInCodes, type SignInCodes } from '../people/sign-in-codes.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'
import { type CodeFactors, openCodeFactors } from './code-factors.ts'
import { type Exclusion, openExclusion, providerFinder } from './exclusion.ts'
import { openPasswordRooms } from './passwords.ts'
import { openPlaces, openProtection, openSignInNotices, type Protection } from './protection.ts'
import type { Keys } from './root-key.ts'

/** The services of people/, built once over the store. */
export interface People extends CodeFactors, Protection, Exclusion {
  readonly places: Places
  readonly directory: Directory
  readonly sessionBook: SessionBook
  readonly signIn: SignIn
  readonly decoys: DecoySignIns
  readonly secondFactors: SecondFactors
  readonly knownDevices: KnownDevices
  readonly passkeys: Passkeys
  readonly signInCodes: SignInCodes
  readonly resets: Resets
  readonly passwordChanges: PasswordChanges
  readonly handOvers: HandOvers
  readonly mailedLinks: MailedLinks
  readonly passwordMeter: PasswordMeter
  readonly leakedPasswords: LeakedPasswords
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
  readonly journal: Pick<Journal, 'trouble'>
}

export function openPeople(needs: PeopleNeeds): People {
  const { config, store, keys, clock, random } = needs
  const { accounts, devices, attempts, factors } = store
  const shared = openShared(needs)
  const { directory, sessionBook, passwords, newPasswords, secondFactors, resets, leaks, passwordRooms, places } =
    shared
  const tokens = createSessionTokens({ key: keys.attempts, random })
  const codeFactors = openCodeFactors({ ...needs, ...shared, sms: () => config().sms, codeKey: keys.codes })
  const signIn = createSignIn({
    accounts,
    directory,
    passwords,
    leaks,
    attempts,
    factors,
    secondFactors,
    looks: codeFactors.looks,
    tokens,
    codeKey: keys.codes,
    get issuerName() {
      return config().pages.productName
    },
    get codeOnUnknownDevice() {
      return config().signIn.codeOnUnknownDevice
    },
    seal: needs.seal,
    random,
    clock,
  })
  return {
    directory,
    sessionBook,
    secondFactors,
    ...codeFactors,
    resets,
    signIn,
    mailedLinks: createMailedLinks(keys.mailedLinks),
    handOvers: createHandOvers({
      ...{ ...store, directory, signIn, newPasswords, random, clock },
      ...{ seal: needs.seal, codeKey: keys.handOvers },
    }),
    decoys: createDecoySignIns({ decoys: store.decoys, accounts, tokens, random, clock }),
    ...openOtherWays(needs, directory),
    knownDevices: createKnownDevices({ devices, random }),
    places,
    ...openProtection({ ...needs, places, directory, codeKey: keys.codes }),
    passwordChanges: createPasswordChanges({ accounts, directory, passwords, newPasswords, clock }),
    passwordMeter: newPasswords,
    leakedPasswords: passwordRooms.leaked,
    peopleAdmin: createPeopleAdmin({ accounts, resets, newPasswords, random, clock }),
    organizationAdmin: createOrganizationAdmin({ ...store, hasProvider: providerFinder(store), random, clock }),
    ...openExclusion({ store, clock, random }),
    async close() {
      await sessionBook.close()
      directory.close()
      places.close()
      await passwordRooms.close()
    },
  }
}

/** Ways to sign in without a password. */
function openOtherWays({ config, store, keys, seal, clock, random }: PeopleNeeds, directory: Directory) {
  const { accounts, factors, spentOnce, oneTimeCodes: codes } = store
  const passkeys = createPasskeys({
    ...{ accounts, factors, directory, spentOnce, seal, random, clock },
    challengeKey: deriveKey(keys.codes, 'passkey challenges'),
    get site() {
      return { origin: config().portal.origin, name: config().pages.productName }
    },
  })
  const signInCodes = createSignInCodes({ accounts, directory, codes, codeKey: keys.codes, random, clock })
  return { passkeys, signInCodes }
}

/** What several of the services stand on. */
function openShared({ config, store, keys, seal, clock, random, journal }: PeopleNeeds) {
  const { accounts, factors, organizations, sessions, devices, resetTickets: tickets, changes, audit } = store
  const passwordRooms = openPasswordRooms({ config, keys, journal, clock })
  const { passwords, leaked, strength } = passwordRooms
  const places = openPlaces(config, clock, journal)
  const directory = createDirectory({ accounts, organizations, devices, changes, clock })
  const sessionBook = createSessionBook({
    ...{ sessions, devices, changes, clock, random },
    tokens: createSessionTokens({ key: keys.sessions, random }),
    notices: openSignInNotices({ config, store, places, random }),
    get limits() {
      return config().sessions
    },
  })
  const newPasswords = createNewPasswords({
    ...{ accounts, directory, passwords, leaked, strength },
    get leakRules() {
      return passwordRooms.leakRules
    },
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
  const leaks = createLeakedSignIns({
    ...{ leaked, accounts, resets, clock },
    get leakRules() {
      return passwordRooms.leakRules
    },
    onTrouble: cause => journal.trouble('what follows a leaked password', cause),
  })
  return { passwords, directory, sessionBook, newPasswords, secondFactors, resets, leaks, passwordRooms, places }
}
