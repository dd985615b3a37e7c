import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A server in a process of its own, so that its CPU time is its own. */
export interface Contender {
  readonly port: number
  /** CPU seconds so far, user and system. */
  cpuSeconds(): number
  stop(): void
}

/** Starts a program of this folder; it prints its port when it listens. */
export async function startContender(program: string, ...words: readonly string[]): Promise<Contender> {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await portOf(child, program)
  return { port, cpuSeconds: () => cpuSecondsOf(child.pid ?? 0), stop: () => child.kill('SIGKILL') }
}

function portOf(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (bytes: Buffer) => resolve(Number(bytes.toString())))
    child.once('exit', code => reject(new Error(`${program} ended with ${code}`)))
  })
}

/** proc(5): fields 14 and 15 of stat, in ticks of 10 ms; the name in field 2 may hold spaces. */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
