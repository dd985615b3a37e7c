import type { PageApp } from '../http/page-env.ts'
import { isoInstant } from '../lib/instant.ts'
import type { PasswordCensus } from '../people/account.ts'
import type { OperatorRooms } from './rooms.ts'

/** Passwords as numbers: how many are known to be leaked, and under which key they are kept. Never a password, never a hash, never a name. */
export function addLeakRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.get('/api/leaks/coverage', async context => {
    const census = await rooms.accounts.passwordCensus()
    const slugs = new Map((await rooms.organizations.list()).map(({ id, slug }) => [id, slug]))
    const slugOf = ({ organizationId }: PasswordCensus) =>
      organizationId === null ? null : (slugs.get(organizationId) ?? organizationId)
    const organizations = [...Map.groupBy(census, slugOf)].map(([organization, rows]) => ({
      organization,
      ...sumOf(rows),
    }))
    const ids = rooms.passwordKeys()
    const keys = [...Map.groupBy(census, ({ keyId }) => keyId)].map(([key, rows]) => ({
      key: key ?? 'none',
      state: stateOf(key, ids),
      passwords: sumOf(rows).passwords,
    }))
    return context.json({ all: sumOf(census), organizations, keys })
  })
  app.get('/api/leaks/check', async context => {
    const checked = await rooms.leakedPasswords.check()
    if (checked.kind !== 'answers') return context.json(checked)
    const { source, facts, knownEntry } = checked
    const count = knownEntry.kind === 'found' ? knownEntry.count : 0
    const { changedAt, ...others } = facts
    const changed = typeof changedAt === 'number' ? { changedAt: isoInstant(changedAt) } : {}
    return context.json({
      kind: checked.kind,
      source,
      knownEntry: knownEntry.kind,
      knownEntryCount: count,
      ...others,
      ...changed,
    })
  })
}

function sumOf(rows: readonly PasswordCensus[]) {
  const sum = { passwords: 0, leaked: 0, notFound: 0, neverLookedAt: 0 }
  for (const { leaked, notFound, neverLookedAt } of rows) {
    sum.passwords += leaked + notFound + neverLookedAt
    sum.leaked += leaked
    sum.notFound += notFound
    sum.neverLookedAt += neverLookedAt
  }
  return sum
}

/** `old`: made anew at the person's next sign-in. `missing`: nobody of them can sign in. */
function stateOf(keyId: string | null, [current, ...previous]: readonly string[]): string {
  if (keyId === current) return 'current'
  return keyId === null || previous.includes(keyId) ? 'old' : 'missing'
}
