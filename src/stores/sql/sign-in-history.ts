import type {
  HistoryQuery,
  RecentSignIns,
  RecordedSignIn,
  RefusedTries,
  SignInHistory,
} from '../../people/sign-in-history.ts'
import type { Ground } from './ground.ts'
import type { AuditTable } from './tables.ts'
import { stored, storedJson } from './values.ts'

export function createSignInHistory(ground: Ground): SignInHistory {
  return {
    recentOf: (accountId, limit, at) => recentOf(ground, { accountId, limit, at }),
    walk: query => walk(ground, query),
  }
}

/** A million tries at one account leave a million rows: what is read of them is bounded. */
const refusalsMax = 1_000
const refusalsMs = 30 * 86_400_000

async function recentOf(
  { db }: Ground,
  { accountId, limit, at }: { accountId: string; limit: number; at: number },
): Promise<RecentSignIns> {
  const rowsOf = (event: 'session_opened' | 'sign_in_refused') =>
    db
      .selectFrom('audit')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('event', '=', event)
      .orderBy('at', 'desc')
      .orderBy('number', 'desc')
  const opened = await rowsOf('session_opened').limit(limit).execute()
  const refused = await rowsOf('sign_in_refused')
    .where('at', '>', at - refusalsMs)
    .limit(refusalsMax)
    .execute()
  return { opened: opened.map(readSignIn), refused: sumUp(refused).slice(0, limit) }
}

async function walk({ db }: Ground, { from, to, after, limit }: HistoryQuery): Promise<readonly RecordedSignIn[]> {
  let rows = db
    .selectFrom('audit')
    .selectAll()
    .where('event', '=', 'session_opened')
    .where('at', '>=', after?.at ?? from)
    .where('at', '<', to)
    .orderBy('at')
    .orderBy('number')
    .limit(limit)
  if (after !== undefined)
    rows = rows.where(row => row.or([row('at', '>', after.at), row('number', '>', after.number)]))
  return (await rows.execute()).map(readSignIn)
}

function readSignIn(row: AuditTable): RecordedSignIn {
  const facts = storedJson<Readonly<Record<string, string | boolean | null | undefined>>>(row.facts)
  const textOf = (name: string) => {
    const value = facts[name]
    return typeof value === 'string' ? value : null
  }
  return {
    number: row.number,
    at: row.at,
    accountId: stored(row.account_id ?? ''),
    organizationId: row.organization_id === null ? null : stored(row.organization_id),
    sessionId: textOf('session') ?? '',
    address: row.address ?? '',
    device: textOf('device') ?? '',
    deviceId: textOf('deviceId'),
    newDevice: facts['newDevice'] === true,
    method: textOf('method') ?? '',
    country: textOf('country'),
    city: textOf('city'),
    network: textOf('network'),
  }
}

/** Newest first comes in, and goes out. */
function sumUp(rows: readonly AuditTable[]): readonly RefusedTries[] {
  const groups = new Map<string, RefusedTries>()
  for (const { address: from, facts, at } of rows) {
    const address = from ?? ''
    const device = storedJson<{ readonly device?: string }>(facts).device ?? ''
    const key = `${address} ${device}`
    const group = groups.get(key)
    groups.set(
      key,
      group === undefined
        ? { address, device, times: 1, firstAt: at, lastAt: at }
        : { ...group, times: group.times + 1, firstAt: at },
    )
  }
  return [...groups.values()]
}
