import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { tempFolder } from '../stores/temp-folder.ts'

const reader = fileURLToPath(new URL('../support/root-key-reader.ts', import.meta.url))
const processes = 4
const folders = 400

test('processes that make the root key of one directory at the same time all end with the same whole key', async () => {
  using folder = tempFolder()

  const outputs = await Promise.all(
    Array.from({ length: processes }, () => promisify(execFile)(process.execPath, [reader, folder.path, `${folders}`])),
  )

  // because the reader prints nothing but its list of texts
  const found = outputs.map(({ stdout }) => JSON.parse(stdout) as string[])
  for (let n = 0; n < folders; n++) {
    const keys = new Set(found.map(list => list[n]))
    expect([...keys]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
    expect(readdirSync(folder.file(String(n)))).toEqual(['root.key'])
  }
}, 120_000)
