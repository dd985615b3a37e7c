import { openSync, readFileSync, writeSync } from 'node:fs'
import { type Call, type Command, flag, requiredOption, requiredWord, textOption, UsageError } from './command.ts'
import type { Reply } from './operator-client.ts'
import { barOf, campaignLines, isBusy, planLines } from './reset-campaign-words.ts'
import { isRecord, type Operator, operatorHelp, operatorOptions, rowsOf, table, withOperator } from './with-operator.ts'

const help = `usage: sekisho reset-campaign ACT [PLAN] [options]

  plan [whom]         a dry run: counts, who is excluded and why, a sample; changes nothing about anybody
      --csv FILE              addresses: a column of a CSV file
      --organization SLUG     its people (may be given again)
      --network NET           signed in from this network, by the audit trail (may be given again)
          [--from TIME] [--until TIME] [--include-refused]
      --leaked                the password is known to be leaked
      --held                  held by the detection of credential stuffing
      --everyone
      --match any|all         of several of these, a person meets one (any, the default) or each (all)
  start PLAN --reason TEXT --approved-by NAME [--since TIME] [--watch]
        starts exactly what was planned; people read the reason in their mail; second factors added since TIME are set aside
  status [PLAN] [--watch]
  pause PLAN | resume PLAN
  abort PLAN [--withdraw]                flags stay; with --withdraw those are lifted that nobody has acted on
  remind PLAN [--include-ambiguous]      those who have not acted, at most once a day
  export PLAN [--format csv|jsonl] [--out FILE]      the ledger as evidence
${operatorHelp}`

/** `sekisho reset-campaign`: a reset of many passwords. */
export const resetCampaignCommand: Command = {
  help,
  options: {
    ...operatorOptions,
    csv: { type: 'string' },
    organization: { type: 'string', multiple: true },
    network: { type: 'string', multiple: true },
    from: { type: 'string' },
    until: { type: 'string' },
    'include-refused': { type: 'boolean' },
    leaked: { type: 'boolean' },
    held: { type: 'boolean' },
    everyone: { type: 'boolean' },
    match: { type: 'string' },
    reason: { type: 'string' },
    'approved-by': { type: 'string' },
    since: { type: 'string' },
    watch: { type: 'boolean' },
    withdraw: { type: 'boolean' },
    'include-ambiguous': { type: 'boolean' },
    format: { type: 'string' },
    out: { type: 'string' },
  },
  async run(call) {
    const [act = 'status', id] = call.words
    if (act === 'plan') return plan(call)
    if (act === 'status' && id === undefined) return list(call)
    const conversation = Object.hasOwn(conversations, act) ? conversations[act] : undefined
    if (conversation === undefined) throw new UsageError(`there is no act "${act}"`)
    const one = `${path}/${encodeURIComponent(requiredWord(call, 1, 'the plan'))}`
    return withOperator(call, conversation(call, one), act === 'export' ? () => [] : campaignLines)
  },
}

const path = '/api/reset-campaigns'

type Conversation = (call: Call, one: string) => (operator: Operator) => Promise<Reply>

const conversations: Readonly<Record<string, Conversation>> = {
  status: (call, one) => async operator => {
    const reply = await operator.get(one)
    return flag(call, 'watch') ? toItsEnd(call, operator, one, reply) : reply
  },
  start(call, one) {
    const body = {
      reason: requiredOption(call, 'reason'),
      approvedBy: requiredOption(call, 'approved-by'),
      since: textOption(call, 'since') ?? null,
    }
    return operator => begin(call, operator, one, { act: 'start', body })
  },
  resume: (call, one) => operator => begin(call, operator, one, { act: 'resume', body: {} }),
  pause: (_call, one) => operator => operator.post(`${one}/pause`, {}),
  abort(call, one) {
    const body = flag(call, 'withdraw') ? { withdraw: 'yes' } : {}
    return operator => begin(call, operator, one, { act: 'abort', body })
  },
  remind(call, one) {
    const body = flag(call, 'include-ambiguous') ? { includeAmbiguous: 'yes' } : {}
    return operator => begin(call, operator, one, { act: 'remind', body })
  },
  export: (call, one) => operator => exportAll(call, operator, one),
}

function plan(call: Call): Promise<number> {
  const csv = textOption(call, 'csv')
  const body = {
    match: textOption(call, 'match') ?? 'any',
    csv: csv === undefined ? null : readText(csv),
    organizations: many(call, 'organization'),
    networks: many(call, 'network'),
    from: textOption(call, 'from') ?? null,
    until: textOption(call, 'until') ?? null,
    includeRefused: yes(call, 'include-refused'),
    passwordLeaked: yes(call, 'leaked'),
    held: yes(call, 'held'),
    everyone: yes(call, 'everyone'),
  }
  return withOperator(call, operator => operator.post(path, body), planLines)
}

function list(call: Call): Promise<number> {
  return withOperator(
    call,
    operator => operator.get(path),
    body => {
      const rows = rowsOf(body, 'campaigns').map(row => ({
        ...row,
        ...(isRecord(row['counts']) ? { chosen: row['counts']['chosen'] } : {}),
        ...(isRecord(row['done']) ? { flagged: row['done']['flagged'] } : {}),
      }))
      return table(rows, ['id', 'state', 'plannedAt', 'plannedBy', 'chosen', 'flagged'])
    },
  )
}

interface Beginning {
  readonly act: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Where a gateway runs, it works and this says what was begun. Where none does, this process has to work until it is done. */
async function begin(call: Call, operator: Operator, one: string, { act, body }: Beginning): Promise<Reply> {
  const reply = await operator.post(`${one}/${act}`, body)
  if (reply.status >= 400 || !isBusy(reply.body)) return reply
  const status = await operator.get('/api/status')
  const alone = isRecord(status.body) && status.body['running'] === false
  return alone || flag(call, 'watch') ? toItsEnd(call, operator, one, reply) : reply
}

async function toItsEnd(call: Call, operator: Operator, one: string, first: Reply): Promise<Reply> {
  let reply = first
  while (reply.status < 400 && isBusy(reply.body)) {
    call.terminal.progress?.(barOf(reply.body))
    reply = await operator.post(`${one}/drive`, {})
  }
  call.terminal.progress?.('')
  return reply
}

const rowsPerPage = 1_000

/** Page by page: neither end holds the whole. */
async function exportAll(call: Call, operator: Operator, one: string): Promise<Reply> {
  const format = textOption(call, 'format') ?? 'csv'
  const out = textOption(call, 'out')
  // For its owner alone: it names people.
  const file = out === undefined ? 1 : openSync(out, 'wx', 0o600)
  for (let after = 0; ; ) {
    const reply = await operator.get(`${one}/export?format=${format}&after=${after}&limit=${rowsPerPage}`)
    if (reply.status >= 400 || !isRecord(reply.body)) return reply
    const { text, next } = reply.body
    writeAll(file, String(text))
    if (typeof next !== 'number') return { status: 200, body: {} }
    after = next
  }
}

/** A pipe takes what it can; the rest goes after it. */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length; ) {
    try {
      from += writeSync(file, bytes, from)
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN')) throw cause
    }
  }
}

/** UTF-8, or what Excel calls Unicode text. */
function readText(file: string): string {
  const bytes = readFileSync(file)
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le') : bytes.toString('utf8')
}

function many(call: Call, name: string): readonly string[] {
  const given = call.options[name]
  return Array.isArray(given) ? given.map(String) : []
}

function yes(call: Call, name: string): 'yes' | null {
  return flag(call, name) ? 'yes' : null
}
