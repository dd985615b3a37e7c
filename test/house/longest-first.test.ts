import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { longest } from '../support/longest-first.ts'

test('each file that is started first for its length is there', () => {
  const root = new URL('../../', import.meta.url)

  expect(longest.filter(path => !existsSync(new URL(path, root)))).toEqual([])
})
