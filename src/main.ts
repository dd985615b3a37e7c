import { type Command, exitCodes, type Terminal, UsageError } from './commands/command.ts'
import { readArguments } from './commands/read-arguments.ts'
import { systemClock } from './lib/clock.ts'

// argv -> command. The only file that looks at the process; everything else is handed what it needs.

// Loaded when called: most commands only speak to the gateway, and must not wait for everything that it is made of.
const commands: Readonly<Record<string, Entry>> = {
  serve: {
    summary: 'run the gateway',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  demo: {
    summary: 'run the gateway with a demo chat, seeded people and a mailbox',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  check: {
    summary: 'check configuration and policies, and run the policy tests',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  explain: {
    summary: 'why a request was refused (by its receipt), or what would happen to one',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  users: {
    summary: 'people: list, add, require a reset, suspend, exempt',
    load: async () => (await import('./commands/users.ts')).usersCommand,
  },
  orgs: {
    summary: 'organizations: list, add, networks, second factor, devices, e-mail domains',
    load: async () => (await import('./commands/orgs.ts')).orgsCommand,
  },
  sso: {
    summary: 'single sign-on of an organization: metadata, import, test, on, show, promote, off, keys',
    load: async () => (await import('./commands/sso.ts')).ssoCommand,
  },
  prove: {
    summary: 'shows what is promised: that single sign-on leaves no local way in',
    load: async () => (await import('./commands/prove.ts')).proveCommand,
  },
  'reset-campaign': {
    summary: 'a reset of many passwords: plan, start, status, pause, resume, abort, remind, export',
    load: async () => (await import('./commands/reset-campaign.ts')).resetCampaignCommand,
  },
  sessions: {
    summary: 'sessions of a person: list, end',
    load: async () => (await import('./commands/sessions.ts')).sessionsCommand,
  },
  bans: {
    summary: 'who is shut out, by operators and by failed tries: list, add, remove',
    load: async () => (await import('./commands/bans.ts')).bansCommand,
  },
  threats: {
    summary: 'attacks that were noticed: list, show, undo a false alarm',
    load: async () => (await import('./commands/threats.ts')).threatsCommand,
  },
  devices: {
    summary: 'devices of a person: list, approve',
    load: async () => (await import('./commands/devices.ts')).devicesCommand,
  },
  leaks: {
    summary: 'leaked passwords: coverage, check',
    load: async () => (await import('./commands/leaks.ts')).leaksCommand,
  },
  keys: {
    summary: 'signing keys: list, rotate',
    load: async () => (await import('./commands/keys.ts')).keysCommand,
  },
  audit: {
    summary: 'the audit trail: list, verify',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  outbox: {
    summary: 'mails: waiting, sent, failed, ambiguous',
    load: async () => (await import('./commands/outbox.ts')).outboxCommand,
  },
  notices: {
    summary: 'notices of sign-ins: preview how many mails other settings would mean',
    load: async () => (await import('./commands/notices.ts')).noticesCommand,
  },
  status: {
    summary: 'the running gateway: its state; "status reload" reads the files again',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
}

interface Entry {
  readonly summary: string
  load(): Promise<Command>
}

const terminal: Terminal = {
  out: line => void process.stdout.write(`${line}\n`),
  err: line => void process.stderr.write(`${line}\n`),
  ...(process.stderr.isTTY ? { progress: line => void process.stderr.write(`\r\x1b[2K${line}`) } : {}),
  environment: process.env,
  onHangUp: callback => void process.on('SIGHUP', callback),
  onEnd(callback) {
    for (const name of ['SIGTERM', 'SIGINT'] as const)
      process.on(name, () => {
        // Whoever asks twice does not want to wait for what has begun. One Ctrl-C arrives twice under npm, which hands on what the terminal
        // has sent already: what comes at once is one asking.
        if (ending && systemClock.monotonicMs() - askedMs > sameAskingMs) process.exit(exitCodes.refused)
        if (ending) return
        ending = true
        askedMs = systemClock.monotonicMs()
        callback({ kind: 'asked' })
      })
    whenBroken = cause => callback({ kind: 'broken', cause })
  },
}

/** A stop has begun. */
let ending = false
let askedMs = 0
const sameAskingMs = 300
/** How the running command is told that something broke; until it can be, the process ends at once. */
let whenBroken: (cause: unknown) => void = () => process.exit(exitCodes.refused)
/** ASVS 16.5.4 with a limit: two seconds, most of them for what a busy machine adds. */
const brokenMs = 1_000
/** For the last lines of the log. */
const lingerMs = 250

/** The last resort for what no handler caught: said, then no more connections, then the end. What still holds is unknown, so nothing goes on. */
function endWhenBroken(): void {
  let broken = false
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (cause: unknown) => {
      const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
      terminal.err(`sekisho: ${event}, ending: ${said.replaceAll(/\s+/g, ' ')}`)
      // A stop that breaks, or breaking twice: nothing orderly is left to be hoped for.
      if (ending || broken) process.exit(exitCodes.refused)
      broken = true
      systemClock.after(brokenMs, () => process.exit(exitCodes.refused))
      whenBroken(cause)
    })
}

async function main(argv: readonly string[]): Promise<number> {
  const [name = '', ...rest] = argv
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined) return overview(name)
  const command = await entry.load()
  try {
    const { words, options, wantsHelp } = readArguments(rest, command.options)
    if (wantsHelp) {
      terminal.out(command.help)
      return exitCodes.done
    }
    return await command.run({ words, options, terminal })
  } catch (cause) {
    return explainFailure(name, command, cause)
  }
}

function overview(name: string): number {
  const asked = name === '' || name === '--help' || name === '-h' || name === 'help'
  const write = asked ? terminal.out : terminal.err
  if (!asked) write(`sekisho: there is no command "${name}"\n`)
  write('usage: sekisho COMMAND [--help]\n')
  const width = Math.max(...Object.keys(commands).map(each => each.length))
  for (const [each, { summary }] of Object.entries(commands)) write(`  ${each.padEnd(width)}  ${summary}`)
  return asked ? exitCodes.done : exitCodes.usage
}

function explainFailure(name: string, command: Command, cause: unknown): number {
  const message = cause instanceof Error ? cause.message : String(cause)
  terminal.err(`sekisho ${name}: ${message}`)
  const misused = cause instanceof UsageError || (cause instanceof TypeError && 'code' in cause)
  if (misused) terminal.err(`\n${command.help}`)
  return misused ? exitCodes.usage : exitCodes.unreachable
}

const runsGateway = process.argv[2] === 'serve' || process.argv[2] === 'demo'
if (runsGateway) endWhenBroken()
const code = await main(process.argv.slice(2))
// Standard output may still hold lines for a slow reader: set the code and let the process end by itself where nothing is open.
process.exitCode = code
// A gateway that could not start has left what it had opened by then.
const closedAll = runsGateway && code === exitCodes.done
if (!closedAll) process.stdout.write('', () => process.exit(code))
// What is open after all of it was closed holds nobody up.
else systemClock.after(lingerMs, () => process.exit(code))
