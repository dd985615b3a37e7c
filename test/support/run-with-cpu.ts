import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CliResult } from './cli.ts'

const sekisho = fileURLToPath(new URL('../../bin/sekisho', import.meta.url))

// The shell's last word: the time of its children, as `0m1.230000s 0m0.120000s` (POSIX `times`).
const script = '"$@"; code=$?; times >&2; exit $code'

/** Runs the CLI, and says how much processor time it took: that hardly depends on who else is busy, as the time on the wall does. */
export function runWithCpu(words: readonly string[]): Promise<CliResult & { readonly cpuSeconds: number }> {
  return new Promise(resolve => {
    const options = { encoding: 'utf8', timeout: 60_000 } as const
    execFile('sh', ['-c', script, 'sh', sekisho, ...words], options, (cause, out, err) => {
      const code = cause === null ? 0 : typeof cause.code === 'number' ? cause.code : -1
      const spent = [...(err.trimEnd().split('\n').at(-1) ?? '').matchAll(/([0-9]+)m([0-9.]+)s/g)]
      const cpuSeconds = spent.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0)
      resolve({ code, out, err, cpuSeconds })
    })
  })
}
