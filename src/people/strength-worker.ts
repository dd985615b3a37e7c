// The thread that estimates passwords: it holds the lists of words (some 100 MB) and nothing else, answers one question at a time, and
// keeps nothing of it. The other end is strength.ts.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Strength } from './strength-answer.ts'
import { sayings, withKana } from './strength-words.ts'

if (parentPort !== null && isOurs(workerData)) await serve(parentPort)

interface Question {
  readonly password: string
  readonly words: readonly string[]
}

async function serve(client: MessagePort): Promise<void> {
  const questions: Question[] = []
  let estimate: ((question: Question) => Strength) | null = null
  // Heard from the first moment on: what comes while the lists are read would be lost.
  client.on('message', (question: Question) => {
    if (estimate === null) questions.push(question)
    else client.postMessage(estimate(question))
  })
  estimate = await openEstimate()
  for (const question of questions) client.postMessage(estimate(question))
}

async function openEstimate(): Promise<(question: Question) => Strength> {
  const [{ ZxcvbnFactory }, common, en, ja] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
    import('@zxcvbn-ts/language-ja'),
  ])
  const dictionary = { ...common.dictionary, ...en.dictionary, ...withKana(ja.dictionary), sayings: [...sayings] }
  // Of a hundred, as the library has it, a password of nothing but leet takes two seconds; of twelve, half of one.
  const l33tMaxSubstitutions = 12
  const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: common.adjacencyGraphs, l33tMaxSubstitutions })
  return ({ password, words }) => {
    const { score, feedback } = zxcvbn.check(password, [...words])
    return { score, warning: feedback.warning, suggestions: feedback.suggestions }
  }
}

function isOurs(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'sekisho' in data && data.sekisho === 'password-strength'
}
