import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Notice } from '../notices/notice.ts'
import type { AccountId, Proof, SessionFact } from '../policy/facts.ts'
import type { Account } from './account.ts'
import type { Changes } from './changes.ts'
import type { DeviceNow } from './known-devices.ts'
import type { Organization } from './organization.ts'
import type { Origin } from './origin.ts'
import type { Devices, Session, Sessions } from './session.ts'
import type { SessionTokens } from './session-tokens.ts'

/** The living sessions: memory over the store. */
export interface SessionBook {
  /** Synchronous when warm. Applies idle and absolute limits and marks the session as seen. Fault `unavailable` when the store is away for too long. */
  find(token: string): Session | null | Promise<Session | null>
  fact(session: Session): SessionFact
  /** Null when the attempt has ended meanwhile (another tab was faster). The `new_device` notice is added here, whenever the account does not know the device. */
  open(opening: Opening, by: Origin, notices: readonly Notice[]): Promise<OpenedSession | null>
  /** After a step-up: new token, more proofs, same session. Null when it has ended meanwhile. */
  rotate(session: Session, addedProofs: readonly Proof[], by: Origin): Promise<{ readonly token: string } | null>
  /** A code by which `host` gets a child session: 60 seconds, once, only for the browser that holds the cookie `binding`. */
  issueJoin(root: Session, host: string, binding: string): Promise<string>
  redeemJoin(join: Join): Promise<OpenedSession | null>
  /** The account's living portal sessions, newest first. */
  listOf(accountId: AccountId): Promise<readonly Session[]>
  /** Ends the session's root and all its children. False when it had ended before. */
  end(session: SessionName, by: Origin): Promise<boolean>
  /** Ends all sessions of the account but the one whose root is named; answers how many. */
  endAllOf(
    account: Pick<Account, 'id' | 'organizationId'>,
    except: Session['rootId'] | null,
    by: Origin,
  ): Promise<number>
  /** Writes the last-seen times gathered in memory; also called by itself once a minute. */
  flush(): Promise<void>
  /** Flushes, and stops listening. */
  close(): Promise<void>
}

export type SessionName = Pick<Session, 'rootId' | 'accountId' | 'organizationId'>

export interface Opening {
  readonly account: Account
  /** The account's organization: it may shorten the limits. */
  readonly organization: Organization | null
  readonly proofs: readonly Proof[]
  /** The portal's host. */
  readonly host: string
  readonly device: DeviceNow
  readonly address: string
  readonly agent: string
  readonly attemptId: string | null
  readonly breakGlass: boolean
}

export interface OpenedSession {
  readonly token: string
  readonly session: Session
}

export interface Join {
  readonly code: string
  readonly host: string
  readonly binding: string
  readonly address: string
  readonly agent: string
}

export interface SessionBookNeeds {
  readonly sessions: Sessions
  readonly devices: Devices
  readonly tokens: SessionTokens
  readonly changes: Changes
  readonly clock: Clock
  readonly random: Random
  readonly limits: { readonly idleMs: number; readonly absoluteMs: number }
}

export function createSessionBook(_needs: SessionBookNeeds): SessionBook {
  throw new Fault('not_implemented')
}
