import { type Call, type Command, flag, requiredOption, requiredWord, textOption, UsageError } from './command.ts'
import { operatorHelp, operatorOptions, outcome, rowsOf, table, withOperator } from './with-operator.ts'

/** `sekisho bans`: who may not sign in, by an operator's word or by spent budgets. */
export const bansCommand: Command = {
  help: `usage: sekisho bans list
       sekisho bans add --address CIDR --reason TEXT [--until TIME]
       sekisho bans add --account EMAIL --reason TEXT [--until TIME] [--all-devices]
       sekisho bans remove ID --reason TEXT
       sekisho bans remove --address ADDRESS | --account EMAIL --reason TEXT
A ban refuses sign-ins, codes and reset mails; to whoever tries it reads as a wrong password. Devices that an account knows are
spared by a ban of the account unless --all-devices, never by one of an address. IPv6 is banned by /64 or wider.
By address or account, remove also lifts what failed tries have closed.
${operatorHelp}`,
  options: {
    ...operatorOptions,
    address: { type: 'string' },
    account: { type: 'string' },
    reason: { type: 'string' },
    until: { type: 'string' },
    'all-devices': { type: 'boolean' },
  },
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    switch (act) {
      case 'list':
        return withOperator(call, operator => operator.get('/api/bans'), printLists)
      case 'add':
        return withOperator(call, operator => operator.post('/api/bans', additionOf(call)), outcome)
      case 'remove':
        return withOperator(call, operator => operator.post('/api/bans/remove', removalOf(call)), outcome)
      default:
        throw new UsageError(`there is no act "${act}"`)
    }
  },
}

function printLists(body: unknown): readonly string[] {
  return [
    'bans',
    ...table(rowsOf(body, 'bans'), ['id', 'kind', 'value', 'devices', 'since', 'until', 'createdBy', 'reason']),
    '',
    'closed by failed tries',
    ...table(rowsOf(body, 'blocks'), ['budget', 'key', 'count', 'since', 'until']),
  ]
}

function targetOf(call: Call) {
  return { address: textOption(call, 'address') ?? null, account: textOption(call, 'account') ?? null }
}

function additionOf(call: Call) {
  return {
    ...targetOf(call),
    reason: requiredOption(call, 'reason'),
    until: textOption(call, 'until') ?? null,
    devices: flag(call, 'all-devices') ? 'all' : null,
  }
}

function removalOf(call: Call) {
  const id = call.words[1]
  return { ...(id === undefined ? targetOf(call) : { id }), reason: requiredOption(call, 'reason') }
}
