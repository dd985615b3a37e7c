import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** Another process on the same file: what it prints, line by line, and what it is told. Killed at the latest when its owner leaves. */
export interface Child extends AsyncDisposable {
  readonly lines: AsyncIterableIterator<string>
  tell(line: string): void
  kill(): void
  /** Tells it that nothing more will come, and waits until it has gone. */
  finish(): Promise<void>
}

export function startChild(script: string, args: readonly string[]): Child {
  const path = new URL(script, import.meta.url).pathname
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(process.execPath, [path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  // A child that is killed closes its end: what is still written to it gets lost, and that is all.
  child.stdin.on('error', () => undefined)
  return {
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    tell: line => child.stdin.write(`${line}\n`),
    kill: () => child.kill('SIGKILL'),
    async finish() {
      child.stdin.end()
      await exit
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exit
    },
  }
}
