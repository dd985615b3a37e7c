// The threads that do all work on XML: parsing, checking and making signatures, decryption. No message of a stranger is ever parsed on the
// loop that serves requests. It owns how many threads there are, who waits, and for how long; it never looks into a message.
// A message that takes too long, too much memory, or that a library falls over ends its thread, and nothing else.
// Start reading at `createXmlPool`; what the threads can do stands in xml-tasks.ts.
import type { Cancel, Clock } from '../lib/clock.ts'
import type { TaskInput, TaskOutput, XmlTaskName } from './xml-tasks.ts'
import { startXmlThread, type ThreadAnswer, type XmlThread } from './xml-thread.ts'

export interface XmlPool extends AsyncDisposable {
  /**
   * Never rejects.
   * @example const ran = await pool.run('response', question)
   */
  run<Name extends XmlTaskName>(task: Name, input: TaskInput<Name>): Promise<Ran<TaskOutput<Name>>>
  close(): Promise<void>
}

export type Ran<Output> =
  | { readonly kind: 'done'; readonly value: Output }
  /** Too many wait already, or the pool is closed. */
  | { readonly kind: 'busy' }
  /** It took too long or too much memory, or failed in a way that nobody foresaw. */
  | { readonly kind: 'given_up'; readonly detail: string }

export interface XmlPoolNeeds {
  readonly clock: Clock
  readonly threads?: number
  /** How many may wait for a thread. */
  readonly queueMax?: number
  /** From the moment when the libraries are loaded and the work starts. */
  readonly timeoutMs?: number
  /** The threads' program; another one in tests. */
  readonly program?: URL
  /** A thread has failed or was ended. */
  readonly onTrouble?: (cause: unknown) => void
}

/** Starts a thread when there is work for one, and another when it has ended. */
export function createXmlPool(needs: XmlPoolNeeds): XmlPool {
  const { threads = 2, queueMax = 64 } = needs
  const waiting: Job[] = []
  let closed = false
  const takeNext = () => waiting.shift() ?? null
  const places = Array.from({ length: threads }, () => createPlace(needs, takeNext))
  const close = async () => {
    closed = true
    for (const job of waiting.splice(0)) job.answer({ kind: 'busy' })
    await Promise.all(places.map(place => place.close()))
  }
  const run = (task: string, input: unknown) =>
    new Promise<Ran<unknown>>(answer => {
      const free = places.find(place => !place.isBusy())
      if (closed || (free === undefined && waiting.length >= queueMax)) return answer({ kind: 'busy' })
      const job = { task, input, answer }
      if (free === undefined) waiting.push(job)
      else free.start(job)
    })
  return {
    run: run as XmlPool['run'], // because the thread answers with what the table of tasks pairs with the name
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface Job {
  readonly task: string
  readonly input: unknown
  answer(ran: Ran<unknown>): void
}

/** One thread, or the place of one that is not running at the moment. */
interface Place {
  isBusy(): boolean
  start(job: Job): void
  close(): Promise<void>
}

function createPlace(needs: XmlPoolNeeds, takeNext: () => Job | null): Place {
  const { clock, timeoutMs = readingMs, program = ownProgram(), onTrouble = () => {} } = needs
  let thread: XmlThread | null = null
  let running: Job | null = null
  let stopWaiting: Cancel = () => {}

  const start = (job: Job) => {
    thread ??= startXmlThread(program, { answered, ended: giveUp })
    thread.ask({ task: job.task, input: job.input })
    running = job
    stopWaiting = clock.after(loadingMs, () => giveUp(new Error('loading the XML libraries took too long')))
  }
  const finish = (ran: Ran<unknown>) => {
    stopWaiting()
    running?.answer(ran)
    running = null
  }
  const goOn = () => {
    const next = takeNext()
    if (next !== null) start(next)
    else thread?.rest()
  }
  const answered = (answer: ThreadAnswer) => {
    if (running === null) return
    if (answer.kind === 'begun') {
      stopWaiting()
      stopWaiting = clock.after(timeoutMs, () => giveUp(new Error(`it took longer than ${timeoutMs} ms`)))
      return
    }
    if (answer.kind === 'failed') onTrouble(answer.cause)
    finish(answer.kind === 'done' ? answer : { kind: 'given_up', detail: textOf(answer.cause) })
    goOn()
  }
  /** The thread is not to be counted on any more. */
  const giveUp = (cause: unknown) => {
    onTrouble(cause)
    thread?.end().catch(() => undefined) // it is gone either way
    thread = null
    finish({ kind: 'given_up', detail: textOf(cause) })
    goOn()
  }
  return {
    isBusy: () => running !== null,
    start,
    async close() {
      const ending = thread?.end()
      thread = null
      finish({ kind: 'busy' })
      await ending
    },
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function ownProgram(): URL {
  return new URL('./xml-worker.ts', import.meta.url)
}

/** Start of a thread and its libraries: half a second on a quiet machine. */
const loadingMs = 15_000
/** A message of the largest size takes a twentieth of it on a quiet core; on a machine that is busy a genuine one must not be refused. */
const readingMs = 5_000
