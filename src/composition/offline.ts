import type { GatewayConfig } from '../config/gateway-config.ts'
import { createCookieJar } from '../http/cookies.ts'
import { parseAddress } from '../lib/address.ts'
import { systemClock } from '../lib/clock.ts'
import { secureRandom } from '../lib/random.ts'
import type { RequestHead } from '../lib/request-head.ts'
import { createOperatorApi } from '../operator/operator-api.ts'
import { buildWalks } from '../policy/plan.ts'
import { openGuards } from './guards.ts'
import { operatorRooms } from './operator.ts'
import { openRooms } from './rooms.ts'

/** The operators' API over the store alone: for commands while no gateway runs. */
export interface OfflineOperator {
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: unknown }>
  download(path: string, take: (bytes: Uint8Array) => Promise<void>): Promise<{ status: number; body: unknown }>
  close(): Promise<void>
}

export async function openOffline(config: GatewayConfig, dataDir: string, operator: string): Promise<OfflineOperator> {
  const clock = systemClock
  const rooms = await openRooms({ config, dataDir, clock, random: secureRandom, log: null })
  const sources = {
    clock,
    walks: buildWalks(),
    cookies: createCookieJar({ secure: true }),
    directory: rooms.people.directory,
    sessions: rooms.people.sessionBook,
    attempts: rooms.people.signIn,
    traffic: openGuards(config, clock, null).traffic,
    originOf: () => ({ judged: false, from: 'none' as const, noneAllowed: true }),
  }
  const app = createOperatorApi(
    operatorRooms(rooms, () => ({ config, sources }), null),
    { over: 'socket', mayOperate: () => true },
  )
  return {
    async call(method, path, body) {
      const request = new Request(`http://operator${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const response = await app.fetch(request, { head: headOf(method, path, operator), receipt: '-' })
      const text = await response.text()
      return { status: response.status, body: parse(text) }
    },
    async download(path, take) {
      const bindings = { head: headOf('GET', path, operator), receipt: '-' }
      const response = await app.fetch(new Request(`http://operator${path}`), bindings)
      const { status, body } = response
      if (status >= 400 || body === null) return { status, body: parse(await response.text()) }
      for await (const bytes of body) await take(bytes)
      return { status, body: null }
    },
    close: async () => rooms[Symbol.asyncDispose](),
  }
}

/** The head of a request that never travelled. */
function headOf(method: string, path: string, operator: string): RequestHead {
  const address = parseAddress('127.0.0.1')
  if (address === null) throw new Error('loopback is an address')
  return {
    method,
    target: path,
    path,
    host: 'operator',
    authority: 'operator',
    secure: false,
    headers: ['Sekisho-Operator', operator],
    client: { address, uncertain: false },
    bodyLength: 0,
    upgrade: undefined,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
