import type { ProviderSettings } from './provider.ts'
import type { SamlRefusal } from './refusal.ts'

// What goes to the thread that reads XML, and what comes back. Plain data both ways.

/** Everything that one Response is judged by. Nothing is looked up while it is judged. */
export interface ResponseQuestion {
  /** The form field `SAMLResponse` as it came: base64. */
  readonly message: string
  readonly provider: {
    readonly entityId: string
    /** Of the metadata that speaks and of the staged one, DER in base64. */
    readonly certificates: readonly string[]
    readonly settings: Pick<
      ProviderSettings,
      'signed' | 'encryption' | 'acceptsCbc' | 'skewMs' | 'emailAttribute' | 'contexts'
    >
  }
  readonly us: {
    readonly entityId: string
    readonly acsUrl: string
    /** PKCS #8, PEM: current, previous and next. */
    readonly decryptionKeys: readonly string[]
  }
  /** Requests that the browser at hand has sent and that nobody has answered. */
  readonly requests: readonly OpenRequest[]
  /** A message without InResponseTo is accepted. */
  readonly unsolicited: boolean
  readonly now: number
}

export interface OpenRequest {
  readonly id: string
  readonly startedAt: number
  /** ForceAuthn: the provider must have asked the person after `startedAt`. */
  readonly forced: boolean
  /** One of these AuthnContext classes was asked for; empty: any. */
  readonly contexts: readonly string[]
}

export type ResponseReading =
  | { readonly kind: 'accepted'; readonly assertion: AcceptedAssertion; readonly seen: SeenParts }
  | { readonly kind: 'refused'; readonly cause: SamlRefusal; readonly detail: string; readonly seen: SeenParts }

/** Read from the signed bytes and from nothing else. */
export interface AcceptedAssertion {
  readonly id: string
  readonly issuer: string
  /** The request that it answers; null when nobody asked. */
  readonly requestId: string | null
  readonly nameId: string
  readonly nameIdFormat: string | null
  readonly sessionIndex: string | null
  /** Whom it speaks of: the NameID, or the attribute that settings name. */
  readonly email: string
  readonly authenticatedAt: number
  /** Of the assertion, by the provider's clock: it was signed in then, whenever it had proved who it is. */
  readonly issuedAt: number
  /** AuthnContextClassRef; null when the provider states none. */
  readonly context: string | null
  readonly sessionEndsAt: number | null
  /** From when on it could not be accepted any more, skew included: until then it has to be remembered as used. */
  readonly endsAt: number
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

/** For the list of last answers; from an unverified message too, so never more than a hint. */
export interface SeenParts {
  readonly issuer: string | null
  readonly nameId: string | null
  readonly offsetMs: number | null
}
