import { readFileSync } from 'node:fs'
import { type Call, type Command, requiredOption, requiredWord, textOption, UsageError } from './command.ts'
import { isRecord, operatorHelp, operatorOptions, outcome, rowsOf, table, withOperator } from './with-operator.ts'

const help = `usage: sekisho users ACT [EMAIL] [options]

  list [--organization SLUG] [--search TEXT]
  add EMAIL --name NAME [--organization SLUG] [--role ROLE]... [--language en|ja] [--password-file FILE]
        without a password file the person is invited by mail
  invite EMAIL                       mails the invitation again
  require-reset EMAIL --reason TEXT [--since TIME]
        from the next request on nothing is forwarded; second factors added since TIME are set aside
  withdraw-reset EMAIL
  suspend EMAIL | resume EMAIL
  roles EMAIL --role ROLE...         person, user_administrator, administrator
  exempt EMAIL --reason TEXT [--until TIME]     past the organization's networks
  end-exemption EMAIL
  remove-factor EMAIL --factor ID    (the person is told)
${operatorHelp}`

/** `sekisho users`: people, forced resets, suspension. */
export const usersCommand: Command = {
  help,
  options: {
    ...operatorOptions,
    name: { type: 'string' },
    organization: { type: 'string' },
    search: { type: 'string' },
    role: { type: 'string', multiple: true },
    language: { type: 'string' },
    'password-file': { type: 'string' },
    reason: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    factor: { type: 'string' },
  },
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    if (act === 'list') return list(call)
    const body = Object.hasOwn(bodies, act) ? bodies[act] : undefined
    if (body === undefined) throw new UsageError(`there is no act "${act}"`)
    const path = act === 'add' ? '/api/users' : `/api/users/${act}`
    const email = requiredWord(call, 1, 'the e-mail address')
    const content = { email, ...body(call) }
    return withOperator(call, operator => operator.post(path, content), outcome)
  },
}

const bodies: Readonly<Record<string, (call: Call) => Readonly<Record<string, unknown>>>> = {
  add: call => ({
    name: requiredOption(call, 'name'),
    roles: rolesOf(call),
    organization: textOption(call, 'organization') ?? null,
    language: textOption(call, 'language') ?? 'en',
    password: passwordOf(call),
  }),
  invite: () => ({}),
  'require-reset': call => ({ reason: requiredOption(call, 'reason'), since: textOption(call, 'since') ?? null }),
  'withdraw-reset': () => ({}),
  suspend: () => ({}),
  resume: () => ({}),
  roles: call => ({ roles: rolesOf(call) }),
  exempt: call => ({ reason: requiredOption(call, 'reason'), until: textOption(call, 'until') ?? null }),
  'end-exemption': () => ({}),
  'remove-factor': call => ({ factor: requiredOption(call, 'factor') }),
}

function list(call: Call): Promise<number> {
  const query = new URLSearchParams()
  for (const name of ['organization', 'search']) {
    const value = textOption(call, name)
    if (value !== undefined) query.set(name, value)
  }
  return withOperator(
    call,
    operator => operator.get(`/api/users?${query}`),
    body =>
      table(
        rowsOf(body, 'users').map(row => ({ ...row, factors: kindsOf(row['factors']) })),
        ['email', 'name', 'organization', 'roles', 'state', 'factors', 'resetRequired', 'lastSignInAt'],
      ),
  )
}

function kindsOf(factors: unknown): readonly string[] {
  if (!Array.isArray(factors)) return []
  return factors
    .filter(isRecord)
    .map(({ kind, setAside }) => `${String(kind)}${setAside === true ? ' (set aside)' : ''}`)
}

function rolesOf(call: Call): readonly string[] {
  const given = call.options['role']
  return Array.isArray(given) ? given.map(String) : ['person']
}

/** From a file, never from the command line: arguments stand in the process list and the shell's history. */
function passwordOf(call: Call): string | null {
  const file = textOption(call, 'password-file')
  return file === undefined ? null : readFileSync(file, 'utf8').replace(/\r?\n$/, '')
}
