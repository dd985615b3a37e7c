import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findTool } from '../setup.ts'

/** Requests of one kind, sent by wrk over 64 kept connections as fast as they are answered. */
export interface Requests {
  readonly port: number
  /** Lua program that holds them. */
  readonly script: string
  /** Whether answers of 400 and above are what is asked for. */
  readonly refused: boolean
}

export interface Asking {
  readonly folder: string
  readonly name: string
  readonly port: number
  readonly authority: string
  readonly cookies: readonly (string | null)[]
  readonly path?: string
  readonly refused?: boolean
}

export const connections = 64

/** The heads are those of a browser, with fields in them that only a proxy may set: each contender has to take them out. */
export function writeRequests({ folder, name, port, authority, cookies, path, refused = false }: Asking): Requests {
  const script = join(folder, `${name.replaceAll(/\W/g, '-')}-${port}.lua`)
  const cookieFile = `${script}.cookies`
  writeFileSync(cookieFile, cookies.map(cookie => (cookie === null ? '' : `; ${cookie}`)).join('\n'))
  const target = path ?? '/api/v1/accounts/%d/conversations?page=1'
  const fields = [`Host: ${authority}`, ...browserFields, 'Cookie: _ga=GA1.2.123456789.1700000000']
  const head = JSON.stringify(`GET ${target} HTTP/1.1\r\n${fields.join('\r\n')}`)
  writeFileSync(script, `local head, file = ${head}, ${JSON.stringify(cookieFile)}\n${wrkProgram}`)
  return { port, script, refused }
}

const browserFields = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Accept: application/json',
  'Accept-Language: en-US,en;q=0.9',
  'Accept-Encoding: gzip, deflate, br',
  'Referer: http://127.0.0.1/app/accounts/1/dashboard',
  'X-Forwarded-For: 6.6.6.6',
  'X-User: admin',
]

// The heads are made before the first is sent.
const wrkProgram = `local all, next = {}, 0
function init()
  for cookie in io.lines(file) do all[#all + 1] = string.format(head, #all % 50) .. cookie .. "\\r\\n\\r\\n" end
  if #all == 0 then all[1] = string.format(head, 1) .. "\\r\\n\\r\\n" end
end
function request() next = next % #all + 1; return all[next] end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
`

export interface LoadResult {
  readonly answered: number
  readonly rps: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const run = promisify(execFile)

export async function sendRequests({ port, script, refused }: Requests, seconds: number): Promise<LoadResult> {
  const words = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${port}/`]
  const { stdout } = await run(findTool('wrk') ?? 'wrk', words)
  const found = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stdout)
  const [answered = 0, us = 0, p50Us = 0, p99Us = 0, bad = 0, broken = 0] = (found?.slice(1) ?? []).map(Number)
  const wrong = refused ? answered - bad : bad
  if (answered === 0 || wrong > 0 || broken > 0)
    throw new Error(`${answered} answers on port ${port}, ${wrong} of them wrong, ${broken} broken connections`)
  return { answered, rps: answered / (us / 1e6), p50Ms: p50Us / 1000, p99Ms: p99Us / 1000 }
}
