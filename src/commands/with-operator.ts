import { userInfo } from 'node:os'
import { type Call, exitCodes, flag, textOption } from './command.ts'
import { connectToGateway, type OperatorClient, type Reply, socketPath } from './operator-client.ts'
import { padTo, widthOf } from './text-width.ts'

/** Options of every command that speaks to the operators' API. */
export const operatorOptions = {
  config: { type: 'string' },
  data: { type: 'string' },
  socket: { type: 'string' },
} as const

export const operatorHelp = `
It speaks to the running gateway over the Unix socket in its data directory; when none runs, it opens the store itself.
  --config FILE   the gateway's configuration (default: $SEKISHO_CONFIG, else config/gateway.yaml)
  --data DIR      the data directory, when it is not the configured one (npm start prints its own)
  --socket PATH   the Unix socket itself (default: $SEKISHO_SOCKET)
  --json          the answer as JSON
exit codes: 0 done, 1 refused, 2 called wrongly, 3 neither gateway nor store can be reached`

export interface Operator {
  get(path: string): Promise<Reply>
  post(path: string, body: Readonly<Record<string, unknown>>): Promise<Reply>
}

/** Runs one conversation with the API and turns its refusal into exit code 1 and its reason. */
export async function withOperator(
  call: Call,
  work: (operator: Operator) => Promise<Reply>,
  print: (body: unknown) => readonly string[],
): Promise<number> {
  const client = await connect(call)
  if (client === null) return exitCodes.unreachable
  try {
    const reply = await work({
      get: path => client.call('GET', path),
      post: (path, body) => client.call('POST', path, body),
    })
    if (reply.status >= 400) {
      call.terminal.err(visible(`refused: ${detailOf(reply)}`))
      return exitCodes.refused
    }
    if (flag(call, 'json')) call.terminal.out(JSON.stringify(reply.body, null, 2).replaceAll(unseen, escaped))
    else for (const line of print(reply.body)) call.terminal.out(visible(line))
    return exitCodes.done
  } finally {
    await client.close()
  }
}

/** The same for an answer of any length: it is taken piece by piece, `null` being the end of it. */
export async function withDownload(
  call: Call,
  path: string,
  take: (bytes: Uint8Array | null) => Promise<void>,
): Promise<number> {
  const client = await connect(call)
  if (client === null) return exitCodes.unreachable
  try {
    const reply = await client.download(path, take)
    if (reply.status >= 400) {
      call.terminal.err(visible(`refused: ${detailOf(reply)}`))
      return exitCodes.refused
    }
    await take(null)
    return exitCodes.done
  } finally {
    await client.close()
  }
}

async function connect(call: Call): Promise<OperatorClient | null> {
  const named = textOption(call, 'socket') ?? call.terminal.environment['SEKISHO_SOCKET']
  const operator = userInfo().username
  if (named !== undefined) {
    const client = await connectToGateway(named, operator)
    if (client === null) call.terminal.err(`no gateway listens on ${named}`)
    return client
  }
  const dataDir = textOption(call, 'data')
  if (dataDir !== undefined) {
    const running = await connectToGateway(socketPath(dataDir), operator)
    if (running !== null) return running
  }
  // Everything below is only loaded when no gateway answers by the names that were given.
  const { loadOrExplain } = await import('./load.ts')
  const config = await loadOrExplain(call)
  if (config === null) return null
  const directory = dataDir ?? config.dataDir
  const running = await connectToGateway(
    dataDir === undefined ? config.operator.socketPath : socketPath(directory),
    operator,
  )
  if (running !== null) return running
  const { openOffline } = await import('../composition/offline.ts')
  return openOffline(config, directory, operator)
}

// What a terminal obeys instead of showing: control characters (C1 ones open escape sequences too), and marks that turn text around.
const unseen = /(?!\n)[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

function visible(text: string): string {
  return text.replaceAll(unseen, '?')
}

/** In JSON the value stays what it is. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function detailOf({ status, body }: Reply): string {
  return isRecord(body) && typeof body['detail'] === 'string' ? body['detail'] : `status ${status}`
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Rows of an answer's list, each a record. */
export function rowsOf(body: unknown, name: string): readonly Record<string, unknown>[] {
  const rows = isRecord(body) ? body[name] : undefined
  return Array.isArray(rows) ? rows.filter(isRecord) : []
}

/** Columns as wide as their widest cell; control characters of outside text are shown, not obeyed. */
export function table(rows: readonly Record<string, unknown>[], columns: readonly string[]): readonly string[] {
  const cells = [columns, ...rows.map(row => columns.map(column => cellOf(row[column])))]
  const widths = columns.map((_, i) => Math.max(...cells.map(row => widthOf(row[i] ?? ''))))
  return cells.map(row =>
    row
      .map((cell, i) => padTo(cell, widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** One value of an answer, in a line: `-` for nothing, control characters shown. */
export function cellOf(value: unknown): string {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return '-'
  const text =
    typeof value === 'string' ? value : Array.isArray(value) ? value.map(cellOf).join(' ') : JSON.stringify(value)
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}

/** `outcome: changed`, for acts that answer with little. */
export function outcome(body: unknown): readonly string[] {
  return isRecord(body) ? Object.entries(body).map(([name, value]) => `${name}: ${cellOf(value)}`) : [String(body)]
}
