import { Fault } from '../lib/fault.ts'

/** Who waits. `account`: named by a session or a known device; `address`: everybody else, by where they come from. */
export interface Turn {
  readonly lane: 'account' | 'address'
  readonly key: string
}

export type InTurn = <Result>(turn: Turn, work: () => Promise<Result>) => Promise<Result>

export interface TurnsOptions {
  /** How many works run at once: libuv's threads also serve files and DNS, and must not all be taken. */
  readonly places: number
  readonly waitingMax: number
  readonly waitingMaxPerKey: number
}

/**
 * Places are granted in turn over those who ask, not over what they ask for: whoever sends hundreds at once waits behind himself. The two
 * lanes alternate, so that a thousand addresses do not stand before somebody whose device is known.
 */
export function createTurns({ places, waitingMax, waitingMaxPerKey }: TurnsOptions): InTurn {
  const lanes = { account: createLane(), address: createLane() }
  let free = places
  let last: Turn['lane'] = 'address'
  const waiting = () => lanes.account.size() + lanes.address.size()
  const next = (): Waiting | undefined => {
    last = last === 'account' ? 'address' : 'account'
    const other = last === 'account' ? lanes.address : lanes.account
    return lanes[last].shift() ?? other.shift()
  }
  const enter = ({ lane, key }: Turn): Promise<void> => {
    const own = lanes[lane].lengthOf(key)
    if (own >= waitingMaxPerKey) throw busy()
    // Full: whoever holds most of it makes room, or nobody else would ever come in.
    if (waiting() >= waitingMax && !(lanes.address.dropFromLongest(own) || lanes.account.dropFromLongest(own)))
      throw busy()
    return new Promise((resolve, reject) => lanes[lane].push(key, { grant: resolve, refuse: reject }))
  }
  return async (turn, work) => {
    if (free > 0) free--
    else await enter(turn)
    try {
      return await work()
    } finally {
      // The one that finishes hands its place over, so that nobody who comes later slips in between.
      const following = next()
      if (following === undefined) free++
      else following.grant()
    }
  }
}

interface Waiting {
  grant(): void
  refuse(fault: Fault): void
}

/** Queues by key; keys take turns in the order in which a Map keeps them. */
function createLane() {
  const queues = new Map<string, Waiting[]>()
  let count = 0
  return {
    size: () => count,
    lengthOf: (key: string) => queues.get(key)?.length ?? 0,
    push(key: string, waiting: Waiting): void {
      const queue = queues.get(key)
      if (queue === undefined) queues.set(key, [waiting])
      else queue.push(waiting)
      count++
    },
    shift(): Waiting | undefined {
      for (const [key, queue] of queues) {
        const first = queue.shift()
        queues.delete(key)
        if (queue.length > 0) queues.set(key, queue) // to the end: the others come first
        if (first !== undefined) count--
        return first
      }
      return undefined
    },
    /** Refuses the newest of the longest queue, if that one is longer than what the newcomer would have. */
    dropFromLongest(length: number): boolean {
      const [key, queue] = [...queues].reduce<[string, Waiting[]]>(
        (longest, each) => (each[1].length > longest[1].length ? each : longest),
        ['', []],
      )
      if (queue.length <= length + 1) return false
      queue.pop()?.refuse(busy())
      if (queue.length === 0) queues.delete(key)
      count--
      return true
    },
  }
}

function busy(): Fault {
  return new Fault('busy', { retryAfterSeconds: 2 })
}
