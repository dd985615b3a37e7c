import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Call } from './command.ts'

const everywhere = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const

/** What was typed after the command's name. Throws a TypeError with a sentence for people where it cannot be understood. */
export function readArguments(
  typed: readonly string[],
  options: ParseArgsOptionsConfig,
): Pick<Call, 'words' | 'options'> & { readonly wantsHelp: boolean } {
  const { values, positionals } = parseArgs({
    args: typed.map(guard),
    options: { ...options, ...everywhere },
    allowPositionals: true,
    strict: true,
  })
  const read = Object.entries(values).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(bare) : bare(value),
  ])
  return { words: positionals.map(bare), options: Object.fromEntries(read), wantsHelp: values.help === true }
}

/** Ids are base64url: one in 64 begins with a hyphen. The one short option is -h, so such a word is never an option; NUL is in no argument. */
const mark = '\0'

function guard(word: string): string {
  return /^-[^-]/.test(word) && word !== '-h' ? mark + word : word
}

function bare<Value>(value: Value): Value | string {
  return typeof value === 'string' && value.startsWith(mark) ? value.slice(mark.length) : value
}
