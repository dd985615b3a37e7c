import { type Command, requiredWord, UsageError } from './command.ts'
import { operatorHelp, operatorOptions, outcome, withOperator } from './with-operator.ts'

/** `sekisho status` and `sekisho status reload`: the running gateway itself. */
export const statusCommand: Command = {
  help: `usage: sekisho status
       sekisho status reload     all or nothing; policy tests run first
${operatorHelp}`,
  options: operatorOptions,
  run(call) {
    if (call.words.length === 0) return withOperator(call, operator => operator.get('/api/status'), outcome)
    if (requiredWord(call, 0, 'what to do') !== 'reload') throw new UsageError('there is only "reload"')
    return withOperator(call, operator => operator.post('/api/reload', {}), outcome)
  },
}
