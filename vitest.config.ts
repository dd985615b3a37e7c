import { defineConfig } from 'vitest/config'
import { builtThreads } from './test/support/built-threads.ts'
import { LongestFirst } from './test/support/longest-first.ts'

if (Number.parseInt(process.versions.node, 10) < 24)
  throw new Error(
    `on Node ${process.versions.node}; the tests run on the pinned one: PATH=node_modules/.bin:$PATH vitest run`,
  )

// Real sockets, real stores, real browsers: files run side by side, but never more of them than the machine has cores.
export default defineConfig({
  plugins: [builtThreads()],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: './test/support/built-threads.ts',
    // Processes that tests start find what the ones before them compiled.
    env: { NODE_COMPILE_CACHE: new URL('node_modules/.sekisho-tests/compiled', import.meta.url).pathname },
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // What is awaited comes; on a busy machine it comes later than within the usual second.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
})
