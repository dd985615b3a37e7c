import type { SsoProof, SsoProofRow } from '../operator/sso-proof.ts'
import { type Command, exitCodes, requiredWord, UsageError } from './command.ts'
import { isRecord, operatorHelp, operatorOptions, table, withOperator } from './with-operator.ts'

const help = `usage: sekisho prove sso SLUG [options]

Walks every door there is as somebody of the organization with everything that is local and right, and as an emergency account, and prints
what keeps each. Changes nothing. Exit code 1 when a local way is open, or a door is in no table.
${operatorHelp}`

/** `sekisho prove`: what is promised, shown. */
export const proveCommand: Command = {
  help,
  options: operatorOptions,
  async run(call) {
    const what = requiredWord(call, 0, 'what to prove')
    if (what !== 'sso') throw new UsageError(`nothing is known to prove about "${what}"`)
    const organization = encodeURIComponent(requiredWord(call, 1, 'the organization'))
    let proved = false
    const code = await withOperator(
      call,
      async operator => {
        const reply = await operator.get(`/api/prove/sso?organization=${organization}`)
        proved = isRecord(reply.body) && reply.body['proved'] === true
        return reply
      },
      body => print(body as SsoProof), // because the API of the same version answers with it
    )
    return code === exitCodes.done && !proved ? exitCodes.refused : code
  },
}

function print(proof: SsoProof): readonly string[] {
  const { account, breakGlass, rows, emergency, forgotten, required } = proof
  return [
    `as ${account ?? 'somebody who is not there yet'}:`,
    ...table(rows.map(shown), ['door', 'tried', 'verdict', 'kept by']),
    ...(breakGlass === null ? [] : ['', `as the emergency account ${breakGlass}:`]),
    ...(breakGlass === null ? [] : table(emergency.map(shown), ['door', 'tried', 'verdict', 'kept by'])),
    '',
    ...(required ? [] : ['single sign-on is not on: local ways are open on purpose']),
    ...forgotten.map(door => `NOBODY HAS THOUGHT ABOUT: ${door}`),
    ...(proof.compared ? [] : ['no gateway runs: the table was not compared with its pages']),
    proof.proved ? 'proved: no local way is open' : 'NOT PROVED',
  ]
}

function shown({ at, tried, verdict, by }: SsoProofRow): Record<string, unknown> {
  return { door: at, tried, verdict, 'kept by': by }
}
