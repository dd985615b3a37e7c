// A thread that reads and writes XML. It answers one question at a time and keeps nothing of it. The other end is xml-pool.ts, what it can
// do stands in xml-tasks.ts.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { xmlTasks } from './xml-tasks.ts'
import type { ThreadAnswer, ThreadQuestion } from './xml-thread.ts'

if (parentPort !== null && isOurs(workerData)) serve(parentPort)

function serve(client: MessagePort): void {
  const say = (answer: ThreadAnswer) => client.postMessage(answer)
  client.on('message', (question: ThreadQuestion) => {
    answer(question, () => say({ kind: 'begun' })).then(
      value => say({ kind: 'done', value }),
      (cause: unknown) => say({ kind: 'failed', cause: cause instanceof Error ? cause : String(cause) }),
    )
  })
}

async function answer({ task, input }: ThreadQuestion, begin: () => void): Promise<unknown> {
  const load: (() => Promise<(input: never) => unknown>) | undefined = new Map(Object.entries(xmlTasks)).get(task)
  if (load === undefined) throw new Error(`there is no task ${task}`)
  const perform = await load()
  begin()
  return perform(input as never) // because the pool's types have paired task and input
}

function isOurs(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'sekisho' in data && data.sekisho === 'xml'
}
