import type { Random } from '../lib/random.ts'
import { hashToken } from '../lib/secret.ts'
import type { AccountId, SessionId } from '../policy/facts.ts'
import type { Accounts, Factors } from './account.ts'
import { ownAddress } from './account-notices.ts'
import type { BackupCodeSets } from './backup-codes.ts'
import type { ReportLink } from './report-link.ts'
import type { Trail } from './trail.ts'

/**
 * The mail about a change that somebody made in a session, or on the way into one, holds a "this was not me" link to that session: a stolen
 * cookie leaves no sign-in that its owner could have been told of. Stands before the durable ports, so that no service that changes
 * something has to think of it, and link, mail and change commit together.
 */
export interface ChangePorts {
  readonly accounts: Accounts
  readonly factors: Factors
  readonly backupCodeSets: BackupCodeSets
}

export interface WaysBackNeeds {
  readonly random: Random
  /** The whole address of the page that the link leads to. */
  readonly notMeUrl: (token: string) => string
}

export function withWaysBack<Store extends ChangePorts>(store: Store, needs: WaysBackNeeds): Store {
  const { accounts, factors, backupCodeSets } = store
  const back = (id: AccountId, trail: Trail) => leadBack(accounts, needs, { id, sessionId: sessionOf(trail), trail })
  /** What nobody did in a session, administrators do: it is theirs to explain. */
  const inSession = async (id: AccountId, trail: Trail) => (sessionOf(trail) === null ? trail : back(id, trail))
  return {
    ...store,
    accounts: {
      ...accounts,
      async setPassword(change, trail) {
        const { id, endSessionsExcept: sessionId } = change
        const led = sessionId === null ? trail : await leadBack(accounts, needs, { id, sessionId, trail })
        return accounts.setPassword(change, led)
      },
    },
    factors: {
      ...factors,
      add: async (id, factor, trail) => factors.add(id, factor, await inSession(id, trail)),
      // On the way in there is no session yet: whoever knew the password enrolled it, and may never have come in.
      addFirst: async (id, factor, trail) => factors.addFirst(id, factor, await back(id, trail)),
      restore: async (id, factorId, trail) => factors.restore(id, factorId, await inSession(id, trail)),
      remove: async (id, factorId, trail) => factors.remove(id, factorId, await inSession(id, trail)),
    },
    backupCodeSets: {
      ...backupCodeSets,
      keep: async (id, factor, hashes, trail) => backupCodeSets.keep(id, factor, hashes, await inSession(id, trail)),
    },
  }
}

function sessionOf({ undo }: Trail): string | null {
  return undo?.[0]?.sessionId ?? null
}

/** As long as a change of address can be undone. Whoever reads the mailbox can take a young factor away with it: no longer. */
const wayBackMs = 7 * 86_400_000
const tokenBytes = 32

interface Leading {
  readonly id: AccountId
  readonly sessionId: string | null
  readonly trail: Trail
}

async function leadBack(
  accounts: Pick<Accounts, 'find'>,
  { random, notMeUrl }: WaysBackNeeds,
  { id, sessionId, trail }: Leading,
): Promise<Trail> {
  const account = await accounts.find(id)
  if (account === null) return trail
  const { at } = trail.audit
  const token = random.token(tokenBytes)
  const expiresAt = at + wayBackMs
  const link: ReportLink = {
    ...{ tokenHash: hashToken(token), purpose: 'not_me', accountId: id },
    sessionId: sessionId as SessionId | null, // because only sessions that asked for a change are named in its trail
    ...{ deviceId: null, issuedAt: at, expiresAt, usedAt: null },
  }
  // Not to an address that has just been moved in: its holder would undo what the owner does against it.
  const to = ownAddress(account, at)
  const notices = trail.notices.map(notice =>
    notice.to === to && 'notMeUrl' in notice.facts
      ? { ...notice, facts: { ...notice.facts, notMeUrl: notMeUrl(token), expiresAt } }
      : notice,
  )
  return { ...trail, notices, links: [...(trail.links ?? []), link] }
}
