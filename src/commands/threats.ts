import { type Command, requiredOption, requiredWord, UsageError } from './command.ts'
import {
  cellOf,
  isRecord,
  operatorHelp,
  operatorOptions,
  outcome,
  rowsOf,
  table,
  withOperator,
} from './with-operator.ts'

/** `sekisho threats`: attacks that were noticed, with what spoke for each step. */
export const threatsCommand: Command = {
  help: `usage: sekisho threats list
       sekisho threats show ID
       sekisho threats undo ID --reason TEXT     a false alarm: lowered now, and the accounts held for it are released
${operatorHelp}`,
  options: { ...operatorOptions, reason: { type: 'string' } },
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    switch (act) {
      case 'list':
        return withOperator(
          call,
          operator => operator.get('/api/threats'),
          body => table(rowsOf(body, 'threats'), columns),
        )
      case 'show': {
        const id = requiredWord(call, 1, 'the id of the threat')
        return withOperator(call, operator => operator.get(`/api/threats/${encodeURIComponent(id)}`), printThreat)
      }
      case 'undo': {
        const id = requiredWord(call, 1, 'the id of the threat')
        const body = { reason: requiredOption(call, 'reason') }
        return withOperator(
          call,
          operator => operator.post(`/api/threats/${encodeURIComponent(id)}/undo`, body),
          outcome,
        )
      }
      default:
        throw new UsageError(`there is no act "${act}"`)
    }
  },
}

const columns = ['id', 'level', 'speaking', 'raised', 'lowered', 'names', 'addresses', 'undone']

function printThreat(body: unknown): readonly string[] {
  if (!isRecord(body)) return outcome(body)
  const { steps: _steps, held, ...summary } = body
  const accounts = Array.isArray(held) ? held.map(cellOf) : []
  return [
    ...outcome(summary),
    '',
    `held accounts: ${accounts.length}`,
    ...accounts,
    ...rowsOf(body, 'steps').flatMap(printStep),
  ]
}

function printStep(step: Record<string, unknown>): readonly string[] {
  return [
    '',
    `${cellOf(step['at'])}  ${cellOf(step['from'])} -> ${cellOf(step['to'])}`,
    ...table(
      rowsOf(step['evidence'], 'windows').map(row => ({ ...row, minutes: Number(row['windowMs']) / 60_000 })),
      ['minutes', 'tries', 'failed', 'names', 'namesNeverRight', 'leaked', 'automated', 'addresses', 'prefixes'],
    ),
    ...table(rowsOf(step['evidence'], 'prefixes'), ['prefix', 'names']),
  ]
}
