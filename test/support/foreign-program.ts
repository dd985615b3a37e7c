import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A program that nobody here wrote, in a process of its own. */
export interface ForeignProgram extends AsyncDisposable {
  readonly port: number
  /** What it printed so far. */
  output(): string
}

export interface ForeignProgramSetup {
  readonly command: string
  readonly words: readonly string[]
  readonly folder: string
  readonly environment?: Readonly<Record<string, string>>
  /** Its first group is the port; printed once it listens. */
  readonly listening: RegExp
}

export async function startForeignProgram(setup: ForeignProgramSetup): Promise<ForeignProgram> {
  const child = spawn(setup.command, [...setup.words], {
    cwd: setup.folder,
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...setup.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const port = await new Promise<number>((resolve, reject) => {
    const listen = (chunk: string) => {
      output += chunk
      const found = setup.listening.exec(output)
      if (found !== null) resolve(Number(found[1]))
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', listen)
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${setup.command} ended with ${code}:\n${output}`)))
  })
  return { port, output: () => output, [Symbol.asyncDispose]: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
