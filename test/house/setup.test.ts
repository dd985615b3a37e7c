import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { root } from './sources.ts'

// A fresh checkout with a program in npm's place that says what it was asked, so that nothing is fetched.

let checkout = ''

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'sekisho-setup-'))
  mkdirSync(join(checkout, 'scripts'))
  mkdirSync(join(checkout, 'bin'))
  cpSync(join(root, 'scripts/setup.mjs'), join(checkout, 'scripts/setup.mjs'))
  writeFileSync(join(checkout, 'package-lock.json'), '{}')
  npmIs('mkdir -p node_modules/.bin && ln -sf "$(command -v node)" node_modules/.bin/node')
})

afterEach(() => rmSync(checkout, { recursive: true }))

describe('setting up', () => {
  test('installs once, and says so in one line', () => {
    expect(setup()).toEqual({ status: 0, said: ['setup: npm ci --no-audit --no-fund --loglevel=error'] })
    expect(setup()).toEqual({ status: 0, said: [] })
  })

  test('installs again when the lock has changed', () => {
    setup()
    writeFileSync(join(checkout, 'package-lock.json'), '{"other":true}')

    expect(setup().said).toHaveLength(1)
  })

  test('begins again after an installation that failed, with its exit code', () => {
    npmIs('mkdir -p node_modules; exit 7')

    expect(setup().status).toBe(7)
    expect(setup()).toMatchObject({
      status: 7,
      said: [expect.stringContaining('npm ci'), expect.stringContaining('exit code 7')],
    })
  })

  test('does not trust what an interrupted installation left behind', () => {
    setup()
    writeFileSync(join(checkout, 'package-lock.json'), '{"other":true}')
    npmIs('exit 1')
    setup()
    writeFileSync(join(checkout, 'package-lock.json'), '{}')

    expect(setup().status).toBe(1)
  })

  test('passes a signal on, waits for npm to end, and ends with the code of the signal', async () => {
    // npm answers a signal by an exit code of its own, after it has cleaned up.
    npmIs('trap "touch cleaned; exit 1" TERM; echo up > started; while :; do sleep 0.05; done')
    const child = spawn('node', ['scripts/setup.mjs'], { cwd: checkout, env: environment(), stdio: 'pipe' })
    await once(child.stderr, 'data')
    while (!existsSync(join(checkout, 'started'))) await new Promise(resolve => setImmediate(resolve))

    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')

    expect(code).toBe(143)
    expect(existsSync(join(checkout, 'cleaned'))).toBe(true)
    expect(existsSync(join(checkout, 'node_modules/.sekisho-installed'))).toBe(false)
  })

  test('says when there is no npm', () => {
    rmSync(join(checkout, 'bin/npm'))

    expect(setup({ PATH: join(checkout, 'bin') })).toMatchObject({
      status: 127,
      said: [expect.anything(), expect.stringContaining('npm')],
    })
  })

  test('names the Debian packages that are missing where it may not install them, and goes on for a person but not for a machine', () => {
    const plain = { PATH: withoutPrograms() }

    const { status, said } = setup(plain, '--tests')
    expect(status).toBe(0)
    expect(said.join('\n')).toMatch(/chromium is missing, needed for the browser tests[\s\S]*apt-get install chromium/)
    expect(setup({ ...plain, CI: '1' }, '--tests').status).toBe(1)
  })
})

function npmIs(script: string): void {
  writeFileSync(join(checkout, 'bin/npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

/** Neither chromium nor apt-get are found here; a shell and Node are. */
function withoutPrograms(): string {
  for (const name of ['sh', 'mkdir', 'ln', 'node'])
    writeFileSync(
      join(checkout, 'bin', name),
      `#!/bin/sh\nexec ${spawnSync('which', [name]).stdout.toString().trim()} "$@"\n`,
      {
        mode: 0o755,
      },
    )
  return join(checkout, 'bin')
}

function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { CI: _, ...rest } = process.env
  return { ...rest, PATH: `${checkout}/bin:${process.env['PATH']}`, ...more }
}

function setup(more: Record<string, string> = {}, ...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs', ...args], {
    cwd: checkout,
    env: environment(more),
    encoding: 'utf8',
  })
  return { status, said: stderr.split('\n').filter(line => line !== '') }
}
