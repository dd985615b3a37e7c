import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

// `npm run cases -- DIR` as its readers see it. All the cases themselves are run by that command, not here.

const pathBypass = {
  schema: 'path-bypass/1',
  assumes: { host: 'other.test', rules: [{ anonymous: 'prefix /open/' }, { session: 'everything else' }] },
  cases: [
    { id: 'forwarded', raw_target: '/open/a', expect: 'forward', backend_path: '/open/a' },
    { id: 'refused', raw_target: '/open/..%2fshut', expect: 'reject' },
    { id: 'wrongly-expected', raw_target: '/shut', expect: 'forward', backend_path: '/shut' },
    { id: 'unreadable', expect: 'reject' },
  ],
}

test('each case is run against a gateway of its file’s hosts and prefixes, and counted', async () => {
  const { code, lines } = await runCases({ 'a.json': JSON.stringify(pathBypass) })

  expect(lines.at(-1)).toBe('2 passed, 2 failed')
  expect(code).toBe(1)
  const failed = lines.filter(line => line.startsWith('FAIL')).map(line => line.split(' ')[2])
  expect(new Set(failed)).toEqual(new Set(['unreadable', 'wrongly-expected']))
})

test('a folder whose cases all pass ends with 0, and files of other kinds do not disturb', async () => {
  const cases = pathBypass.cases.slice(0, 2)
  const { code, lines } = await runCases({
    'a.json': JSON.stringify({ ...pathBypass, cases }),
    'package.json': '{ "name": "not a case file" }',
    'README.md': '# not one either',
  })

  expect(lines.at(-1)).toBe('2 passed, 0 failed')
  expect(code).toBe(0)
})

test('a kind that nobody can run has failed, and a folder without cases is an error', async () => {
  const unknown = await runCases({ 'a.json': JSON.stringify({ schema: 'moon-phases/1', cases: [] }) })
  const empty = await runCases({})

  expect(unknown).toMatchObject({ code: 1 })
  expect(unknown.lines.at(-1)).toBe('0 passed, 1 failed')
  expect(empty).toMatchObject({ code: 2 })
  expect(empty.lines.at(-1)).toBe('0 passed, 0 failed')
})

async function runCases(files: Readonly<Record<string, string>>): Promise<{ code: unknown; lines: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-cases-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const child = spawn(process.execPath, [fileURLToPath(new URL('run.ts', import.meta.url)), folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let out = ''
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString()
  })
  const [code] = await once(child, 'close')
  return { code, lines: out.trimEnd().split('\n') }
}
