import { readFileSync } from 'node:fs'
import { type Call, type Command, requiredOption, requiredWord, textOption, UsageError } from './command.ts'
import { exportUsers, filterHelp, filterOptions, listUsers, showUser } from './users-list.ts'
import { operatorHelp, operatorOptions, outcome, withOperator } from './with-operator.ts'

const help = `usage: sekisho users ACT [EMAIL] [options]

  list [FILTER]... [--limit N] [--after ID]
  show EMAIL                         one person: factors, sessions, devices, flags, last mails
  export --kind information|usage|second-factor [FILTER]... [--out FILE]
        CSV that spreadsheets open as text; who exported what, and how many, stands in the audit trail
  hand-over EMAIL --reason TEXT      a code for somebody who lost the mailbox; shown once, valid for 30 minutes
        the person is told at once, and is still asked for the second factor
  add EMAIL --name NAME [--organization SLUG] [--role ROLE]... [--language en|ja] [--password-file FILE]
        without a password file the person is invited by mail
  invite EMAIL                       mails the invitation again
  require-reset EMAIL --reason TEXT [--since TIME]
        from the next request on nothing is forwarded; second factors added since TIME are set aside
  withdraw-reset EMAIL
  suspend EMAIL | resume EMAIL
  release-hold EMAIL                 its right password was used inside an attack; sign-ins from unknown devices wait for a
        mailed code until its owner gives one, chooses a new password, or you are sure that it was the owner
  roles EMAIL --role ROLE...         person, user_administrator, administrator
  exempt EMAIL --reason TEXT [--until TIME]     past the organization's networks
  end-exemption EMAIL
  remove-factor EMAIL --factor ID    (the person is told)
filters:${filterHelp}
${operatorHelp}`

/** `sekisho users`: people, forced resets, suspension. */
export const usersCommand: Command = {
  help,
  options: {
    ...operatorOptions,
    name: { type: 'string' },
    ...filterOptions,
    role: { type: 'string', multiple: true },
    language: { type: 'string' },
    'password-file': { type: 'string' },
    reason: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
  },
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    if (act === 'list') return listUsers(call)
    if (act === 'export') return exportUsers(call)
    if (act === 'show') return showUser(call)
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
  'hand-over': call => ({ reason: requiredOption(call, 'reason') }),
  suspend: () => ({}),
  resume: () => ({}),
  'release-hold': () => ({}),
  roles: call => ({ roles: rolesOf(call) }),
  exempt: call => ({ reason: requiredOption(call, 'reason'), until: textOption(call, 'until') ?? null }),
  'end-exemption': () => ({}),
  'remove-factor': call => ({ factor: requiredOption(call, 'factor') }),
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
