import type { DatabaseSync } from 'node:sqlite'
import type { Books } from './books.ts'
import type { CampaignDrillReport, Campaigns, Lists } from './campaign-drill.ts'
import type { CountingSink } from './counting-sink.ts'

interface Judging {
  readonly database: DatabaseSync
  readonly books: Books
  readonly sink: CountingSink
  readonly lists: Lists
  readonly campaigns: Campaigns
}

/** What each selected person has: one flag, one audit row, one mail or a row that says it is ambiguous, no session, a place in each ledger. */
export async function judgeCampaigns(judging: Judging): Promise<CampaignDrillReport> {
  const { database, books, lists, campaigns } = judging
  const all = (sql: string, ...values: string[]) => database.prepare(sql).all(...values)
  const ledger = new Map<string, { campaign: string; state: string }[]>()
  for (const row of all('select account_id, campaign_id, state from campaign_people')) {
    const id = String(row['account_id'])
    ledger.set(id, [...(ledger.get(id) ?? []), { campaign: String(row['campaign_id']), state: String(row['state']) }])
  }
  const flagged = new Set(all('select id from accounts where reset_at is not null').map(row => String(row['id'])))
  const sessions = new Set(all('select account_id from sessions').map(row => String(row['account_id'])))
  const audits = new Map(
    all("select account_id, count(*) as n from audit where event = 'reset_required' group by account_id").map(row => [
      String(row['account_id']),
      Number(row['n']),
    ]),
  )
  const mails = new Map(
    all('select account_id, count(*) as n, min(state) as state from campaign_mails group by account_id').map(row => [
      String(row['account_id']),
      { count: Number(row['n']), state: String(row['state']) },
    ]),
  )
  const problems: string[] = []
  const selected = new Set([...lists.first, ...lists.second])
  const counts = { flagged: 0, sent: 0, failed: 0, ambiguous: 0, arrived: 0 }
  lists.ids.forEach((id, place) => {
    const email = lists.emails[place] ?? ''
    const rows = ledger.get(id) ?? []
    const isFlagged = flagged.has(id)
    const mail = mails.get(id) ?? { count: 0, state: 'none' }
    const arrived = judging.sink.arrived.get(email) ?? []
    const states = rows
      .map(({ state }) => state)
      .toSorted()
      .join('+')
    if (isFlagged) counts.flagged += 1
    counts.arrived += arrived.length
    if (mail.state === 'sent' || mail.state === 'failed' || mail.state === 'ambiguous') counts[mail.state] += 1
    const problem = (what: string) =>
      problems.push(`${email}: ${what} (${states}, mail ${mail.state}, arrived ${arrived.length})`)
    if (selected.has(place) && !isFlagged) problem('not flagged')
    if ((audits.get(id) ?? 0) !== (isFlagged ? 1 : 0)) problem(`${audits.get(id) ?? 0} audit rows`)
    if (mail.count !== (isFlagged ? 1 : 0)) problem(`${mail.count} mails in the ledger`)
    if (isFlagged && sessions.has(id)) problem('an old session lives')
    if (!isFlagged && !sessions.has(id)) problem('a session ended without a flag')
    const right = {
      sent: arrived.length === 1,
      failed: arrived.length === 0,
      ambiguous: arrived.length <= 1,
      none: arrived.length === 0,
    }
    if (!(mail.state in right) || !right[mail.state as keyof typeof right]) problem('the mail') // because it was looked for
    const expected = lists.first.includes(place) && lists.second.includes(place) ? 'already+flagged' : null
    if (expected !== null && states !== expected) problem('the ledgers')
    if (expected === null && selected.has(place) && states !== 'flagged') problem('the ledger')
  })
  const verified = await books.store.audit.verify()
  if (verified.brokenAt !== null) problems.push(`the audit chain is broken at ${verified.brokenAt}`)
  const busy = all('select id, flagged, already, busy_ms from campaigns')
  const rate = (id: string) => {
    const row = busy.find(each => each['id'] === id)
    return Math.round(
      (1_000 * (Number(row?.['flagged']) + Number(row?.['already']))) / Math.max(1, Number(row?.['busy_ms'])),
    )
  }
  return {
    lines: [
      `${counts.flagged} of ${lists.ids.length} flagged once, ${selected.size} were selected, the rest by the aborted campaign before its end`,
      `mails: ${counts.sent} sent once, ${counts.failed} refused by the server, ${counts.ambiguous} listed as ambiguous; ${counts.arrived} arrived`,
      `accounts per second: ${rate(campaigns.first)} and ${rate(campaigns.second)}`,
      `audit chain of ${verified.rows} rows intact`,
    ],
    problems: problems.length > 50 ? [...problems.slice(0, 50), `and ${problems.length - 50} more`] : problems,
  }
}
