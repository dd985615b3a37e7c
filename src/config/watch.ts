import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Cancel, Clock } from '../lib/clock.ts'
import { type Configuration, checkConfiguration, readDigest } from './check.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { Problem } from './problem.ts'

/** What came of one reload. */
export type Reload =
  | { readonly kind: 'adopted'; readonly digest: string; readonly testsRun: number }
  /** The files say what they said before. */
  | { readonly kind: 'unchanged' }
  /** The old configuration stays as a whole. */
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'failed'; readonly cause: unknown }

export interface ConfigurationWatch extends Disposable {
  /** Reads everything again now (SIGHUP, an operator); also adopts unchanged files, because a secret beside them may have changed. */
  reload(): Promise<Reload>
}

export interface WatchOptions {
  readonly configuration: Configuration
  readonly clock: Clock
  /** Of what is in force. */
  readonly digest: string
  /** Puts a new configuration in force. When it throws, the old one is still the one in force. */
  readonly adopt: (config: GatewayConfig) => void | Promise<void>
  readonly report: (reload: Reload) => void
}

/** Editors and deployments write files in several steps: they are read when they have been quiet for so long. */
const quietMs = 200
/** Files that change while they are read are read again, so often; then the next change has to bring them. */
const rereadsMax = 5

/** Watches the files and reloads when they change: all or nothing, one after the other. */
export function watchConfiguration(options: WatchOptions): ConfigurationWatch {
  const { configuration, clock, report } = options
  const reloader = createReloader(options)
  let cancel: Cancel = () => {}
  const changed = () => {
    cancel()
    cancel = clock.after(quietMs, () => void reloader.reload(false))
  }
  const failed = (cause: unknown) => report({ kind: 'failed', cause })
  const watchers = openWatchers(configuration, changed, failed)
  return {
    reload: () => reloader.reload(true),
    [Symbol.dispose]() {
      cancel()
      for (const watcher of watchers) watcher.close()
    },
  }
}

function createReloader({ configuration, digest, adopt, report }: WatchOptions) {
  let inForce = digest
  const once = async (always: boolean): Promise<Reload> => {
    const checked = await checkWhileQuiet(configuration)
    if (checked.kind === 'bad') return { kind: 'refused', problems: checked.problems }
    if (checked.digest === inForce && !always) return { kind: 'unchanged' }
    await adopt(checked.config)
    inForce = checked.digest
    return { kind: 'adopted', digest: checked.digest, testsRun: checked.testsRun }
  }
  let last: Promise<unknown> = Promise.resolve()
  return {
    reload(always: boolean): Promise<Reload> {
      const next = last.then(async () => {
        const outcome = await once(always).catch((cause: unknown): Reload => ({ kind: 'failed', cause }))
        report(outcome)
        return outcome
      })
      last = next
      return next
    },
  }
}

/** Files that are being written may be valid by chance, half of them: what was checked has to be what lies there now. */
async function checkWhileQuiet(configuration: Configuration) {
  for (let rereads = 0; ; rereads++) {
    const checked = await checkConfiguration(configuration)
    if (checked.kind === 'bad' || rereads === rereadsMax) return checked
    if ((await readDigest(configuration)) === checked.digest) return checked
  }
}

function openWatchers(
  { gatewayFile, policiesFolder }: Configuration,
  changed: () => void,
  failed: (cause: unknown) => void,
): readonly FSWatcher[] {
  // Names that begin with two dots are how mounted configuration (Kubernetes) is exchanged as a whole.
  const concerns = (name: string | null, ours: (name: string) => boolean) =>
    name === null || name.startsWith('..') || ours(basename(name))
  const open = (folder: string, recursive: boolean, ours: (name: string) => boolean) => {
    const watcher = watch(folder, { recursive, persistent: false }, (_event, name) => {
      if (concerns(name, ours)) changed()
    })
    return watcher.on('error', failed)
  }
  return [
    open(dirname(gatewayFile), false, name => name === basename(gatewayFile)),
    open(policiesFolder, true, name => /\.ya?ml$/.test(name)),
  ]
}
