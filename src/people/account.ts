import type { Brand } from '../lib/brand.ts'
import type { Language } from '../notices/notice.ts'
import type { AccountId, OrganizationId, ProofKind, Role } from '../policy/facts.ts'
import type { Hold } from './hold.ts'
import type { ResetTicket } from './reset-ticket.ts'
import type { Trail } from './trail.ts'

// People: who there is, what they can prove and what they have open. Accounts, organizations and their rules, passwords, factors, sessions,
// devices, resets, and what undoes a theft. What is durable is a port beside its user, like `Accounts` here; stores/ implements them, and
// each change commits with its audit row and its notices. Whether a request may pass is for policy/ to say, and pages are the portal's.
// Start reading here; then sign-in.ts (proofs), session-book.ts (sessions) and resets.ts (the way out of a forced reset).

/** The canonical spelling of an e-mail address, by which accounts are found and compared (people/email.ts makes it). */
export type EmailKey = Brand<string, 'EmailKey'>

export interface Account {
  readonly id: AccountId
  /** As its owner wrote it: mail goes here, byte for byte. */
  readonly email: string
  readonly emailKey: EmailKey
  /** While an e-mail change can be undone, reset tickets go to the old address. */
  readonly formerEmail: { readonly email: string; readonly undoUntil: number } | null
  readonly name: string
  readonly language: Language
  readonly organizationId: OrganizationId | null
  readonly roles: readonly Role[]
  readonly state: 'invited' | 'open' | 'suspended' | 'deleted'
  readonly password: { readonly hash: string; readonly changedAt: number } | null
  readonly reset: ResetFlag | null
  /** A right password was used inside an attack: sign-ins from unknown devices wait for an e-mailed code until its owner confirms one. */
  readonly held: { readonly at: number; readonly cause: string } | null
  /** What the last look into the leaked passwords said about the present one; null before the first look and after every change. */
  readonly passwordLeak: { readonly checkedAt: number; readonly count: number } | null
  readonly factors: readonly Factor[]
  readonly exemption: { readonly reason: string; readonly until: number | null } | null
  readonly createdAt: number
  readonly lastSignInAt: number | null
}

/** A forced reset. `since`: when the account may have been taken over; factors added after it are set aside. */
export interface ResetFlag {
  readonly reason: string
  readonly at: number
  readonly by: string
  readonly since: number | null
}

export interface Factor {
  readonly id: string
  readonly kind: Extract<ProofKind, 'totp' | 'sms_code' | 'passkey' | 'backup_code'>
  readonly label: string
  readonly addedAt: number
  /** Its secret, sealed (lib/seal.ts, context `factor:<id>`). */
  readonly sealedSecret: string
  /** TOTP: the last time step that was used; a step is never accepted twice. Passkey: the authenticator's counter. */
  readonly lastStep: number
  /** A spare phone number: helps who cannot get a code, and is no second factor by itself. Backup codes are the same by their kind. */
  readonly spare: boolean
  /** Passkey: the id by which its authenticator names it (base64url); null for all others. */
  readonly credentialId: string | null
  /** Set aside by a forced reset: it neither helps nor is asked for until its owner decides. */
  readonly setAsideAt: number | null
}

