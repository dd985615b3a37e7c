import type { AccountId, OrganizationId, Proof, SessionId } from '../policy/facts.ts'
import type { Trail } from './trail.ts'

/**
 * A signed-in browser. The portal's session is the root; each application host has a child of its own, and ends with it.
 * Only a hash of the token is stored.
 */
export interface Session {
  readonly id: SessionId
  readonly tokenHash: string
  readonly rootId: SessionId
  readonly accountId: AccountId
  readonly organizationId: OrganizationId | null
  /** The host it belongs to: the portal's, or an application's. */
  readonly host: string
  readonly proofs: readonly Proof[]
  readonly openedAt: number
  readonly seenAt: number
  readonly idleMs: number
  readonly absoluteEndsAt: number
  readonly deviceId: string
  readonly address: string
  readonly agent: string
  readonly breakGlass: boolean
}

export interface Sessions {
  findByTokenHash(tokenHash: string): Promise<Session | null>
  /** Roots only, newest first. */
  listOf(accountId: AccountId): Promise<readonly Session[]>
  /**
   * Opens a root: with it the device becomes known to the account, `lastSignInAt` is set and the attempt (if any) ends, in one transaction.
   * False when that attempt has ended meanwhile (another tab, a new password), the account is not open, or the provider that vouches has
   * signed the person out.
   */
  open(session: Session, device: Device, attemptId: string | null, trail: Trail): Promise<boolean>
  /** A child for an application's host, for the one that redeems the join code. `null`: unknown, used or too old code, another browser, or the root has ended. */
  redeemJoin(join: JoinRedemption, child: NewChild): Promise<Session | null>
  issueJoin(code: JoinCode): Promise<void>
  /** Keeps the session and its children, gives the browser a new token and adds proofs (a newer one replaces its kind): after a step-up. */
  rotate(id: SessionId, tokenHash: string, proofs: readonly Proof[], trail: Trail): Promise<boolean>
  /** Ends roots with their children; a child's id ends its root. Answers how many roots ended. */
  end(id: SessionId, trail: Trail): Promise<number>
  /** Those of one account; `except` is spared, with its children. */
  endAllOf(accountId: AccountId, except: SessionId | null, trail: Trail): Promise<number>
  /** Roots whose proof `saml` is of this organization and names this subject, at most a thousand. */
  listOfSubject(subject: ProviderSubject): Promise<readonly Session[]>
  /** Ends these roots with their children. How many of them ended is added to the facts of the row, as `sessions`. */
  endThese(rootIds: readonly SessionId[], trail: Trail): Promise<number>
  /** For as long as an assertion from before it could arrive: `open` and `rotate` are false for what it has signed out. */
  noteLogout(logout: ProviderLogout): Promise<void>
  wasSignedOut(signIn: ProviderSignIn): Promise<boolean>
  /** Last-seen times, gathered for a minute; loses to an end. A child that is seen counts for its root as well. */
  touch(seen: readonly { readonly id: SessionId; readonly at: number }[]): Promise<void>
}

/** A person as the identity provider of one organization names them. */
export interface ProviderSubject {
  readonly organizationId: OrganizationId
  /** Entity id of the provider. */
  readonly issuer: string
  readonly nameId: string
}

/** What a provider has signed out. */
export interface ProviderLogout extends ProviderSubject {
  /** Of these sign-ins at the provider; none: of all. */
  readonly sessionIndexes: readonly string[]
  /** By the provider's clock. */
  readonly at: number
}

/** A sign-in at the provider, as an assertion tells it. */
export interface ProviderSignIn extends ProviderSubject {
  readonly sessionIndex: string | null
  /** When the assertion was written, by the provider's clock: compared with its own logouts alone. */
  readonly issuedAt: number
}

export interface JoinCode {
  readonly codeHash: string
  readonly rootId: SessionId
  readonly host: string
  /** Hash of the cookie of the browser that asked. */
  readonly bindingHash: string
  readonly expiresAt: number
}

export interface JoinRedemption {
  readonly codeHash: string
  readonly host: string
  readonly bindingHash: string
  readonly at: number
}

export interface NewChild {
  readonly id: SessionId
  readonly tokenHash: string
  readonly address: string
  readonly agent: string
}

/** A browser that an account has signed in from. Which accounts know it stays on the server. */
export interface Device {
  readonly accountId: AccountId
  /** Hash of the browser's device cookie. */
  readonly deviceId: string
  readonly label: string
  readonly mobile: boolean
  readonly approvedAt: number | null
  readonly firstSeenAt: number
  /** 0: it has only asked for approval, nobody has signed in from it. */
  readonly lastSeenAt: number
  readonly address: string
  /** Its owner has said "this was not me" about it: it is never known again. */
  readonly reportedAt: number | null
}

export interface Devices {
  find(accountId: AccountId, deviceId: string): Promise<Device | null>
  listOf(accountId: AccountId): Promise<readonly Device[]>
  rename(accountId: AccountId, deviceId: string, label: string, trail: Trail): Promise<boolean>
  /** Also ends the sessions opened from it. */
  forget(accountId: AccountId, deviceId: string, trail: Trail): Promise<boolean>
  /** Known before the first sign-in: an approval can be asked for and given ahead of it. */
  ask(device: Device, trail: Trail): Promise<void>
  approve(accountId: AccountId, deviceId: string, at: number, trail: Trail): Promise<boolean>
}
