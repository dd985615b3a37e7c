import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface CliResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

const sekisho = fileURLToPath(new URL('../../bin/sekisho', import.meta.url))

/** Runs the CLI as an operator does, in a process of its own. */
export function runCli(words: readonly string[]): Promise<CliResult> {
  return new Promise(resolve => {
    execFile(sekisho, [...words], { encoding: 'utf8', timeout: 60_000 }, (cause, out, err) => {
      const code = cause === null ? 0 : typeof cause.code === 'number' ? cause.code : -1
      resolve({ code, out, err })
    })
  })
}
