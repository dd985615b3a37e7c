/** What `sekisho prove sso` says. */
export interface SsoProof {
  readonly organization: string
  /** False: single sign-on does not speak, and local ways are open on purpose. */
  readonly required: boolean
  /** Who was tried; null: nobody is there, and somebody was invented. */
  readonly account: string | null
  readonly breakGlass: string | null
  readonly rows: readonly SsoProofRow[]
  readonly emergency: readonly SsoProofRow[]
  /** Doors that have no row in the table. */
  readonly forgotten: readonly string[]
  /** Rows whose doors are not there: the mailbox of development, or a row that nobody has taken out. */
  readonly gone: readonly string[]
  /** False: no gateway runs whose pages could be compared with the table. */
  readonly compared: boolean
  readonly proved: boolean
}

export interface SsoProofRow {
  readonly at: string
  readonly tried: string
  readonly verdict: 'closed' | 'OPEN' | 'provider' | 'harmless' | 'open by name' | 'OPEN WITHOUT SECOND FACTOR'
  /** What kept it. */
  readonly by: string
}
