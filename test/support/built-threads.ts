import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

// A thread reads its program anew: for that of the store, two hundred files with types to strip, more work than most tests do. A run of
// the tests makes one file of each program first, from the sources as they are then. Processes that tests start run the sources themselves.

const root = new URL('../../', import.meta.url).pathname
const built = join(root, 'node_modules/.sekisho-tests')

/** Who starts the thread, and the program as it is named there. */
const threads = [
  { file: 'src/stores/sqlite/link.ts', program: './worker.ts' },
  { file: 'src/people/strength.ts', program: './strength-worker.ts' },
] as const

/** Vitest's global setup: once per run, before any test. */
export async function setup(): Promise<void> {
  mkdirSync(built, { recursive: true })
  for (const thread of threads) {
    const bundle = await rolldown({ input: join(root, thread.file, '..', thread.program), platform: 'node' })
    // Renamed when it is whole: another run in this tree may be reading.
    const half = `${builtPath(thread.program)}.${process.pid}`
    await bundle.write({ file: half, format: 'esm', codeSplitting: false })
    await bundle.close()
    renameSync(half, builtPath(thread.program))
  }
}

/** Leads those who start the threads to the built programs. */
export function builtThreads() {
  return {
    name: 'built-threads',
    enforce: 'pre' as const,
    transform(code: string, id: string) {
      const thread = threads.find(({ file }) => id === join(root, file))
      if (thread === undefined) return null
      const named = `new URL('${thread.program}', import.meta.url)`
      if (!code.includes(named)) throw new Error(`${thread.file} does not start ${thread.program} as expected`)
      return { code: code.replace(named, `new URL('file://${builtPath(thread.program)}')`), map: null }
    },
  }
}

function builtPath(program: string): string {
  return join(built, program.replace(/\.ts$/, '.mjs'))
}
