import type { SeenParts } from './reading.ts'
import type { SamlRefusal } from './refusal.ts'

// What goes to the thread that reads XML, and what comes back, for messages of single logout. Plain data both ways.

export interface LogoutQuestion {
  readonly message: LogoutMessage
  readonly provider: {
    readonly entityId: string
    /** Of the metadata that speaks and of the staged one, DER in base64. */
    readonly certificates: readonly string[]
    readonly skewMs: number
  }
  /** Our own address for logout messages: their Destination. */
  readonly logoutUrl: string
  readonly now: number
}

/** As it came. */
export type LogoutMessage =
  /** What stands behind the question mark, in the bytes received. */
  | { readonly binding: 'redirect'; readonly query: string }
  | {
      readonly binding: 'post'
      readonly parameter: 'SAMLRequest' | 'SAMLResponse'
      /** Base64. */
      readonly encoded: string
      readonly relayState: string | null
    }

export type LogoutReading =
  | {
      readonly kind: 'request'
      readonly id: string
      readonly subject: RequestedSubject
      /** By the provider's clock. */
      readonly issuedAt: number
      /** To be given back with the answer, unread. */
      readonly relayState: string | null
      /** From when on it could not be accepted any more, skew included. */
      readonly endsAt: number
      readonly seen: SeenParts
    }
  | {
      readonly kind: 'response'
      readonly id: string
      readonly inResponseTo: string
      /** The provider says that it has ended its session. */
      readonly done: boolean
      readonly relayState: string | null
      readonly endsAt: number
      readonly seen: SeenParts
    }
  | { readonly kind: 'refused'; readonly cause: SamlRefusal; readonly detail: string; readonly seen: SeenParts }

/** Whom a LogoutRequest is about. */
export interface RequestedSubject {
  readonly nameId: string
  readonly nameIdFormat: string | null
  /** Of these sign-ins at the provider; empty: of all. */
  readonly sessionIndexes: readonly string[]
}
