import { EventEmitter, once } from 'node:events'
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { checkConfiguration } from '../../src/config/check.ts'
import type { GatewayConfig } from '../../src/config/gateway-config.ts'
import { type Reload, watchConfiguration } from '../../src/config/watch.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { configurationIn, goodRoutes, writeFolder, writeInto } from './support.ts'

const moreRoutes = `${goodRoutes}  - { name: more, hosts: [chat.example.com], prefix: /more, upstream: chat, access: public }\n`
const brokenRoutes = `${goodRoutes}  - { name: more }\n`

const open: Disposable[] = []
afterEach(() => {
  for (const watch of open.splice(0)) watch[Symbol.dispose]()
})

describe('a reload', () => {
  test('takes a good change as a whole', async () => {
    const { watch, folder, adopted } = await start()
    writeInto(folder, { 'policies/routes.yaml': moreRoutes })
    expect(await watch.reload()).toMatchObject({ kind: 'adopted', testsRun: 0 })
    expect(adopted.map(config => config.routes.routes.length)).toEqual([2])
  })

  test('keeps the old configuration when one file is broken, and says what is wrong', async () => {
    const { watch, folder, adopted } = await start()
    writeInto(folder, {
      'policies/routes.yaml': brokenRoutes,
      'policies/acme.yaml': 'kind: organization\nslug: a\nname: A\n',
    })
    const outcome = await watch.reload()
    expect(outcome.kind).toBe('refused')
    expect(outcome.kind === 'refused' && outcome.problems[0]).toMatchObject({ line: 4, column: 5 })
    expect(adopted).toEqual([])
  })

  test('keeps the old configuration when a policy test fails', async () => {
    const { watch, folder, adopted } = await start()
    writeInto(folder, {
      'policies/a.test.yaml':
        'kind: tests\ntests:\n  - { name: closed, request: { host: chat.example.com, path: /more }, expect: challenge sign_in }\n',
    })
    expect((await watch.reload()).kind).toBe('adopted')

    writeInto(folder, { 'policies/routes.yaml': moreRoutes })

    expect((await watch.reload()).kind).toBe('refused')
    expect(adopted).toHaveLength(1)
  })

  test('that cannot be put in force leaves the old one in force, and the next one is tried again', async () => {
    const trouble = new Error('no')
    let isBroken = true
    const { watch, folder } = await start(() => {
      if (isBroken) throw trouble
    })
    writeInto(folder, { 'policies/routes.yaml': moreRoutes })
    expect(await watch.reload()).toEqual({ kind: 'failed', cause: trouble })
    isBroken = false
    expect((await watch.reload()).kind).toBe('adopted')
  })

  test('asked for by hand reads secrets anew although no file changed', async () => {
    const { watch, adopted } = await start()
    expect((await watch.reload()).kind).toBe('adopted')
    expect(adopted).toHaveLength(1)
  })

  test('comes after the one before it, never beside it', async () => {
    let running = 0
    let most = 0
    const { watch } = await start(async () => {
      running += 1
      most = Math.max(most, running)
      for (let turns = 0; turns < 200; turns++) await new Promise(setImmediate)
      running -= 1
    })
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => watch.reload()))
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(5).fill('adopted'))
    expect(most).toBe(1)
  })

  test('of files that change while they are read takes what lies there in the end, never a mix', async () => {
    const { watch, folder, adopted, configuration } = await start()
    const test = '{ name: a, request: { host: chat.example.com }, expect: challenge sign_in }'
    writeInto(folder, { 'policies/a.test.yaml': `kind: tests\ntests:\n  - ${test}\n` })
    // The tests run when everything has been read: a file that is written now was read in its old form.
    configuration.whileTesting = () => writeInto(folder, { 'policies/routes.yaml': moreRoutes })

    await watch.reload()

    expect(adopted.map(config => config.routes.routes.length)).toEqual([2])
  })

  test('a hundred of them leave nothing open behind', async () => {
    const { watch } = await start()
    for (let i = 0; i < 100; i++) await watch.reload()
    expect((await watch.reload()).kind).toBe('adopted')
  })
})

describe('a change of files is noticed', () => {
  test('when a file is written', async () => {
    const { folder, next } = await start()
    writeInto(folder, { 'policies/routes.yaml': moreRoutes })
    expect((await next()).kind).toBe('adopted')
  })

  test('when an editor puts a new file in the place of the old one', async () => {
    const { folder, next } = await start()
    writeFileSync(join(folder, 'policies/.routes.yaml.swp'), moreRoutes)
    renameSync(join(folder, 'policies/.routes.yaml.swp'), join(folder, 'policies/routes.yaml'))
    expect((await next()).kind).toBe('adopted')
  })

  test('when gateway.yaml breaks, and when it is repaired', async () => {
    const { folder, next, adopted } = await start()
    const good =
      'listen: { port: 1 }\nportal: { origin: https://auth.example.com }\nupstreams: { chat: { addresses: ["http://a:1"] } }\nmail: { transport: mailbox, from: a@example.com }\n'
    writeInto(folder, { 'gateway.yaml': 'listen: [' })
    expect((await next()).kind).toBe('refused')
    writeInto(folder, { 'gateway.yaml': good })
    expect((await next()).kind).toBe('adopted')
    expect(adopted[0]?.listen).toMatchObject({ port: 1 })
  })

  test('when mounted configuration is exchanged by a link', async () => {
    const { folder, next } = await start()
    writeInto(folder, { 'policies/..v2/routes.yaml': moreRoutes })
    rmSync(join(folder, 'policies/routes.yaml'))
    symlinkSync('..v2/routes.yaml', join(folder, 'policies/routes.yaml'))
    let outcome = await next()
    while (outcome.kind !== 'adopted') outcome = await next()
    expect(outcome.kind).toBe('adopted')
  })

  test('and a touch that changes nothing changes nothing', async () => {
    const { folder, next, adopted } = await start()
    writeInto(folder, { 'policies/routes.yaml': goodRoutes })
    expect((await next()).kind).toBe('unchanged')
    expect(adopted).toEqual([])
  })
})

async function start(adopt: (config: GatewayConfig) => void | Promise<void> = () => {}) {
  const folder = writeFolder()
  const files = configurationIn(folder)
  const configuration = {
    ...files,
    whileTesting: () => {},
    judge: {
      ...files.judge,
      decide(...asked: Parameters<typeof files.judge.decide>) {
        configuration.whileTesting()
        return files.judge.decide(...asked)
      },
    },
  }
  const checked = await checkConfiguration(configuration)
  if (checked.kind === 'bad') throw new Error('the first configuration is bad')
  const adopted: GatewayConfig[] = []
  const reports: Reload[] = []
  const news = new EventEmitter()
  const watch = watchConfiguration({
    configuration,
    clock: systemClock,
    digest: checked.digest,
    async adopt(config) {
      await adopt(config)
      adopted.push(config)
    },
    report(reload) {
      reports.push(reload)
      news.emit('report')
    },
  })
  open.push(watch)
  const next = async (): Promise<Reload> => {
    while (reports.length === 0) await once(news, 'report')
    return reports.shift() ?? { kind: 'unchanged' }
  }
  return { watch, folder, adopted, next, configuration }
}
