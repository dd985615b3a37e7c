import { Worker } from 'node:worker_threads'

/** What is said to a thread. */
export interface ThreadQuestion {
  readonly task: string
  readonly input: unknown
}

/** What a thread says: `begun` when the libraries of the task are loaded and the work itself starts. */
export type ThreadAnswer =
  | { readonly kind: 'begun' }
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly cause: unknown }

export interface XmlThread {
  ask(question: ThreadQuestion): void
  /** Nothing to do: it keeps no process alive. */
  rest(): void
  end(): Promise<unknown>
}

/** `ended` is heard once, when the thread is gone without having been asked to go. */
export function startXmlThread(
  program: URL,
  heard: { answered(answer: ThreadAnswer): void; ended(cause: unknown): void },
): XmlThread {
  const worker = new Worker(program, {
    workerData: { sekisho: 'xml' },
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
  })
  let gone = false
  const end = (cause: unknown) => {
    const isFirst = !gone
    gone = true
    if (isFirst) heard.ended(cause)
  }
  worker.on('message', (answer: ThreadAnswer) => {
    if (!gone) heard.answered(answer)
  })
  worker.on('error', end)
  worker.on('exit', code => end(new Error(`the thread ended with ${code}`)))
  return {
    ask(question) {
      worker.ref()
      worker.postMessage(question)
    },
    rest: () => worker.unref(),
    end() {
      gone = true
      return worker.terminate()
    },
  }
}
