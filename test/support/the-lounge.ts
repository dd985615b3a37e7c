import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// The Lounge (https://thelounge.chat), a web chat nobody here wrote: socket.io by polling and WebSocket, a service worker,
// uploads. It runs in its public mode: whoever reaches it may chat, so everything that keeps people out is the gateway's.

export interface TheLounge extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** What it printed so far. */
  readonly output: () => string
  close(): Promise<void>
}

export const lobby = '#lobby'

/** Starts it with a home of its own that is gone afterwards; ready when this resolves. */
export async function startTheLounge({ irc }: { irc: { port: number } }): Promise<TheLounge> {
  const home = await mkdtemp(join(tmpdir(), 'sekisho-thelounge-'))
  await writeFile(join(home, 'config.js'), `module.exports = ${JSON.stringify(settings(irc.port), null, 2)}\n`)
  const child = spawn(node, ['--require', './stay-offline.cjs', 'node_modules/thelounge/index.js', 'start'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], THELOUNGE_HOME: home, FORCE_COLOR: '0', NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  const port = await new Promise<number>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk.toString()
      const found = /Available at http:\/\/127\.0\.0\.1:(\d+)\//.exec(output)
      if (found !== null) resolve(Number(found[1]))
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`The Lounge ended with ${code}:\n${output}`)))
  })
  const close = () => end(child, home)
  return { port, url: `http://127.0.0.1:${port}`, output: () => output, close, [Symbol.asyncDispose]: close }
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'test/interop/thelounge')
const node = join(root, 'node_modules/.bin/node')

function settings(ircPort: number): object {
  return {
    public: true,
    host: '127.0.0.1',
    port: 0,
    reverseProxy: true,
    prefetch: false,
    fileUpload: { enable: true, maxFileSize: 1024, baseUrl: null },
    transports: ['polling', 'websocket'],
    defaults: {
      name: 'Test',
      host: '127.0.0.1',
      port: ircPort,
      password: '',
      tls: false,
      rejectUnauthorized: false,
      nick: 'person%%',
      username: 'person',
      realname: '',
      join: lobby,
      leaveMessage: '',
    },
    lockNetwork: true,
    messageStorage: [],
  }
}

async function end(child: ChildProcess, home: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill('SIGKILL') // its own way out waits seconds for the chat server to say goodbye, and there is nothing to save
    await exited
  }
  await rm(home, { recursive: true, force: true })
}
