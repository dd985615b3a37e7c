import { cellOf, isRecord, rowsOf } from './with-operator.ts'

// What the terminal says of a reset campaign.

export function planLines(body: unknown): readonly string[] {
  const plan = recordOf(body)
  const counts = recordOf(plan['counts'])
  const problems = rowsOf(body, 'problems')
  const total = Number(plan['problemsTotal'])
  return [
    `plan ${cellOf(plan['id'])} (nothing has been changed)`,
    ...pairs('met', recordOf(plan['met'])),
    `will be flagged: ${cellOf(counts['chosen'])} of ${cellOf(counts['selected'])} chosen`,
    `  flagged already (stay as they are, no second mail): ${cellOf(counts['alreadyFlagged'])}`,
    `  suspended (flagged, not mailed): ${cellOf(counts['suspended'])}`,
    ...pairs('excluded', recordOf(counts['excluded'])),
    ...texts(plan['sample']).map(email => `  for example: ${email}`),
    ...rowsOf(body, 'excludedSample').map(({ email, why }) => `  not: ${cellOf(email)} (${cellOf(why)})`),
    ...problems.map(({ line, text, why }) => `line ${cellOf(line)}: ${cellOf(text)}: ${cellOf(why)}`),
    ...(total > problems.length ? [`and ${total - problems.length} lines more that could not be used`] : []),
    `digest: ${cellOf(plan['digest'])}`,
  ]
}

export function campaignLines(body: unknown): readonly string[] {
  const campaign = recordOf(body)
  const done = recordOf(campaign['done'])
  const mails = recordOf(campaign['mails'])
  const start = recordOf(campaign['start'])
  return [
    `${cellOf(campaign['id'])}: ${cellOf(campaign['state'])}${campaign['task'] === null ? '' : `, at work: ${cellOf(campaign['task'])}`}`,
    `reason: ${cellOf(start['reason'])}; approved by: ${cellOf(start['approvedBy'])}; started: ${cellOf(start['at'])} by ${cellOf(start['by'])}`,
    `flagged: ${cellOf(done['flagged'])} of ${cellOf(recordOf(campaign['counts'])['chosen'])} (${rateOf(done)} a second); flagged before: ${cellOf(done['already'])}; skipped: ${cellOf(done['skipped'])}; withdrawn: ${cellOf(done['withdrawn'])}`,
    `sessions ended: ${cellOf(done['sessionsEnded'])}; open connections cut: ${cellOf(done['socketsCut'])}`,
    ...['first', 'reminder'].flatMap(kind => pairs(`${kind} mails`, recordOf(mails[kind]))),
    `new password chosen: ${cellOf(campaign['resetDone'])}`,
  ]
}

/** Something is still being done. A pause lasts until somebody ends it. */
export function isBusy(body: unknown): boolean {
  return isRecord(body) && body['task'] !== null && body['state'] !== 'paused'
}

export function barOf(body: unknown): string {
  const campaign = recordOf(body)
  const done = recordOf(campaign['done'])
  const { chosen, excluded } = recordOf(recordOf(campaign)['counts'])
  const places =
    Number(chosen) + Object.values(recordOf(excluded)).reduce<number>((sum, count) => sum + Number(count), 0)
  const share = places === 0 ? 1 : Math.min(1, Number(campaign['position']) / places)
  const filled = Math.round(share * barWidth)
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]`
  return `${bar} ${Math.floor(share * 100)} % ${cellOf(campaign['task'])}, ${cellOf(done['flagged'])} flagged, ${rateOf(done)} a second`
}

const barWidth = 30

function rateOf(done: Readonly<Record<string, unknown>>): number {
  const people = Number(done['flagged']) + Number(done['already']) + Number(done['skipped'])
  const busyMs = Number(done['busyMs'])
  return busyMs === 0 ? 0 : Math.round((people * 1_000) / busyMs)
}

function pairs(what: string, counts: Readonly<Record<string, unknown>>): readonly string[] {
  const said = Object.entries(counts).map(([name, count]) => `${name} ${cellOf(count)}`)
  return said.length === 0 ? [] : [`${what}: ${said.join(', ')}`]
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}