/** The durable accounts. Every change commits with its trail and an announcement, or not at all. */
export interface Accounts {
  find(id: AccountId): Promise<Account | null>
  findByEmail(key: EmailKey): Promise<Account | null>
  /** Whose passkey it is, deleted accounts aside. */
  findByCredential(credentialId: string): Promise<Account | null>
  list(query: AccountQuery): Promise<readonly Account[]>
  /** `taken` when another account (deleted ones aside) has the same canonical address. */
  create(account: Account, trail: Trail): Promise<'created' | 'taken'>
  /**
   * `suspended` and `deleted` end the account's sessions, attempts and tickets with it. `from`: only where it is in that state still; what
   * was read before may be overtaken.
   */
  setState(id: AccountId, state: Account['state'], trail: Trail, from?: Account['state']): Promise<boolean>
  setRoles(id: AccountId, roles: readonly Role[], trail: Trail): Promise<boolean>
  setLanguage(id: AccountId, language: Language, trail: Trail): Promise<boolean>
  /**
   * Replaces the hash, keeps the former ones, ends every attempt and voids open tickets. False, and nothing done, when the former hash is
   * not the present one any more, a reset is demanded, or the session that asked has ended: what was judged may be long overtaken.
   */
  setPassword(change: PasswordChange, trail: Trail): Promise<boolean>
  /** The same password under another key or at another cost. Compare and set; nothing ends, nothing is kept of the former hash, nobody is told. */
  rehash(rehash: Rehash): Promise<boolean>
  /** What a look into the leaked passwords said. False, and nothing done, when the password that was looked up is not the present one any more. */
  noteLeak(note: LeakNote, trail: Trail | null): Promise<boolean>
  /** Counts of passwords; deleted accounts have none. */
  passwordCensus(): Promise<readonly PasswordCensus[]>
  /** Up to five, newest first; the present one is not among them. */
  formerPasswords(id: AccountId): Promise<readonly string[]>
  setExemption(id: AccountId, exemption: Account['exemption'], trail: Trail): Promise<boolean>
  /**
   * Flags once: `already` leaves the first flag as it is and writes nothing. Sets factors added since `flag.since` aside, voids open
   * tickets, and issues the one that the trail's notice carries: a ticket without a flag, or a mail without a ticket, cannot be left behind.
   */
  markForReset(
    id: AccountId,
    flag: ResetFlag,
    ticket: ResetTicket | null,
    trail: Trail,
  ): Promise<'flagged' | 'already' | 'unknown'>
  /** Undoes the flag: its ticket is void, the factors that it set aside help again. False when there is no flag. */
  withdrawReset(id: AccountId, trail: Trail): Promise<boolean>
  /** Compare and set: true for exactly one caller, until the hold is released; only open accounts are held. */
  hold(id: AccountId, hold: Hold): Promise<boolean>
  /** False when it was not held. A new password and a sign-in that its owner confirmed by a mailed code release it as well. */
  releaseHold(id: AccountId, trail: Trail): Promise<boolean>
}

export interface AccountQuery {
  readonly organizationId?: OrganizationId
  /** Part of the name or address. Deleted accounts are never listed. */
  readonly search?: string
  /** Those who are exempt from their organization's networks, also where the time of it is over. */
  readonly exempt?: true
  readonly held?: true
  readonly after?: AccountId
  /** 1 to 1,000. */
  readonly limit: number
}

export interface Rehash {
  readonly id: AccountId
  readonly formerHash: string
  readonly hash: string
  readonly at: number
}

export interface LeakNote {
  readonly id: AccountId
  /** Of the password that was looked up. */
  readonly hash: string
  readonly checkedAt: number
  readonly count: number
}

/** How many passwords of one organization stand under one key (people/pepper.ts; null: under none), by what is known of their leaks. */
export interface PasswordCensus {
  readonly organizationId: OrganizationId | null
  readonly keyId: string | null
  readonly leaked: number
  readonly notFound: number
  readonly neverLookedAt: number
}

/** `endSessionsExcept`: the session that made the change goes on; all others of the account end in the same transaction (null ends all). */
export interface PasswordChange {
  readonly id: AccountId
  /** The hash that the current password was compared with. */
  readonly formerHash: string | null
  readonly hash: string
  readonly at: number
  readonly endSessionsExcept: string | null
}

/** Second factors: added only when confirmed by a first code; a time step is used once. Each change voids open reset tickets. */
export interface Factors {
  /** False while a reset is demanded: whoever is to be shut out must not leave a factor of theirs behind. */
  add(accountId: AccountId, factor: Factor, trail: Trail): Promise<boolean>
  /** The same, for an account that has none which helps: of many that come at once, one is the first; the others are none. */
  addFirst(accountId: AccountId, factor: Factor, trail: Trail): Promise<boolean>
  remove(accountId: AccountId, factorId: string, trail: Trail): Promise<boolean>
  /** Ends "set aside": the owner says that it is theirs. Not while a reset is demanded. */
  restore(accountId: AccountId, factorId: string, trail: Trail): Promise<boolean>
  /** Compare and set: true for exactly one caller per step, also over several processes; false when `step` is not newer than the last one used. */
  useStep(factorId: string, step: number): Promise<boolean>
}
