import { type Command, requiredWord, UsageError } from './command.ts'
import { providerActs, providerHelp, providerOptions } from './sso-provider.ts'
import { switchActs, switchHelp, switchOptions } from './sso-switch.ts'
import { operatorHelp, operatorOptions } from './with-operator.ts'

const help = `usage: sekisho sso ACT SLUG [options]

${providerHelp}
${switchHelp}
${operatorHelp}`

/** `sekisho sso`: single sign-on of an organization. */
export const ssoCommand: Command = {
  help,
  options: { ...operatorOptions, ...switchOptions, ...providerOptions },
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    const acts = { ...switchActs, ...providerActs }
    const run = Object.hasOwn(acts, act) ? acts[act] : undefined
    if (run === undefined) throw new UsageError(`there is no act "${act}"`)
    return run(call)
  },
}
