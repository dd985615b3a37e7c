/** How many tunnels are open: in all, and of each session and account. Holds a number per name that has any. */
export interface TunnelCounts {
  /** Counts one more; calling the answer lets it go, again does nothing. Where there are too many already: of what. */
  enter(owner: TunnelOwner, caps: TunnelCaps): (() => void) | TunnelCap
}

export interface TunnelOwner {
  readonly sessionId: string | null
  readonly accountId: string | null
}

export interface TunnelCaps {
  readonly total: number
  readonly perSession: number
  readonly perAccount: number
}

export type TunnelCap = 'tunnels-total' | 'tunnels-of-session' | 'tunnels-of-account'

export function createTunnelCounts(): TunnelCounts {
  const sessions = new Map<string, number>()
  const accounts = new Map<string, number>()
  let total = 0
  return {
    enter({ sessionId, accountId }, caps) {
      if (total >= caps.total) return 'tunnels-total'
      if (countOf(sessions, sessionId) >= caps.perSession) return 'tunnels-of-session'
      if (countOf(accounts, accountId) >= caps.perAccount) return 'tunnels-of-account'
      const add = (more: 1 | -1) => {
        total += more
        change(sessions, sessionId, more)
        change(accounts, accountId, more)
      }
      add(1)
      let isIn = true
      return () => {
        if (isIn) add(-1)
        isIn = false
      }
    },
  }
}

function countOf(counts: ReadonlyMap<string, number>, name: string | null): number {
  return name === null ? 0 : (counts.get(name) ?? 0)
}

function change(counts: Map<string, number>, name: string | null, more: 1 | -1): void {
  if (name === null) return
  const count = countOf(counts, name) + more
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
