import { type Command, textOption } from './command.ts'
import { operatorHelp, operatorOptions, rowsOf, table, withOperator } from './with-operator.ts'

/** `sekisho outbox`: mails that wait, went out, failed, or may or may not have arrived. */
export const outboxCommand: Command = {
  help: `usage: sekisho outbox [--state queued|claimed|handed_over|sent|failed|ambiguous]
Ambiguous: the server took the text and its answer was lost. Such a mail is never sent again by itself.
${operatorHelp}`,
  options: { ...operatorOptions, state: { type: 'string' } },
  run(call) {
    return withOperator(
      call,
      operator => operator.get(`/api/outbox?state=${textOption(call, 'state') ?? 'all'}`),
      body => table(rowsOf(body, 'mails'), ['id', 'kind', 'to', 'state', 'tries', 'createdAt', 'lastAnswer']),
    )
  },
}
