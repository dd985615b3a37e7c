import { afterEach, expect, test } from 'vitest'
import { type Kind, soon } from '../../src/wire/batch.ts'

const nextTurn = () => new Promise(resolve => setImmediate(resolve))
const done: string[] = []
const note = (kind: Kind, name: string) => soon(kind, () => void done.push(name))

afterEach(() => void done.splice(0))

test('one turn’s requests are done before its answers, and those before what is written, each in their order', async () => {
  note('writes', 'write')
  note('answers', 'answer 1')
  note('requests', 'request 1')
  note('answers', 'answer 2')
  note('requests', 'request 2')
  expect(done).toEqual([])

  await nextTurn()

  expect(done).toEqual(['request 1', 'request 2', 'answer 1', 'answer 2', 'write'])
})

test('what a request or an answer has to write leaves in the same turn', async () => {
  soon('requests', () => note('writes', 'of a request'))
  soon('answers', () => note('writes', 'of an answer'))

  await nextTurn()

  expect(done).toEqual(['of a request', 'of an answer'])
})

test('nobody’s answer waits for a whole crowd of requests', async () => {
  for (let i = 0; i < 100; i++) note('requests', 'request')
  note('answers', 'answer')
  note('writes', 'write')

  await nextTurn()
  expect(done.indexOf('write')).toBe(65)
  expect(done.indexOf('answer')).toBe(64)

  await nextTurn()
  expect(done).toHaveLength(102)
})

test('what throws takes nobody else’s turn away', async () => {
  const thrown = new Promise(resolve => process.once('uncaughtException', resolve))
  const listeners = process.listeners('uncaughtException').slice(0, -1)
  for (const listener of listeners) process.off('uncaughtException', listener)
  note('requests', 'before')
  soon('requests', () => {
    throw new Error('of one')
  })
  note('requests', 'after')
  note('writes', 'write')

  expect(await thrown).toMatchObject({ message: 'of one' })
  for (const listener of listeners) process.on('uncaughtException', listener)
  await nextTurn()

  expect(done).toEqual(['before', 'after', 'write'])
})
