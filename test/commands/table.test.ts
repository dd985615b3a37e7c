import { expect, test } from 'vitest'
import { cellOf, table } from '../../src/commands/with-operator.ts'

// What the CLI prints for people.

test('columns stand under each other also where names are written in wide letters', () => {
  const people = [
    { name: 'Hana', state: 'open' },
    { name: '海野 花', state: 'open' },
  ]

  const lines = table(people, ['name', 'state'])

  expect(lines).toEqual(['name     state', 'Hana     open', '海野 花  open'])
})

test('nothing is shown as a dash, an empty list too', () => {
  expect([null, undefined, []].map(cellOf)).toEqual(['-', '-', '-'])
})
