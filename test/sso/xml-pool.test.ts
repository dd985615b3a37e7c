import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { defaultSettings } from '../../src/sso/provider.ts'
import type { ResponseQuestion } from '../../src/sso/reading.ts'
import { createXmlPool, type XmlPool } from '../../src/sso/xml-pool.ts'
import { tempFolder } from '../stores/temp-folder.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'
import { until } from '../support/until.ts'

const folder = tempFolder()
afterAll(() => folder[Symbol.dispose]())

const question: ResponseQuestion = {
  message: '',
  provider: { entityId: 'https://idp.test', certificates: [], settings: defaultSettings },
  us: { entityId: 'https://gw.test/sp', acsUrl: 'https://gw.test/acs', decryptionKeys: [] },
  requests: [],
  unsolicited: false,
  now: 1_800_000_000_000,
}

test('the real program answers, and keeps no thread while nobody asks', async () => {
  await using pool = createXmlPool({ clock: createTestClock() })
  expect(await pool.run('response', question)).toMatchObject({ kind: 'done', value: { kind: 'refused' } })
})

test('many questions are all answered, each with its own answer', async () => {
  await using pool = createPool('echo', { threads: 2 })
  const asked = Array.from({ length: 50 }, (_, i) => ask(pool, `say ${i}`))
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 50 }, (_, i) => ({ kind: 'done', value: `say ${i}` })))
})

test('whoever comes when too many wait is told so at once, and nobody else loses anything', async () => {
  await using pool = createPool('echo', { threads: 1, queueMax: 2 })
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map(message => ask(pool, message)))
  expect(answers.map(answer => answer.kind)).toEqual(['done', 'done', 'done', 'busy'])
})

test('work that takes too long is given up with its thread; who waits behind it is served by another', async () => {
  const clock = createTestClock()
  await using pool = createPool('echo', { threads: 1, clock })
  const hanging = ask(pool, 'hang')
  const next = ask(pool, 'next')
  const ended = await giveUpInTime(clock, hanging)
  expect(ended).toMatchObject({ kind: 'given_up', detail: 'it took longer than 700 ms' })
  expect(await next).toEqual({ kind: 'done', value: 'next' })
})

test('loading the libraries is not counted as work', async () => {
  const clock = createTestClock()
  await using pool = createPool('echo', { threads: 1, clock })
  const first = ask(pool, 'first')
  clock.advance(10_000)
  expect(await first).toEqual({ kind: 'done', value: 'first' })
})

test.each(['crash', 'throw', 'eat'])(
  'a thread that ends over a message (%s) takes only that message with it',
  async how => {
    const trouble: unknown[] = []
    await using pool = createPool('echo', { threads: 2, onTrouble: cause => trouble.push(cause) })
    const answers = await Promise.all([ask(pool, 'before'), ask(pool, how), ask(pool, 'beside'), ask(pool, 'behind')])
    expect(answers.map(answer => answer.kind)).toEqual(['done', 'given_up', 'done', 'done'])
    expect(trouble).toHaveLength(1)
  },
)

test('a closed pool answers everybody', async () => {
  const pool = createPool('echo', { threads: 1 })
  const [running, waiting] = [ask(pool, 'hang'), ask(pool, 'b')]
  await pool.close()
  expect([await running, await waiting, await ask(pool, 'c')].map(answer => answer.kind)).toEqual([
    'busy',
    'busy',
    'busy',
  ])
})

interface Given {
  readonly threads: number
  readonly queueMax?: number
  readonly clock?: TestClock
  readonly onTrouble?: (cause: unknown) => void
}

function createPool(name: string, given: Given): XmlPool {
  const file = folder.file(`${name}.mjs`)
  writeFileSync(file, program)
  return createXmlPool({ clock: createTestClock(), timeoutMs: 700, ...given, program: pathToFileURL(file) })
}

function ask(pool: XmlPool, message: string) {
  return pool.run('response', { ...question, message })
}

/** The clock moves until the thread has begun and its time is up, however long it takes to start. */
async function giveUpInTime<T>(clock: TestClock, answer: Promise<T>): Promise<T> {
  let ended = false
  void answer.then(() => (ended = true))
  await until(() => {
    clock.advance(100)
    return ended
  })
  return answer
}

const program = `import { parentPort } from 'node:worker_threads'
parentPort.on('message', ({ input: { message } }) => {
  parentPort.postMessage({ kind: 'begun' })
  if (message === 'hang') while (true) {}
  if (message === 'crash') process.exit(1)
  if (message === 'throw') throw new Error('unforeseen')
  if (message === 'eat') { const eaten = []; while (true) eaten.push(new Array(100_000).fill({}).map(() => ({}))) }
  parentPort.postMessage({ kind: 'done', value: message })
})`
