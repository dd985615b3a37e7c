import { Worker } from 'node:worker_threads'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Strength } from './strength-answer.ts'

export type { Strength } from './strength-answer.ts'

export interface StrengthMeter extends AsyncDisposable {
  /** `words`: what is known about the person. Null when it cannot be said in time; then the other rules hold. */
  estimate(password: string, words: readonly string[]): Promise<Strength | null>
}

export interface StrengthMeterNeeds {
  readonly clock: Clock
  /** The thread's program; another one in tests. */
  readonly program?: URL
  /** The thread has failed: new passwords are not estimated for the moment. */
  readonly onTrouble?: (cause: unknown) => void
}

/** Starts its thread with the first question, sends it one at a time, and starts another when one hangs or has ended. */
export function createStrengthMeter(needs: StrengthMeterNeeds): StrengthMeter {
  const { clock, program = ownProgram(), onTrouble = () => {} } = needs
  const waiting: Job[] = []
  let thread: Thread | null = null
  let running: Job | null = null
  let closed = false

  const sendNext = () => {
    const next = waiting.shift()
    running = next ?? null
    if (next === undefined) return thread?.rest()
    thread ??= startThread(program, {
      answered: strength => {
        if (running !== null) finish(running, strength)
        sendNext()
      },
      ended(cause) {
        onTrouble(cause)
        replace(null)
      },
    })
    thread.ask(next)
  }
  /** The thread is not to be counted on any more. */
  const replace = (strength: Strength | null) => {
    thread?.end().catch(() => undefined) // it is gone either way
    thread = null
    if (running !== null) finish(running, strength)
    if (!closed) sendNext()
  }
  const giveUp = (job: Job) => {
    if (job === running) {
      onTrouble(new Error('an estimate took too long'))
      return replace(null)
    }
    waiting.splice(waiting.indexOf(job), 1)
    job.answer(null)
  }
  return {
    estimate(password, words) {
      if (closed || waiting.length >= waitingMax) return Promise.resolve(null)
      return new Promise(resolve => {
        const stopWaiting = clock.after(deadlineMs, () => giveUp(job))
        const job: Job = { ...questionOf(password, words), answer: resolve, stopWaiting }
        waiting.push(job)
        if (running === null) sendNext()
      })
    },
    async [Symbol.asyncDispose]() {
      closed = true
      const ending = thread?.end()
      for (const job of waiting.splice(0)) finish(job, null)
      if (running !== null) finish(running, null)
      running = null
      thread = null
      await ending
    },
  }
}

function questionOf(password: string, words: readonly string[]) {
  return {
    password: Array.from(password).slice(0, lengthMax).join(''),
    words: words.slice(0, wordsMax).map(word => word.slice(0, wordLengthMax)),
  }
}

function finish(job: Job, strength: Strength | null): void {
  job.stopWaiting()
  job.answer(strength)
}

interface Job {
  readonly password: string
  readonly words: readonly string[]
  answer(strength: Strength | null): void
  readonly stopWaiting: Cancel
}

interface Thread {
  ask(job: Job): void
  /** Nothing to do: it keeps no process alive. */
  rest(): void
  end(): Promise<unknown>
}

function startThread(
  program: URL,
  heard: { answered(strength: Strength | null): void; ended(cause: unknown): void },
): Thread {
  const worker = new Worker(program, {
    workerData: { sekisho: 'password-strength' },
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  })
  let ended = false
  const end = (cause: unknown) => {
    const isFirst = !ended
    ended = true
    if (isFirst) heard.ended(cause)
  }
  worker.on('message', (strength: Strength | null) => {
    if (!ended) heard.answered(strength)
  })
  worker.on('error', end)
  worker.on('exit', code => end(new Error(`the thread ended with ${code}`)))
  return {
    ask({ password, words }) {
      worker.ref()
      worker.postMessage({ password, words })
    },
    rest: () => worker.unref(),
    end() {
      ended = true
      return worker.terminate()
    },
  }
}

function ownProgram(): URL {
  return new URL('./strength-worker.ts', import.meta.url)
}

/** The estimate's cost grows with the square of the length; what is strong in its first 128 characters is strong. */
const lengthMax = 128
const wordsMax = 64
const wordLengthMax = 64
/** At 30 ms each, the last one waits a second. */
const waitingMax = 32
/** From the question to its answer, the start of the thread (half a second on a quiet machine) included. */
const deadlineMs = 3_000
