/** What a connection tells whoever keeps it. */
export interface ConnectionKeeper<Connection> {
  /** Coarse time: it grows by one each `tickMs`. */
  readonly tick: number
  /** It is free for the next request. */
  freed(connection: Connection): void
  gone(connection: Connection): void
}

export interface ConnectionLimits {
  readonly connectMs: number
  /** Unused for so long, a connection is closed, unless the upstream has named a time. */
  readonly idleMs: number
  readonly tickMs: number
}
