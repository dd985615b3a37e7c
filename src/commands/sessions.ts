import { type Command, requiredWord, textOption, UsageError } from './command.ts'
import { operatorHelp, operatorOptions, outcome, rowsOf, table, withOperator } from './with-operator.ts'

/** `sekisho sessions`: who is signed in, and ending it. */
export const sessionsCommand: Command = {
  help: `usage: sekisho sessions list EMAIL
       sekisho sessions end EMAIL [--id ID]     without an id: all of them, with their open connections
${operatorHelp}`,
  options: { ...operatorOptions, id: { type: 'string' } },
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    const email = requiredWord(call, 1, 'the e-mail address')
    switch (act) {
      case 'list':
        return withOperator(
          call,
          operator => operator.get(`/api/sessions?email=${encodeURIComponent(email)}`),
          body => table(rowsOf(body, 'sessions'), ['id', 'openedAt', 'seenAt', 'address', 'proofs']),
        )
      case 'end':
        return withOperator(
          call,
          operator => operator.post('/api/sessions/end', { email, id: textOption(call, 'id') ?? null }),
          outcome,
        )
      default:
        throw new UsageError(`there is no act "${act}"`)
    }
  },
}
