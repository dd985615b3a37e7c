import type { ParseArgsOptionsConfig } from 'node:util'

/** One command of the CLI. Exit codes: 0 done, 1 refused or found wanting, 2 called wrongly, 3 the gateway or its store cannot be reached. */
export interface Command {
  /** Lines of `--help` under the usage. */
  readonly help: string
  readonly options: ParseArgsOptionsConfig
  run(call: Call): Promise<number>
}

export interface Call {
  /** What stands after the command's name, options taken out. */
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>
  readonly terminal: Terminal
}

/** Where a command reads and writes: the process's own streams, or a test's. */
export interface Terminal {
  out(line: string): void
  err(line: string): void
  /** Writes over the line that it wrote last; absent where nobody looks at a terminal. */
  readonly progress?: (line: string) => void
  readonly environment: Readonly<Record<string, string | undefined>>
  /** A reload is asked for (SIGHUP). */
  onHangUp(callback: () => void): void
  /** The process has to end; it is ended by force soon after when it does not. */
  onEnd(callback: (why: Ending) => void): void
}

/** `asked`: SIGTERM or SIGINT. `broken`: something that nobody caught; what still holds is unknown, and nothing may be waited for. */
export type Ending = { readonly kind: 'asked' } | { readonly kind: 'broken'; readonly cause: unknown }

export const exitCodes = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const

/** A call that cannot be understood: printed with the usage, exit code 2. */
export class UsageError extends Error {}

export function textOption(call: Call, name: string): string | undefined {
  const value = call.options[name]
  return typeof value === 'string' ? value : undefined
}

export function requiredOption(call: Call, name: string): string {
  const value = textOption(call, name)
  if (value === undefined || value === '') throw new UsageError(`--${name} is needed`)
  return value
}

export function requiredWord(call: Call, position: number, what: string): string {
  const word = call.words[position]
  if (word === undefined) throw new UsageError(`${what} is missing`)
  return word
}

export function flag(call: Call, name: string): boolean {
  return call.options[name] === true
}
