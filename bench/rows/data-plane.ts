import { get } from 'node:http'
import type { Backends } from '../backends.ts'
import { type Contender, type ContenderName, contenderNames, toolOf } from '../contenders/contender.ts'
import { startPeer } from '../contenders/peers.ts'
import type { House } from '../contenders/sekisho.ts'
import { writeRequests } from '../load/wrk.ts'
import type { Figure } from '../measure.ts'
import type { Options } from '../options.ts'
import { findTool } from '../setup.ts'
import { type Asked, measureRequests, type RequestRow, ratioOf } from './requests.ts'

export interface DataPlane {
  readonly rows: readonly RequestRow[]
  /** Our CPU over the peer's. */
  readonly ratios: Readonly<Partial<Record<ContenderName, Figure>>>
}

/** An authenticated request to a small answer, through everybody. */
export async function benchDataPlane(
  sekisho: House,
  backends: Backends,
  { pace, beside }: Options,
): Promise<DataPlane> {
  const all: Contender[] = [sekisho]
  try {
    for (const name of peerNames(beside)) all.push(await startPeer(name, backends))
    for (const contender of all) await checkRefuses(contender)
    const rows = await measureRequests(
      all.map(contender => askAll(contender, backends.folder)),
      pace,
    )
    return { rows, ratios: ratiosOf(rows) }
  } finally {
    for (const contender of all) if (contender !== sekisho) contender.stop()
  }
}

function peerNames(beside: Options['beside']): readonly Exclude<ContenderName, 'sekisho'>[] {
  // The keys of a record of ours are the names it was made of.
  const names = Object.keys(contenderNames) as ContenderName[]
  const unknown = [...(beside ?? [])].filter(name => !names.some(each => each === name))
  if (unknown.length > 0) throw new Error(`no contender ${unknown.join(', ')}; there are ${names.join(', ')}`)
  return names.flatMap(name => {
    const tool = toolOf[name]
    if (beside?.has(name) === false) return []
    return name === 'sekisho' || (tool !== undefined && findTool(tool) === null) ? [] : [name]
  })
}

function askAll(contender: Contender, folder: string): Asked {
  const { name, port, authority, cookies } = contender
  return { name, contender, requests: writeRequests({ folder, name, port, authority, cookies }) }
}

/** What is said to check has to refuse a stranger, or the comparison means nothing. */
async function checkRefuses({ name, port, authority }: Contender): Promise<void> {
  if (!checking.has(name)) return
  const headers = { Host: authority, Accept: 'application/json', Cookie: 'sid=forged; sekisho=forged' }
  const status = await new Promise<number>((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/x', headers, agent: false }, answer => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
    request.on('error', reject)
  })
  if (status !== 401) throw new Error(`${name} answered ${status} to a stranger`)
}
const checking: ReadonlySet<ContenderName> = new Set<ContenderName>([
  'sekisho',
  'nginx-auth-node',
  'caddy-forward-auth',
  'node-undici',
])

function ratiosOf(rows: readonly RequestRow[]): DataPlane['ratios'] {
  const [ours] = rows
  if (ours === undefined) return {}
  return Object.fromEntries(
    rows.slice(1).map(row => [row.contender, ratioOf(`Sekisho / ${contenderNames[row.contender]}`, ours, row)]),
  )
}
