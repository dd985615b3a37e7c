// What a commit must pass, without running the product: types, lint, format, walls, documents. All parts are run, whatever fails, and
// all failures are shown at once. Exit code 0 or 1; 130 and 143 when it was stopped.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'node_modules/.bin')

// The slowest first, so that the others fit beside it.
const parts = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint with types', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  {
    name: 'walls',
    command: ['vitest', 'run', '--reporter=dot', 'test/architecture.test.ts', 'test/house/unused-exports.test.ts'],
  },
  {
    name: 'documents',
    command: [
      'vitest',
      'run',
      '--reporter=dot',
      'test/house/docs.test.ts',
      'test/house/headers.test.ts',
      'test/house/dependencies.test.ts',
      'test/house/metrics-doc.test.ts',
      'test/house/named-files.test.ts',
      'test/house/notices-doc.test.ts',
      'test/house/refusals-doc.test.ts',
      'test/house/single-sign-on-doc.test.ts',
      'test/config/schema-file.test.ts',
    ],
  },
  { name: 'lint', command: ['biome', 'lint', '--error-on-warnings', '.'] },
  { name: 'format', command: ['biome', 'check', '--linter-enabled=false', '--error-on-warnings', '.'] },
]

const running = new Set()
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.on(signal, () => {
    for (const child of running) child.kill(signal)
    process.exit(code)
  })

const started = performance.now()
const failures = []
const waiting = [...parts]
const lanes = Array.from({ length: Math.max(2, Math.min(4, availableParallelism())) }, async () => {
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) await check(part)
})
await Promise.all(lanes)

for (const { name, output } of failures) console.log(`\n--- ${name}\n${output.trimEnd()}`)
const seconds = secondsSince(started)
console.log(
  failures.length === 0 ? `\nall good in ${seconds}` : `\n${failures.length} of ${parts.length} failed in ${seconds}`,
)
process.exitCode = failures.length === 0 ? 0 : 1

async function check({ name, command }) {
  const begun = performance.now()
  const { ok, output } = await run(command)
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)} ${secondsSince(begun)}`)
  if (!ok) failures.push({ name, output })
  for (const size of output.match(/^(files|functions): .*$/gm) ?? []) console.log(`        ${size}`)
}

function run([command, ...args]) {
  return new Promise(resolve => {
    // The pinned Node stands first in PATH: the tools start with `env node`.
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1', FORCE_COLOR: undefined }
    const child = spawn(join(bin, command), args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    let output = ''
    child.stdout.on('data', chunk => (output += chunk))
    child.stderr.on('data', chunk => (output += chunk))
    const end = (ok, more = '') => {
      running.delete(child)
      resolve({ ok, output: output + more })
    }
    child.on('error', error => end(false, `${command} could not be started: ${error.message}\n`))
    child.on('close', (code, signal) => end(code === 0, signal === null ? '' : `${command} was ended by ${signal}\n`))
  })
}

function secondsSince(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}
