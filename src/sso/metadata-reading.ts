import type { ProviderMetadata } from './provider.ts'

// What goes to the thread that reads metadata, and what comes back.

export interface MetadataQuestion {
  readonly document: string
  /** Which provider of a document of several; null: the only one. */
  readonly entityId: string | null
  /** Addresses may be http: the portal itself is, in development. */
  readonly plainHttp: boolean
  readonly now: number
}

export type MetadataReading =
  /** `notes`: what was left out and what to look at. */
  | { readonly kind: 'read'; readonly metadata: ProviderMetadata; readonly notes: readonly string[] }
  /** Each says what, where, and what to do. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

/** Where the reading notes what it finds; a problem refuses the document, a note does not. */
export interface Findings {
  readonly problems: string[]
  readonly notes: string[]
}
