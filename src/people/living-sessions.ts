import type { Clock } from '../lib/clock.ts'
import { ownText } from '../lib/own-text.ts'
import { hashToken } from '../lib/secret.ts'
import type { Changes } from './changes.ts'
import { createSeenTimes } from './seen-times.ts'
import type { Session, Sessions } from './session.ts'
import type { SessionTokens } from './session-tokens.ts'
import { createStoreContact } from './store-contact.ts'
import { createWarmCache, type WarmCache } from './warm-cache.ts'

/**
 * The sessions that are in use, by their raw token: a warm one is found with one look into a map, without a hash and without waiting.
 * Owns the idle and absolute limits and when each session was last seen. Start with `find`.
 */
export interface LivingSessions {
  find(token: string): Session | null | Promise<Session | null>
  /** What an act of our own has ended or changed is forgotten at once, not when it is announced. */
  drop(name: string): void
  /** With the last-seen time that memory knows, which may be newer than the store's. */
  refreshed(session: Session): Session
  flush(): Promise<void>
  close(): Promise<void>
}

export interface LivingSessionsNeeds {
  readonly sessions: Sessions
  readonly tokens: SessionTokens
  readonly changes: Changes
  readonly clock: Clock
}

/** When time alone ends it. */
export function endOf(session: Session): number {
  let end = Math.min(session.seenAt + session.idleMs, session.absoluteEndsAt)
  // Proofs that were added later may end earlier than the session was to last when it opened (SessionNotOnOrAfter).
  for (const { until } of session.proofs) if (until !== undefined && until < end) end = until
  return end
}

/** A place in memory whose session is replaced when it is seen. */
interface Living {
  session: Session
}

export function createLivingSessions({ sessions, tokens, changes, clock }: LivingSessionsNeeds): LivingSessions {
  const seen = createSeenTimes({ sessions, clock })
  const cache = createWarmCache<Living>({
    async read(token, former) {
      const session = await sessions.findByTokenHash(hashToken(token))
      return session === null ? null : { session: newest(seen.refreshed(session), former?.session) }
    },
    namesOf: ({ session }) => [session.id, session.rootId, session.accountId],
    sizeMax,
    rereads: true,
    contact: createStoreContact(clock),
    clock,
  })
  const unsubscribe = forgetWhatChanges(changes, cache)
  const isLive = ({ session }: Living): boolean => clock.now() < endOf(session)

  function use(living: Living | null): Session | null {
    if (living === null || !isLive(living)) return null
    const now = clock.now()
    if (now - living.session.seenAt >= seenStepMs) {
      living.session = { ...living.session, seenAt: now }
      // Using an application is using the sign-in that it hangs on: the root is marked with it, and does not go idle meanwhile.
      seen.mark(living.session, now)
    }
    return living.session
  }

  return {
    find(token) {
      const isWarm = cache.has(token)
      if (!isWarm && !tokens.isOurs(token)) return null
      const found = cache.find(isWarm ? token : ownText(token), isLive)
      return found instanceof Promise ? found.then(use) : use(found)
    },
    drop: name => cache.drop(name),
    refreshed: session => seen.refreshed(session),
    flush: () => seen.flush(),
    async close() {
      unsubscribe()
      await seen.close()
    },
  }
}

/** About 1 KB each. */
const sizeMax = 100_000

/** Nearer than this, a session is not marked again; it may end that much earlier. */
const seenStepMs = 1000

function newest(session: Session, former: Session | undefined): Session {
  return former !== undefined && former.id === session.id && former.seenAt > session.seenAt
    ? { ...session, seenAt: former.seenAt }
    : session
}

// A change of the account (suspended, reset, roles) does not change its sessions; but should it have ended them, this hears it too.
function forgetWhatChanges(changes: Changes, cache: WarmCache<unknown>) {
  return changes.subscribe(heard => {
    for (const change of heard) {
      if (change.kind === 'session' || change.kind === 'account') cache.drop(change.id)
      if (change.kind === 'everything') cache.dropAll()
    }
  })
}
