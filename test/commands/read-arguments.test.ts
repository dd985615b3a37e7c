import { expect, test } from 'vitest'
import { readArguments } from '../../src/commands/read-arguments.ts'

const options = {
  reason: { type: 'string' },
  network: { type: 'string', multiple: true },
  all: { type: 'boolean' },
} as const

test('an id that begins with a hyphen is an id, as a word, as a value and in a list', () => {
  const typed = [
    'approve',
    'hana@minato.example',
    '-Xq7',
    '--reason',
    '-Yz',
    '--network',
    '-1',
    '--network=-2',
    '--all',
  ]
  expect(readArguments(typed, options)).toEqual({
    words: ['approve', 'hana@minato.example', '-Xq7'],
    options: { reason: '-Yz', network: ['-1', '-2'], all: true },
    wantsHelp: false,
  })
})

test('what begins with two hyphens has to be an option', () => {
  expect(() => readArguments(['--unknown'], options)).toThrow(/Unknown option '--unknown'/)
  expect(() => readArguments(['--reason', '--all'], options)).toThrow(/ambiguous/)
  expect(readArguments(['--', '--unknown'], options).words).toEqual(['--unknown'])
})

test.each(['-h', '--help'])('%s asks for help', asking => {
  expect(readArguments(['list', asking], options).wantsHelp).toBe(true)
})
