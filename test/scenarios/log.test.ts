import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { writeConfiguration } from '../../src/config/write.ts'
import { tempFolder } from '../stores/temp-folder.ts'
import { startGatewayProcess } from '../support/gateway-process.ts'
import { exchange } from '../support/raw-http.ts'

test('the log is written to the configured file, from the configured level on, and not to the output', async () => {
  using folder = tempFolder()
  await using gateway = await startLogging(folder, 'warn')

  // A request is a line of level info, an unreachable application two of level warn.
  const answer = await exchange({ port: gateway.port }, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect(answer?.status).toBe(502)
  gateway.signal('SIGTERM')
  await gateway.ended

  expect(eventsIn(folder)).toEqual(['warn upstream_changed', 'warn fault'])
  expect(gateway.output()).not.toContain('"event"')
})

test('a stop loses no line of a request that was answered', async () => {
  using folder = tempFolder()
  await using gateway = await startLogging(folder, 'info')

  for (let i = 0; i < 3; i++) await exchange({ port: gateway.port }, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  gateway.signal('SIGTERM')
  await gateway.ended

  expect(eventsIn(folder).filter(event => event === 'info request')).toHaveLength(3)
})

test('a log that rotation has moved away goes on in a new file after SIGHUP, and loses nothing', async () => {
  using folder = tempFolder()
  await using gateway = await startLogging(folder, 'info')
  const ask = () => exchange({ port: gateway.port }, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const requests = (name = 'gate.log') => eventsIn(folder, name).filter(event => event === 'info request').length

  for (let round = 1; round <= 3; round++) {
    await ask()
    renameSync(folder.file('logs/gate.log'), folder.file(`logs/gate.log.${round}`))
    await ask()
    gateway.signal('SIGHUP')
    await expect.poll(() => existsSync(folder.file('logs/gate.log'))).toBe(true)
  }
  await ask()
  gateway.signal('SIGTERM')
  await gateway.ended

  expect([1, 2, 3].map(round => requests(`gate.log.${round}`))).toEqual([2, 2, 2])
  expect(requests()).toBe(1)
  expect(eventsIn(folder)).toContain('info stopping')
  // A reload that the stop broke off is none.
  expect(eventsIn(folder)).not.toContain('error trouble')
  expect(statSync(folder.file('logs/gate.log')).mode & 0o777).toBe(0o600)
})

test('a log that cannot be opened anew goes on where it was, and says so', async () => {
  using folder = tempFolder()
  await using gateway = await startLogging(folder, 'info')
  renameSync(folder.file('logs/gate.log'), folder.file('logs/gate.log.1'))
  mkdirSync(folder.file('logs/gate.log'))

  gateway.signal('SIGHUP')
  await expect.poll(() => eventsIn(folder, 'gate.log.1')).toContain('error log_not_reopened')
  rmSync(folder.file('logs/gate.log'), { recursive: true })
  gateway.signal('SIGHUP')
  await expect.poll(() => existsSync(folder.file('logs/gate.log'))).toBe(true)
  gateway.signal('SIGTERM')
  await gateway.ended

  expect(eventsIn(folder)).toContain('info stopping')
})

type Folder = ReturnType<typeof tempFolder>

async function startLogging(folder: Folder, level: 'info' | 'warn') {
  const configuration = folder.file('gateway.yaml')
  writeFileSync(
    configuration,
    writeConfiguration({
      listen: { port: 0 },
      portal: { origin: 'http://auth.localhost' },
      operator: { listen: { port: 0 } },
      upstreams: { app: { addresses: ['http://127.0.0.1:9'] } },
      mail: { transport: 'mailbox', from: 'gate@example.com' },
      development: { insecureCookies: true },
      log: { level, file: 'logs/gate.log' },
    }),
  )
  mkdirSync(folder.file('policies'))
  writeFileSync(
    folder.file('policies/routes.yaml'),
    writeConfiguration({
      kind: 'routes',
      routes: [{ name: 'open', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public' }],
    }),
  )
  const gateway = await startGatewayProcess(configuration)
  // The file is opened while the rest starts.
  await expect.poll(() => existsSync(folder.file('logs/gate.log'))).toBe(true)
  return gateway
}

function eventsIn(folder: Folder, name = 'gate.log'): readonly string[] {
  const lines = readFileSync(folder.file(`logs/${name}`), 'utf8')
    .trim()
    .split('\n')
  return lines.map(line => JSON.parse(line)).map(({ level, event }) => `${level} ${event}`)
}
