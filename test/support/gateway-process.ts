import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type CliResult, runCli } from './cli.ts'

/** `bin/sekisho serve` in a process of its own, as an operator runs it. */
export interface GatewayProcess extends AsyncDisposable {
  readonly port: number
  readonly pid: number
  /** Where health and readiness are asked for. */
  readonly operatorPort: number
  /** Everything that it wrote so far, log lines included. */
  output(): string
  /** Resolves when it has written this; rejects when it ends without. */
  said(pattern: RegExp): Promise<string>
  /** What the CLI prints, asked over the Unix socket of this process. */
  cli(...words: string[]): Promise<CliResult>
  signal(name: NodeJS.Signals): void
  /** How it ended: an exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** SIGKILL, and waits until it has gone. */
  kill(): Promise<void>
}

export interface StartOptions {
  readonly words?: readonly string[]
  /** By how much its clock runs ahead: a start on the next morning. */
  readonly aheadMs?: number
  /** SIGUSR2 throws in it, SIGWINCH rejects in it, and nobody catches that. */
  readonly breakable?: boolean
}

const sekisho = fileURLToPath(new URL('../../bin/sekisho', import.meta.url))
const clockAhead = new URL('./clock-ahead.mjs', import.meta.url).href
const breaking = new URL('./breakable.mjs', import.meta.url).href

/** Resolves when it listens; rejects with its output when it ends before that. */
export async function startGatewayProcess(configuration: string, options: StartOptions = {}): Promise<GatewayProcess> {
  const { words = [], aheadMs = 0, breakable = false } = options
  const imports = [...(aheadMs === 0 ? [] : [clockAhead]), ...(breakable ? [breaking] : [])]
  const nodeOptions = { NODE_OPTIONS: imports.map(each => `--import=${each}`).join(' ') }
  const child = spawn(sekisho, ['serve', '--config', configuration, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(imports.length === 0 ? {} : nodeOptions), SEKISHO_TEST_AHEAD_MS: String(aheadMs) },
  })
  const ended = once(child, 'close').then(([code, signal]): number | NodeJS.Signals => code ?? signal)
  const transcript = createTranscript(ended)
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', transcript.write)
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  const listening = await transcript.said(/^sekisho listens on \S+:\d+; operators: .*$/m)
  const [, port, operatorPort, socket = ''] = /:(\d+);.*:(\d+), (.*)$/.exec(listening) ?? []
  return {
    port: Number(port),
    pid: child.pid ?? 0,
    operatorPort: Number(operatorPort),
    output: transcript.text,
    said: transcript.said,
    cli: (...cliWords) => runCli([...cliWords, '--socket', socket]),
    signal: name => void child.kill(name),
    ended,
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

/** Keeps what was written, and tells those who wait for a part of it. */
function createTranscript(ended: Promise<unknown>) {
  let text = ''
  const watchers = new Set<() => void>()
  return {
    text: () => text,
    write(more: string) {
      text += more
      for (const watcher of [...watchers]) watcher()
    },
    said: (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(text)
          if (found === null) return
          watchers.delete(look)
          resolve(found[0])
        }
        watchers.add(look)
        ended.then(how => reject(new Error(`it ended with ${String(how)} and never said ${pattern}:\n${text}`)), reject)
        look()
      }),
  }
}
