/** What the templates write in: words for one kind of notice in one language. */
export interface Words {
  readonly subject: string
  /** Whether anything is to be done; the first line a person reads. */
  readonly lead: string
  readonly rows: readonly (readonly [label: string, value: string])[]
  readonly button?: { readonly label: string; readonly url: string }
  /** A code that is to be typed somewhere; the lead names it as well. */
  readonly code?: string
  /** Short paragraphs under the facts. */
  readonly after: readonly string[]
}

export interface Sender {
  readonly productName: string
  readonly portalOrigin: string
  /** Whom to ask, in the operator's words. */
  readonly support: string
}
