import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** What somebody sees who goes on working while others misbehave. */
export interface Seen {
  readonly times: readonly number[]
  readonly errors: readonly string[]
}

const atOnce = 4
/** So that it is a guest and no load: some 200 requests a second. */
const gapMs = 20

/** Asks again and again until `until` is fulfilled, on kept connections. */
export async function workUntil(port: number, until: Promise<unknown>): Promise<Seen> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const times: number[] = []
  const errors: string[] = []
  const state = { over: false }
  const end = () => {
    state.over = true
  }
  until.then(end, end)
  const work = async () => {
    while (!state.over) {
      const startedMs = performance.now()
      const problem = await ask(port, agent)
      times.push(performance.now() - startedMs)
      if (problem !== null) errors.push(problem)
      await pause(gapMs)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  agent.destroy()
  return { times, errors }
}

function ask(port: number, agent: Agent): Promise<string | null> {
  return new Promise(resolve => {
    const asked = request({
      host: '127.0.0.1',
      port,
      path: '/work',
      agent,
      timeout: 30_000,
      headers: { Host: 'localhost' },
    })
    asked.on('response', response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200 ? null : `status ${response.statusCode}`))
      response.on('error', cause => resolve(cause.message))
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer within 30 s')))
    asked.on('error', cause => resolve(cause.message))
    asked.end()
  })
}

export function share(times: readonly number[], part: number): number {
  const sorted = times.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
