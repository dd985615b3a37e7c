import { type Command, requiredWord, UsageError } from './command.ts'
import { switchActs, switchHelp, switchOptions } from './sso-switch.ts'
import { operatorHelp, operatorOptions } from './with-operator.ts'

const help = `usage: sekisho sso ACT SLUG [options]

${switchHelp}
${operatorHelp}`

/** `sekisho sso`: single sign-on of an organization. */
export const ssoCommand: Command = {
  help,
  options: { ...operatorOptions, ...switchOptions },
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    const run = Object.hasOwn(switchActs, act) ? switchActs[act] : undefined
    if (run === undefined) throw new UsageError(`there is no act "${act}"`)
    return run(call)
  },
}
