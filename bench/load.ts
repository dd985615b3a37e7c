import { Agent, get } from 'node:http'

export interface Target {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Every answer has to have it. */
  readonly status: number
}

const connections = 32

/** Sends so many requests over kept connections, as fast as they are answered. Answers seconds taken. */
export async function load(target: Target, count: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let left = count
  const startedMs = performance.now()
  const worker = async () => {
    while (left > 0) {
      left -= 1
      await ask(target, agent)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  agent.destroy()
  return (performance.now() - startedMs) / 1000
}

function ask({ port, path, headers, status }: Target, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers, agent }, response => {
      if (response.statusCode !== status) reject(new Error(`${path} was answered ${response.statusCode}`))
      response.resume()
      response.once('end', resolve)
    }).once('error', reject)
  })
}
