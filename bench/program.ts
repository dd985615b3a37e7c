import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Usage, usageOf } from './machine.ts'
import { findTool } from './setup.ts'

/** A program of a bench in processes of its own, so that its CPU time is its own. */
export interface Program {
  readonly pid: number
  usage(): Usage
  stop(): void
}

/** `contender`: alone on the first core. `load`: on the second one, with the backend and this process. */
export type Place = 'contender' | 'load'

export interface Starting {
  readonly place: Place
  /** What it prints goes to files in this folder. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
}

const isPinned = availableParallelism() > 1 && findTool('taskset') !== null
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) killGroup(child)
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

export function startProgram(command: string, words: readonly string[], starting: Starting): Program {
  const core = starting.place === 'contender' ? '0' : '1'
  const [file, ...args] = isPinned ? ['taskset', '-c', core, command, ...words] : [command, ...words]
  const output = openSync(join(starting.folder, 'output.log'), 'a')
  const env = { ...process.env, HOME: starting.folder, ...starting.env }
  const child = spawn(file, args, { cwd: starting.folder, env, detached: true, stdio: ['ignore', output, output] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const pid = child.pid ?? 0
  return { pid, usage: () => usageOf(pid), stop: () => killGroup(child) }
}

/** A program of this folder, on the Node that runs the bench. */
export function startNode(program: string, words: readonly string[], starting: Starting): Program {
  const file = fileURLToPath(new URL(program, import.meta.url))
  return startProgram(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...words], starting)
}

/** This process makes load too: it keeps off the contenders' core, with all that it starts. */
export function pinThisProcess(): void {
  if (isPinned) spawnSync('taskset', ['-a', '-c', '-p', '1', String(process.pid)])
}

function killGroup(child: ChildProcess): void {
  running.delete(child)
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
