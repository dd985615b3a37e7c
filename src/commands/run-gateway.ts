import type { RoomsOptions } from '../composition/rooms.ts'
import type { Configuration } from '../config/check.ts'
import { formatProblem } from '../config/problem.ts'
import { type ConfigurationWatch, type Reload, watchConfiguration } from '../config/watch.ts'
import { type Gateway, openGateway } from '../gateway.ts'
import type { ReloadOutcome } from '../operator/rooms.ts'

/** A gateway with its files watched: what `serve` and the demo run. */
export interface RunningGateway {
  readonly gateway: Gateway
  reload(): Promise<Reload>
  close(graceMs: number): Promise<void>
}

export interface RunOptions extends RoomsOptions {
  readonly configuration: Configuration
}

export async function runGateway(options: RunOptions): Promise<RunningGateway> {
  const { configuration, config, clock } = options
  const gateway = await openGateway({
    ...options,
    reload: async () => outcomeOf(await watch.reload(), gateway.waitingKeys),
  })
  let isClosing = false
  const watch: ConfigurationWatch = watchConfiguration({
    configuration,
    clock,
    digest: config.digest,
    adopt: next => gateway.adopt(next),
    report(reload) {
      // A stop breaks off what a reload was at: that is no trouble.
      if (!(isClosing && reload.kind === 'failed')) report(gateway, reload)
    },
  })
  return {
    gateway,
    reload: () => watch.reload(),
    async close(graceMs) {
      isClosing = true
      watch[Symbol.dispose]()
      await gateway.close(graceMs)
    },
  }
}

function outcomeOf(reload: Reload, waitForRestart: readonly string[]): ReloadOutcome {
  switch (reload.kind) {
    case 'adopted':
      return { kind: 'reloaded', digest: reload.digest, testsRun: reload.testsRun, waitForRestart }
    case 'unchanged':
      return { kind: 'reloaded', digest: 'unchanged', testsRun: 0, waitForRestart }
    case 'refused':
      return { kind: 'refused', problems: reload.problems.map(formatProblem) }
    case 'failed':
      return { kind: 'refused', problems: [String(reload.cause)] }
    default:
      return reload satisfies never
  }
}

function report({ rooms: { journal }, waitingKeys }: Gateway, reload: Reload): void {
  switch (reload.kind) {
    case 'adopted':
      journal.configurationLoaded({ digest: reload.digest, testsRun: reload.testsRun, waitForRestart: waitingKeys })
      return
    case 'refused':
      journal.configurationRefused(reload.problems.map(formatProblem))
      return
    case 'failed':
      journal.trouble('reload', reload.cause)
      return
    case 'unchanged':
      return
    default:
      reload satisfies never
  }
}
