import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configurationFiles, configurationPath, type GatewaySetup } from './configuration.ts'

export type { GatewaySetup, RouteSetup, TrustedProxies } from './configuration.ts'

// The gateway as an operator runs it: `bin/sekisho serve --config FILE`, and the same CLI for everything else.

export interface RunningGateway {
  readonly port: number
  /** What it wrote to its standard output and error so far. */
  output(): string
  addUser(email: string, password: string, roles: readonly string[]): Promise<CliResult>
  stop(): Promise<void>
}

export interface CliResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Far more than a start takes on a busy machine. */
const startMs = 30_000

const sekisho = fileURLToPath(new URL('../../bin/sekisho', import.meta.url))

/** Starts a gateway with a folder of its own that is gone afterwards; it accepts connections when this resolves. */
export async function startGateway(setup: GatewaySetup): Promise<RunningGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-cases-'))
  const config = await writeConfiguration(folder, setup)
  const child = spawn(sekisho, ['serve', '--config', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  const port = await untilListening(child).catch(async (cause: unknown) => {
    await end(child, folder)
    throw cause
  })
  return {
    port: port.number,
    output: port.output,
    async addUser(email, password, roles) {
      const file = join(folder, 'password')
      await writeFile(file, `${password}\n`)
      const roleWords = roles.flatMap(role => ['--role', role])
      const words = ['users', 'add', '--name', 'A Person', '--password-file', file, ...roleWords, '--config', config]
      return run([...words, '--', email])
    },
    stop: () => end(child, folder),
  }
}

/** `sekisho check` on the configuration of a setup that is not started. */
export async function checkConfiguration(setup: GatewaySetup): Promise<CliResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-cases-'))
  try {
    const config = await writeConfiguration(folder, setup)
    return await run(['check', '--config', config])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeConfiguration(folder: string, setup: GatewaySetup): Promise<string> {
  for (const [path, content] of Object.entries(configurationFiles(setup))) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  return join(folder, configurationPath)
}

async function run(words: readonly string[]): Promise<CliResult> {
  const child = spawn(sekisho, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.on('data', (bytes: Buffer) => {
    said.out += bytes.toString()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    said.err += bytes.toString()
  })
  const [code] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : -1, ...said }
}

function untilListening(child: ChildProcess): Promise<{ number: number; output: () => string }> {
  let output = ''
  return new Promise((resolve, reject) => {
    const listen = (bytes: Buffer) => {
      output += bytes.toString()
      const found = /^sekisho listens on (?:http:\/\/)?127\.0\.0\.1:(\d+)/m.exec(output)
      if (found !== null) resolve({ number: Number(found[1]), output: () => output })
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    setTimeout(
      () => reject(new Error(`sekisho serve does not listen after ${startMs} ms:\n${output}`)),
      startMs,
    ).unref()
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`sekisho serve ended with ${code}:\n${output}`)))
  })
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill('SIGKILL') // nothing that it would still write is read
    await exited
  }
  await rm(folder, { recursive: true, force: true })
}
