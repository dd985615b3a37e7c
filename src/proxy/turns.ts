/** So many at a time; the others wait in the order in which they came, and so many others at most. */
export interface Turns {
  readonly isFull: boolean
  /** Takes a place where one is free, null where none is. Calling the answer gives it back; again does nothing. */
  enter(): (() => void) | null
  /** Starts now when there is room, else when it is this one's turn. `leave` gives the place back, or gives up waiting; again does nothing. */
  take(start: (leave: () => void) => void): () => void
  /** As many wait as may. */
  readonly isCrowded: boolean
}

export function createTurns(max: number, waitingMax = Number.POSITIVE_INFINITY): Turns {
  // A set keeps the order, and whoever gives up leaves it without a search.
  const waiting = new Set<Turn>()
  let taken = 0
  const release = () => {
    taken -= 1
    const [next] = waiting
    if (next === undefined) return
    waiting.delete(next)
    taken += 1
    next.state = 'in'
    // In a turn of its own: what goes wrong there is not the matter of the one that left, however many fail one after the other.
    queueMicrotask(() => {
      if (next.state === 'in') next.start()
    })
  }
  return {
    get isFull() {
      return taken >= max
    },
    get isCrowded() {
      return waiting.size >= waitingMax
    },
    enter() {
      if (taken >= max) return null
      taken += 1
      let isIn = true
      return () => {
        if (!isIn) return
        isIn = false
        release()
      }
    },
    take(start) {
      const leave = () => {
        const { state } = turn
        turn.state = 'left'
        if (state === 'in') release()
        else waiting.delete(turn)
      }
      const turn: Turn = { state: 'waiting', start: () => start(leave) }
      if (taken >= max) {
        waiting.add(turn)
        return leave
      }
      taken += 1
      turn.state = 'in'
      turn.start()
      return leave
    },
  }
}

interface Turn {
  state: 'waiting' | 'in' | 'left'
  readonly start: () => void
}
