import { checkConfiguration } from '../config/check.ts'
import { formatProblem } from '../config/problem.ts'
import { systemClock } from '../lib/clock.ts'
import { secureRandom } from '../lib/random.ts'
import { type Call, type Command, type Ending, exitCodes, textOption } from './command.ts'
import { configurationHelp, configurationOf, configurationOptions } from './load.ts'
import type { RunningGateway } from './run-gateway.ts'

/** `sekisho serve`: the gateway. */
export const serveCommand: Command = {
  help: `usage: sekisho serve [--config FILE] [--policies DIR] [--grace SECONDS]
${configurationHelp}
  --grace SECONDS   how long a stop waits for what has begun (default 20)
SIGHUP and changed files reload, all or nothing; SIGHUP also opens the log file anew; SIGTERM and SIGINT stop. exit codes: 0 stopped, 1 files not good, or broken, or asked to stop twice, 3 cannot start`,
  options: { ...configurationOptions, grace: { type: 'string' } },
  async run(call) {
    const configuration = configurationOf(call)
    const checked = await checkConfiguration(configuration)
    if (checked.kind === 'bad') {
      for (const problem of checked.problems) call.terminal.err(formatProblem(problem))
      return exitCodes.refused
    }
    const followHangUps = hearHangUps(call)
    const { config } = checked
    if (config.development.insecureCookies)
      call.terminal.err('WARNING: insecure cookies are switched on. Never use this where anybody else can connect.')
    if (config.mail.transport.kind === 'mailbox')
      call.terminal.err(
        'WARNING: mail.transport is mailbox: no mail leaves this machine. Never use this where people sign in.',
      )
    // Loaded only now: files that are not good are told of before the gateway's code has been read.
    const { runGateway } = await import('./run-gateway.ts')
    const running = await runGateway({
      configuration,
      config,
      dataDir: config.dataDir,
      clock: systemClock,
      random: secureRandom,
      log: { level: config.log.level, ...(config.log.file === null ? {} : { file: config.log.file }) },
    })
    call.terminal.err(
      `sekisho listens on ${config.tls === null ? 'http' : 'https'}://${running.gateway.address}; operators: http://${running.gateway.operator.address}, ${running.gateway.operator.socketPath}`,
    )
    return endWhenAsked(call, running, graceMs(call), followHangUps)
  },
}

const graceSecondsDefault = 20

function graceMs(call: Call): number {
  const seconds = Number(textOption(call, 'grace') ?? graceSecondsDefault)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : graceSecondsDefault * 1000
}

/** Hears SIGHUP from now on, for unheard it ends a process: one that comes in the middle of a start is followed behind it. */
function hearHangUps({ terminal }: Call): (follow: () => void) => void {
  let followed: (() => void) | null = null
  let came = false
  terminal.onHangUp(() => {
    if (followed === null) came = true
    else followed()
  })
  return follow => {
    followed = follow
    if (came) follow()
  }
}

/** Runs until the first signal to end, or until something broke. */
export async function endWhenAsked(
  { terminal }: Call,
  running: RunningGateway,
  graceMs: number,
  followHangUps: (follow: () => void) => void = terminal.onHangUp,
): Promise<number> {
  followHangUps(() => {
    running.gateway.rooms.journal.reopen()
    void running.reload()
  })
  const why = await new Promise<Ending>(resolve => terminal.onEnd(resolve))
  if (why.kind === 'broken') running.gateway.rooms.journal.trouble('nobody caught it', why.cause)
  await running.close(why.kind === 'broken' ? 0 : graceMs)
  return why.kind === 'broken' ? exitCodes.refused : exitCodes.done
}
