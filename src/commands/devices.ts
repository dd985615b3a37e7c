import { type Command, requiredWord, UsageError } from './command.ts'
import { operatorHelp, operatorOptions, outcome, rowsOf, table, withOperator } from './with-operator.ts'

/** `sekisho devices`: the devices of a person, and approving one where the organization asks for it. */
export const devicesCommand: Command = {
  help: `usage: sekisho devices list EMAIL
       sekisho devices approve EMAIL REFERENCE     the reference that the person's page shows
${operatorHelp}`,
  options: operatorOptions,
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    const email = requiredWord(call, 1, 'the e-mail address')
    switch (act) {
      case 'list':
        return withOperator(
          call,
          operator => operator.get(`/api/devices?email=${encodeURIComponent(email)}`),
          body => table(rowsOf(body, 'devices'), ['id', 'label', 'mobile', 'approved', 'lastSeenAt']),
        )
      case 'approve': {
        const device = requiredWord(call, 2, 'the reference of the device')
        return withOperator(call, operator => operator.post('/api/devices/approve', { email, device }), outcome)
      }
      default:
        throw new UsageError(`there is no act "${act}"`)
    }
  },
}
