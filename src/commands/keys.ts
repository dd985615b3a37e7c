import { type Command, requiredWord, UsageError } from './command.ts'
import { operatorHelp, operatorOptions, rowsOf, table, withOperator } from './with-operator.ts'

/** `sekisho keys`: the signing keys of the identity token. */
export const keysCommand: Command = {
  help: `usage: sekisho keys list
       sekisho keys rotate     next signs, current stays published until its last token has expired: no backend refuses a request
${operatorHelp}`,
  options: operatorOptions,
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    const print = (body: unknown) => table(rowsOf(body, 'keys'), ['kid', 'state', 'algorithm', 'createdAt'])
    switch (act) {
      case 'list':
        return withOperator(call, operator => operator.get('/api/keys'), print)
      case 'rotate':
        return withOperator(call, operator => operator.post('/api/keys/rotate', {}), print)
      default:
        throw new UsageError(`there is no act "${act}"`)
    }
  },
}
