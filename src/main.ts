import { parseArgs } from 'node:util'
import { auditCommand } from './commands/audit.ts'
import { checkCommand } from './commands/check.ts'
import { type Command, exitCodes, type Terminal, UsageError } from './commands/command.ts'
import { demoCommand } from './commands/demo.ts'
import { devicesCommand } from './commands/devices.ts'
import { explainCommand } from './commands/explain.ts'
import { keysCommand } from './commands/keys.ts'
import { orgsCommand } from './commands/orgs.ts'
import { outboxCommand } from './commands/outbox.ts'
import { serveCommand } from './commands/serve.ts'
import { sessionsCommand } from './commands/sessions.ts'
import { statusCommand } from './commands/status.ts'
import { usersCommand } from './commands/users.ts'

// argv -> command. The only file that looks at the process; everything else is handed what it needs.

const commands: Readonly<Record<string, Command>> = {
  serve: serveCommand,
  demo: demoCommand,
  check: checkCommand,
  explain: explainCommand,
  users: usersCommand,
  orgs: orgsCommand,
  sessions: sessionsCommand,
  devices: devicesCommand,
  keys: keysCommand,
  audit: auditCommand,
  outbox: outboxCommand,
  status: statusCommand,
}

const everywhere = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const

const terminal: Terminal = {
  out: line => void process.stdout.write(`${line}\n`),
  err: line => void process.stderr.write(`${line}\n`),
  environment: process.env,
  onSignal(signal, callback) {
    if (signal === 'hang-up') process.on('SIGHUP', callback)
    else for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, callback)
  },
}

async function main(argv: readonly string[]): Promise<number> {
  const [name = '', ...rest] = argv
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) return overview(name)
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: { ...command.options, ...everywhere },
      allowPositionals: true,
      strict: true,
    })
    if (values.help === true) {
      terminal.out(command.help)
      return exitCodes.done
    }
    return await command.run({ words: positionals, options: values, terminal })
  } catch (cause) {
    return explainFailure(name, command, cause)
  }
}

function overview(name: string): number {
  const asked = name === '' || name === '--help' || name === '-h' || name === 'help'
  const write = asked ? terminal.out : terminal.err
  if (!asked) write(`sekisho: there is no command "${name}"\n`)
  write('usage: sekisho COMMAND [--help]\n')
  for (const [each, { summary }] of Object.entries(commands)) write(`  ${each.padEnd(10)} ${summary}`)
  return asked ? exitCodes.done : exitCodes.usage
}

function explainFailure(name: string, command: Command, cause: unknown): number {
  const message = cause instanceof Error ? cause.message : String(cause)
  terminal.err(`sekisho ${name}: ${message}`)
  const misused = cause instanceof UsageError || (cause instanceof TypeError && 'code' in cause)
  if (misused) terminal.err(`\n${command.help}`)
  return misused ? exitCodes.usage : exitCodes.unreachable
}

const code = await main(process.argv.slice(2))
// Standard output may still hold lines for a slow reader: set the code and let the process end by itself where nothing is open.
process.exitCode = code
if (process.argv[2] !== 'serve' && process.argv[2] !== 'demo') process.stdout.write('', () => process.exit(code))
