/** What differs between the dialects when a table is made. */
export interface ColumnTypes {
  /** Whole numbers of 64 bits: milliseconds, counts. */
  readonly integer: string
  /** A number that the database gives to each row. */
  readonly identity: string
  /** After the closing bracket of a table. */
  readonly tableEnd: string
}
