import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readSources, root } from './sources.ts'

// Importing a module does nothing: rooms are made by their create functions, with what they are handed. What works at import can neither
// be tested nor be started twice, and runs in every command that only wanted to print its help.

/** Files that are started and not imported: the CLI, and the worker that owns the database. */
const started = ['src/main.ts', 'src/stores/sqlite/worker.ts']

const modules = readSources('src')
  .map(source => source.path)
  .filter(path => !started.includes(path))

describe('importing every module of the house', () => {
  const child = importAll(modules)

  test('succeeds, and the process ends by itself', () => {
    expect({ status: child.status, signal: child.signal, stderr: child.stderr }).toEqual({
      status: 0,
      signal: null,
      stderr: '',
    })
  })

  test('opens nothing, changes neither the environment nor anything global, and prints nothing', () => {
    expect(child.stdout.replaceAll('","', '\n')).toBe('[]')
  })
})

describe('the test sees', () => {
  const folder = mkdtempSync(join(root, 'node_modules/.import-test-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each([
    ['a timer', 'setInterval(() => {}, 1000).unref()', 'timers'],
    ['a socket', `import net from 'node:net'; net.createServer().listen(0, '127.0.0.1').unref()`, 'sockets'],
    ['the environment', `process.env['X'] = 'y'`, 'environment'],
    ['a listener', `process.on('warning', () => {})`, 'listeners'],
    ['a global', `globalThis.something = 1`, 'globals'],
  ])('%s', (_, code, what) => {
    const path = join(folder, `${what}.mjs`)
    writeFileSync(path, code)
    expect(importAll([path]).stdout).toContain(`changed ${what}`)
  })

  test.each([
    ['a file that is written', `import fs from 'node:fs'; fs.writeFileSync('/tmp/x', '')`],
    ['a program that is run', `import cp from 'node:child_process'; cp.spawnSync('true')`],
    ['a thread', `import { Worker } from 'node:worker_threads'; new Worker('0', { eval: true })`],
  ])('%s', (name, code) => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.mjs`)
    writeFileSync(path, code)
    expect(importAll([path]).stdout).toContain('ERR_ACCESS_DENIED')
  })
})

/** Node's permission model refuses what an import must not do: writing files, starting programs and threads. */
function importAll(paths: readonly string[]) {
  const flags = ['--permission', '--allow-fs-read=*', '--allow-addons', '--disable-warning=SecurityWarning']
  const script = join(root, 'test/house/import-everything.mjs')
  return spawnSync(join(root, 'node_modules/.bin/node'), [...flags, script, ...paths], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  })
}
