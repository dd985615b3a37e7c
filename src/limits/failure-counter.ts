/** Counts tries at something that may fail, and stops them at a number. The port that a cluster's counter implements as well. */
export interface FailureCounter {
  /** Counts one try before it is made, in one step: tries that run side by side cannot overshoot. A refused try is not counted. */
  take(key: string): Promise<Taken>
  /** Takes one try back that turned out to be none. */
  giveBack(key: string): Promise<void>
  /** Forgets all tries of a key; says, once, whether there were any. */
  forget(key: string): Promise<boolean>
  /** Says how things stand; null when nothing is counted. */
  read(key: string): Promise<Count | null>
  /** The keys that have used up their tries, for operators; the longest to go on come first. Long keys come as their hashes. */
  listFull(countMax: number): Promise<readonly FullCount[]>
}

export interface FullCount extends Count {
  readonly key: string
}

export type Taken = ({ readonly kind: 'counted' } & Count) | ({ readonly kind: 'full' } & Count)

export interface Count {
  readonly count: number
  /** When the count begins anew; milliseconds since 1970. */
  readonly untilMs: number
}

/** The numbers of a counter: so many tries in so long a time, which begins with the first of them. */
export interface Tries {
  readonly triesMax: number
  readonly windowMs: number
}

/**
 * Failures in a row, until a success. What an account may have is halved between devices that it knows and all others: the two together
 * stay within it, and whoever guesses from elsewhere uses up nothing of the owner's half.
 */
export function triesInARow(failuresMax: number): Tries {
  return { triesMax: Math.max(1, Math.floor(failuresMax / 2)), windowMs: Number.POSITIVE_INFINITY }
}

/** Makes the counters of a room, each with a name of its own. */
export type CreateCounter = (name: string, tries: Tries) => FailureCounter
