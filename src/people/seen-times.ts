import type { Clock } from '../lib/clock.ts'
import type { SessionId } from '../policy/facts.ts'
import type { Session, Sessions } from './session.ts'

/** When sessions were last seen, gathered in memory and written once a minute. Losing it makes sessions end earlier, never later. */
export interface SeenTimes {
  mark(session: Session, at: number): void
  refreshed(session: Session): Session
  flush(): Promise<void>
  close(): Promise<void>
}

export function createSeenTimes({ sessions, clock }: { sessions: Sessions; clock: Clock }): SeenTimes {
  let unwritten = new Map<SessionId, number>()
  let writing: ReadonlyMap<SessionId, number> = new Map()
  let running: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    if (unwritten.size === 0) return
    writing = unwritten
    unwritten = new Map()
    try {
      await sessions.touch([...writing].map(([id, at]) => ({ id, at })))
    } catch (cause) {
      // They wait here for the next time: one for each session in use, never more.
      unwritten = new Map([...writing, ...unwritten])
      throw cause
    } finally {
      writing = new Map()
    }
  }

  function flush(): Promise<void> {
    running = running.catch(ignore).then(write)
    return running
  }

  const cancel = clock.every(flushMs, () => void flush().catch(ignore))
  return {
    mark(session, at) {
      unwritten.set(session.id, at)
      unwritten.set(session.rootId, at)
    },
    refreshed(session) {
      const at = unwritten.get(session.id) ?? writing.get(session.id) ?? 0
      return at > session.seenAt ? { ...session, seenAt: at } : session
    },
    flush,
    async close() {
      cancel()
      await flush().catch(ignore)
    },
  }
}

// A store that is away is noticed by those who need its answer. Here it only means that some sessions end a little earlier.
function ignore(): void {}

const flushMs = 60_000
