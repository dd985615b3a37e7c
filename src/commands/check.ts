import { checkConfiguration } from '../config/check.ts'
import { formatProblem } from '../config/problem.ts'
import { type Command, exitCodes, flag } from './command.ts'
import { configurationHelp, configurationOf, configurationOptions } from './load.ts'

/** `sekisho check`: what a start and every reload check, without starting anything. */
export const checkCommand: Command = {
  help: `usage: sekisho check [--config FILE] [--policies DIR] [--json]
${configurationHelp}
All problems are told at once, each with file:line:column. exit codes: 0 good, 1 not good`,
  options: configurationOptions,
  async run(call) {
    const checked = await checkConfiguration(configurationOf(call))
    const { terminal } = call
    if (flag(call, 'json')) {
      terminal.out(
        JSON.stringify(
          checked.kind === 'good'
            ? { good: true, digest: checked.digest, testsRun: checked.testsRun }
            : { good: false, problems: checked.problems },
          null,
          2,
        ),
      )
      return checked.kind === 'good' ? exitCodes.done : exitCodes.refused
    }
    if (checked.kind === 'good') {
      const { config, testsRun, digest } = checked
      terminal.out(
        `good: ${config.routes.routes.length} routes, ${config.organizations.length} organizations, ${testsRun} policy tests passed, version ${digest.slice(0, 12)}`,
      )
      return exitCodes.done
    }
    for (const problem of checked.problems) terminal.err(formatProblem(problem))
    terminal.err(`${checked.problems.length} ${checked.problems.length === 1 ? 'problem' : 'problems'}`)
    return exitCodes.refused
  },
}
