import { Worker } from 'node:worker_threads'
import { Fault } from '../../lib/fault.ts'
import type { Change } from '../../people/changes.ts'
import type { Answer, PortName, Request, StoreSettings } from './calls.ts'

/** More callers than this are turned away at once: they would wait for seconds, and their answers would come too late to matter. */
const waitingMax = 1000

/** The way to the thread and back. */
export interface Link {
  call(port: PortName, method: string, args: readonly unknown[]): Promise<unknown>
  /** Answers everything that was asked before, then ends the thread. */
  close(): Promise<void>
}

interface Waiting {
  resolve(value: unknown): void
  reject(fault: Fault): void
}

/** Answers when the thread has opened the file. `announce` hears the changes of a call before its caller gets the answer. */
export async function openLink(settings: StoreSettings, announce: (changes: readonly Change[]) => void): Promise<Link> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings, env: {}, execArgv: [] })
  const waiting = new Map<number, Waiting>()
  const ended = new Promise<void>(resolve => worker.once('exit', () => resolve()))
  let down: Fault | null = null
  let newest = 0

  const fail = (fault: Fault) => {
    down ??= fault
    for (const one of waiting.values()) one.reject(fault)
    waiting.clear()
  }
  worker.on('message', (answer: Answer) => {
    const one = waiting.get(answer.number)
    waiting.delete(answer.number)
    if (answer.kind === 'failed') return one?.reject(new Fault(answer.fault.code, { detail: answer.fault.detail }))
    if (answer.changes.length > 0) announce(answer.changes)
    one?.resolve(answer.value)
  })
  worker.on('error', cause => fail(new Fault('unavailable', { cause, detail: 'the store has ended' })))
  worker.on('exit', () => fail(new Fault('unavailable', { detail: 'the store is closed' })))

  const wait = (number: number) =>
    new Promise<unknown>((resolve, reject) => {
      waiting.set(number, { resolve, reject })
    })
  const send = (request: Request) => worker.postMessage(request)
  await wait(0)
  return {
    async call(port, method, args) {
      if (down !== null) throw down
      if (waiting.size >= waitingMax)
        throw new Fault('busy', { detail: 'too many calls wait for the store', retryAfterSeconds: 1 })
      const number = ++newest
      // Sent first: what cannot travel between threads throws here, and nobody is left waiting for it.
      send({ number, port, method, args })
      return wait(number)
    },
    async close() {
      if (down === null) send('close')
      down ??= new Fault('unavailable', { detail: 'the store is closed' })
      await ended
    },
  }
}
