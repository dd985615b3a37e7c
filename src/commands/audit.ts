import { type Command, requiredWord, textOption, UsageError } from './command.ts'
import { cellOf, isRecord, operatorHelp, operatorOptions, rowsOf, table, withOperator } from './with-operator.ts'

/** `sekisho audit`: what was done, by whom; and whether the trail is whole. */
export const auditCommand: Command = {
  help: `usage: sekisho audit list [--after NUMBER] [--limit N]
       sekisho audit verify     walks the keyed chain: exit code 1 when a row was changed, left out, or cut off
${operatorHelp}`,
  options: { ...operatorOptions, after: { type: 'string' }, limit: { type: 'string' } },
  async run(call) {
    const act = requiredWord(call, 0, 'what to do')
    switch (act) {
      case 'list': {
        const query = new URLSearchParams({
          limit: textOption(call, 'limit') ?? '100',
          after: textOption(call, 'after') ?? '0',
        })
        return withOperator(call, operator => operator.get(`/api/audit?${query}`), printRows)
      }
      case 'verify':
        return verify(call)
      default:
        throw new UsageError(`there is no act "${act}"`)
    }
  },
}

async function verify(call: Parameters<Command['run']>[0]): Promise<number> {
  let broken = false
  const code = await withOperator(
    call,
    async operator => {
      const reply = await operator.get('/api/audit/verify')
      broken = isRecord(reply.body) && reply.body['brokenAt'] !== null
      return reply
    },
    body => [
      !isRecord(body) || body['brokenAt'] === null
        ? `whole: ${isRecord(body) ? String(body['rows']) : '?'} rows`
        : `BROKEN at row ${cellOf(body['brokenAt'])}`,
    ],
  )
  return code === 0 && broken ? 1 : code
}

function printRows(body: unknown): readonly string[] {
  const rows = rowsOf(body, 'rows').map(row => {
    const entry = isRecord(row['entry']) ? row['entry'] : {}
    const actor = isRecord(entry['actor']) ? `${String(entry['actor']['kind'])} ${String(entry['actor']['id'])}` : '-'
    return {
      number: String(row['number']),
      at: entry['at'],
      event: entry['event'],
      actor,
      account: entry['accountId'],
      facts: entry['facts'],
    }
  })
  return table(rows, ['number', 'at', 'event', 'actor', 'account', 'facts'])
}
