import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { Fault } from '../lib/fault.ts'

/** What a command asks the operator API: of the running gateway over its Unix socket, or of the same API opened in this process. */
export interface OperatorClient {
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Reply>
  /** An answer of any length, piece by piece; the next one is read when the last was taken. A refusal comes back whole, with nothing taken. */
  download(path: string, take: (bytes: Uint8Array) => Promise<void>): Promise<Reply>
  close(): Promise<void>
}

export interface Reply {
  readonly status: number
  readonly body: unknown
}

const answerBytesMax = 64 * 1024 * 1024
const answerTimeoutMs = 60_000

export function socketPath(dataDir: string): string {
  return join(dataDir, 'operator.sock')
}

/** Null when nobody listens there: then the store may be opened directly. */
export async function connectToGateway(path: string, operator: string): Promise<OperatorClient | null> {
  if (!existsSync(path)) return null
  const client: OperatorClient = {
    call: (method, target, body) => ask({ socket: path, operator }, method, target, body),
    download: (target, take) => download({ socket: path, operator }, target, take),
    close: async () => undefined,
  }
  try {
    await client.call('GET', '/healthz')
    return client
  } catch (cause) {
    // A socket file that a killed gateway left behind refuses; anything else is a real trouble.
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ECONNREFUSED' || cause.code === 'ENOENT'))
      return null
    throw cause
  }
}

interface Line {
  readonly socket: string
  /** The shell's login name: it stands in the audit rows. */
  readonly operator: string
}

function ask(line: Line, method: string, path: string, body: unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const outgoing = request(
      {
        socketPath: line.socket,
        method,
        path,
        headers: {
          Host: 'operator',
          'Sekisho-Operator': line.operator,
          ...(payload === undefined
            ? {}
            : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) }),
        },
        timeout: answerTimeoutMs,
      },
      incoming => {
        const chunks: Buffer[] = []
        let size = 0
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > answerBytesMax) incoming.destroy(new Error('the answer is too large'))
          else chunks.push(chunk)
        })
        incoming.on('error', reject)
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: parse(Buffer.concat(chunks)) }))
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Fault('unavailable', { detail: 'the gateway did not answer' })))
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}

function download(line: Line, path: string, take: (bytes: Uint8Array) => Promise<void>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { Host: 'operator', 'Sekisho-Operator': line.operator }
    const outgoing = request({ socketPath: line.socket, path, headers, timeout: answerTimeoutMs }, incoming => {
      const status = incoming.statusCode ?? 0
      const read = async (): Promise<Reply> => {
        if (status >= 400) return { status, body: parse(Buffer.concat(await incoming.toArray())) }
        // Ends in an error when the answer breaks off: half a list is none.
        for await (const bytes of incoming) await take(bytes)
        return { status, body: null }
      }
      read().then(resolve, reject)
    })
    outgoing.on('timeout', () => outgoing.destroy(new Fault('unavailable', { detail: 'the gateway did not answer' })))
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function parse(bytes: Buffer): unknown {
  const text = bytes.toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
