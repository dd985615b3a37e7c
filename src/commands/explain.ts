import { samlRefusals } from '../sso/refusal.ts'
import { samlRemedies } from '../sso/remedies.ts'
import { isRefusalCause, refusals } from '../wire/refusals.ts'
import { type Command, textOption, UsageError } from './command.ts'
import { cellOf, isRecord, operatorHelp, operatorOptions, rowsOf, withOperator } from './with-operator.ts'

/** `sekisho explain`: why a request was refused, or what would happen to one. */
export const explainCommand: Command = {
  help: `usage: sekisho explain RECEIPT
       sekisho explain --address ADDRESS --path PATH [--account EMAIL] [--host HOST]
The first tells what was decided then, by the policies of that moment. The second asks the gates now, and spends nothing.
${operatorHelp}`,
  options: {
    ...operatorOptions,
    account: { type: 'string' },
    address: { type: 'string' },
    path: { type: 'string' },
    host: { type: 'string' },
  },
  run(call) {
    const [receipt] = call.words
    if (receipt !== undefined)
      return withOperator(call, operator => operator.get(`/api/receipts/${encodeURIComponent(receipt)}`), printReceipt)
    const address = textOption(call, 'address')
    const path = textOption(call, 'path')
    if (address === undefined || path === undefined)
      throw new UsageError('a receipt, or --address and --path, are needed')
    const question = {
      email: textOption(call, 'account') ?? null,
      address,
      path,
      host: textOption(call, 'host') ?? null,
    }
    return withOperator(call, operator => operator.post('/api/explain', question), printExplanation)
  },
}

function printReceipt(body: unknown): readonly string[] {
  if (!isRecord(body)) return [String(body)]
  const of = (name: string) => cellOf(body[name])
  return [
    `${of('receipt')}  ${of('at')}  ${of('method')} ${of('host')}${of('path')}  from ${of('address')}`,
    ...(body['fault'] === null || body['fault'] === undefined ? [] : [`fault      ${of('fault')}`]),
    ...remedyOf(body['fault']),
    ...verdictLines(body),
    ...(body['accountId'] === null ? [] : [`account    ${of('accountId')}`]),
  ]
}

/** What helps against a message that was refused at the wire, or an answer of an identity provider. */
function remedyOf(fault: unknown): readonly string[] {
  const rule = typeof fault === 'string' ? /^[a-z_]+: [a-z_]+: ([a-z0-9.-]+): /.exec(fault)?.[1] : undefined
  if (rule !== undefined && isRefusalCause(rule))
    return [`rule       ${rule} (${refusals[rule].source})`, `helps      ${refusals[rule].helps}`]
  const [, cause] = typeof fault === 'string' ? (/^saml_([a-z_]+):/.exec(fault) ?? []) : []
  const known = samlRefusals.find(each => each === cause)
  return known === undefined ? [] : [`helps      ${samlRemedies[known]}`]
}

function printExplanation(body: unknown): readonly string[] {
  if (!isRecord(body)) return [String(body)]
  return [
    `route      ${String(body['route'])} (${String(body['entrance'])})`,
    ...(typeof body['device'] === 'string' ? [`device     ${body['device']} (supposed: the one last seen)`] : []),
    ...verdictLines(body),
  ]
}

function verdictLines(body: Record<string, unknown>): readonly string[] {
  return [
    `verdict    ${String(body['verdict'])}`,
    `gate       ${cellOf(body['gate'])}`,
    `rule       ${cellOf(body['rule'])}`,
    `policies   ${String(body['policyVersion'])}`,
    ...rowsOf(body, 'notes').map(
      note => `note       ${String(note['gate'])} would be ${String(note['wouldBe'])} (${String(note['rule'])})`,
    ),
    'walk:',
    ...rowsOf(body, 'walk').map(
      step =>
        `  ${step['said'] === 'pass' ? '✓' : '✗'} ${String(step['gate']).padEnd(26)} ${String(step['said'])}${step['said'] === 'pass' ? '' : `\n      ${JSON.stringify(step['facts'])}`}`,
    ),
  ]
}
