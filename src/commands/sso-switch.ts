import { type Call, requiredOption, requiredWord, textOption } from './command.ts'
import { outcome, withOperator } from './with-operator.ts'

export const switchHelp = `  state SLUG                                         off, live, on, or rolled back
  on SLUG --break-glass EMAIL... [--minutes 30]      speaks at once, and returns by itself unless it is confirmed
  confirm SLUG                                       shows who may confirm, and where: nobody can from here
  withdraw SLUG                                      takes back what waits for its confirmation
  off SLUG --reason TEXT --approver NAME             ends its sessions, and leads everybody through a reset`

export const switchOptions = {
  'break-glass': { type: 'string', multiple: true },
  minutes: { type: 'string' },
  reason: { type: 'string' },
  approver: { type: 'string' },
} as const

/** Acts of `sekisho sso` that switch single sign-on of an organization. */
export const switchActs: Readonly<Record<string, (call: Call) => Promise<number>>> = {
  state: showState,
  confirm: showState,
  on: call =>
    post(call, 'on', { minutes: textOption(call, 'minutes') ?? null, breakGlass: call.options['break-glass'] ?? [] }),
  withdraw: call => post(call, 'withdraw', {}),
  off: call =>
    post(call, 'off', { reason: requiredOption(call, 'reason'), approver: requiredOption(call, 'approver') }),
}

function post(call: Call, act: string, body: Readonly<Record<string, unknown>>): Promise<number> {
  const organization = requiredWord(call, 1, 'the organization')
  return withOperator(call, operator => operator.post(`/api/sso/${act}`, { organization, ...body }), outcome)
}

function showState(call: Call): Promise<number> {
  const organization = encodeURIComponent(requiredWord(call, 1, 'the organization'))
  return withOperator(call, operator => operator.get(`/api/sso/state?organization=${organization}`), outcome)
}
