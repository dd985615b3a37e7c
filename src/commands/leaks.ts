import { type Command, exitCodes, requiredWord, UsageError } from './command.ts'
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

/** `sekisho leaks`: passwords that are known from break-ins elsewhere, in numbers. */
export const leaksCommand: Command = {
  help: `usage: sekisho leaks coverage  how many passwords were found leaked, not found, never looked at; by organization, and by the key they are kept under
       sekisho leaks check     whether the configured list answers: a known entry, its size, its age
${operatorHelp}`,
  options: operatorOptions,
  async run(call) {
    const act = requiredWord(call, 0, 'what to do')
    switch (act) {
      case 'coverage':
        return withOperator(call, operator => operator.get('/api/leaks/coverage'), coverage)
      case 'check': {
        let works = false
        const code = await withOperator(
          call,
          async operator => {
            const reply = await operator.get('/api/leaks/check')
            works = isRecord(reply.body) && reply.body['knownEntry'] === 'found'
            return reply
          },
          outcome,
        )
        // A list without its most common entry is as good as none.
        return code === exitCodes.done && !works ? exitCodes.refused : code
      }
      default:
        throw new UsageError(`there is no act "${act}"`)
    }
  },
}

function coverage(body: unknown): readonly string[] {
  const all = isRecord(body) && isRecord(body['all']) ? body['all'] : {}
  const counts = ['passwords', 'leaked', 'notFound', 'neverLookedAt']
  const rows = rowsOf(body, 'organizations')
  return [
    counts.map(name => `${name}: ${cellOf(all[name])}`).join(', '),
    '',
    ...table(rows, ['organization', ...counts]),
    '',
    ...table(rowsOf(body, 'keys'), ['key', 'state', 'passwords']),
  ]
}
