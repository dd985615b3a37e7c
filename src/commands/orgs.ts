import { type Call, type Command, requiredOption, requiredWord, textOption, UsageError } from './command.ts'
import { domainsHelp, domainsOptions, runDomains } from './org-domains.ts'
import { isRecord, operatorHelp, operatorOptions, outcome, rowsOf, table, withOperator } from './with-operator.ts'

const help = `usage: sekisho orgs ACT [SLUG] [options]

  list
  add SLUG --name NAME
  networks SLUG NETWORK... [--mode enforce|report]   replaces the list; open connections from elsewhere are cut
  lift-networks SLUG                                 no restriction any more
  second-factor SLUG [--role ROLE|all]... [--from TIME]   without a role: not demanded
  devices SLUG any|approved-mobile|approved
  roles SLUG ROLE...   what its identity provider may give and take; what people have already been given stays
${domainsHelp}
Organizations from policies/ are changed there.
${operatorHelp}`

/** `sekisho orgs`: organizations and their rules. */
export const orgsCommand: Command = {
  help,
  options: {
    ...operatorOptions,
    name: { type: 'string' },
    mode: { type: 'string' },
    role: { type: 'string', multiple: true },
    from: { type: 'string' },
    ...domainsOptions,
  },
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    if (act === 'list') return list(call)
    if (act === 'domains') return runDomains(call)
    const body = Object.hasOwn(bodies, act) ? bodies[act] : undefined
    if (body === undefined) throw new UsageError(`there is no act "${act}"`)
    const slug = requiredWord(call, 1, 'the organization')
    const [path, content] = act === 'add' ? ['/api/orgs', { slug }] : [`/api/orgs/${act}`, { organization: slug }]
    const whole = { ...content, ...body(call) }
    return withOperator(call, operator => operator.post(path, whole), outcome)
  },
}

const bodies: Readonly<Record<string, (call: Call) => Readonly<Record<string, unknown>>>> = {
  add: call => ({ name: requiredOption(call, 'name') }),
  networks: call => ({ networks: call.words.slice(2), mode: textOption(call, 'mode') ?? null }),
  'lift-networks': () => ({}),
  'second-factor': call => ({ roles: call.options['role'] ?? [], from: textOption(call, 'from') ?? null }),
  devices: call => ({ devices: requiredWord(call, 2, 'which devices') }),
  roles: call => ({ roles: call.words.slice(2).flatMap(word => word.split(',')) }),
}

function list(call: Call): Promise<number> {
  return withOperator(
    call,
    operator => operator.get('/api/orgs'),
    body =>
      table(rowsOf(body, 'organizations').map(flatten), [
        'slug',
        'name',
        'managedBy',
        'networks',
        'mode',
        'devices',
        'secondFactor',
      ]),
  )
}

function flatten(row: Record<string, unknown>): Record<string, unknown> {
  const rules = isRecord(row['rules']) ? row['rules'] : {}
  const networks = Array.isArray(rules['networks'])
    ? rules['networks'].filter(isRecord).map(({ network }) => network)
    : null
  return {
    ...row,
    networks,
    mode: rules['networksMode'],
    devices: rules['devices'],
    secondFactor: rules['secondFactor'],
  }
}
