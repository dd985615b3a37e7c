import { afterEach, expect, test } from 'vitest'
import { type Kind, soon } from '../../src/wire/batch.ts'
import { Late } from '../../src/wire/late.ts'

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

test('and no request for a whole crowd of answers; what is to be written leaves at once', async () => {
  for (let i = 0; i < 100; i++) note('answers', 'answer')
  for (let i = 0; i < 100; i++) note('writes', 'write')

  await nextTurn()

  expect(done.filter(name => name === 'answer')).toHaveLength(64)
  expect(done.filter(name => name === 'write')).toHaveLength(100)
  await nextTurn()
})

test('one piece of work is done once, however often it is asked for, and not again when it was settled before', async () => {
  const late = new Late('requests', () => void done.push('late'))
  late.settle()
  for (let i = 0; i < 100; i++) late.soon()
  note('requests', 'next')
  note('answers', 'answer')
  await nextTurn()
  // Others do not wait for what was asked for again.
  expect(done).toEqual(['late', 'next', 'answer'])

  late.soon()
  late.atOnce()
  late.settle()
  await nextTurn()
  expect(done).toEqual(['late', 'next', 'answer', 'late'])
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
