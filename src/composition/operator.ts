import type { GatewayConfig } from '../config/gateway-config.ts'
import type { FactSources } from '../facts.ts'
import { createBridge } from '../http/bridge.ts'
import type { PageApp } from '../http/page-env.ts'
import { Fault } from '../lib/fault.ts'
import { fieldValue, type RequestHead } from '../lib/request-head.ts'
import { sameSecret } from '../lib/secret.ts'
import { createOperatorApi } from '../operator/operator-api.ts'
import type { OperatorRooms, RunningGateway } from '../operator/rooms.ts'
import { createListener, type Listener } from '../wire/listener.ts'
import { explain } from './explain.ts'
import { claimSocket, listenAt } from './listening.ts'
import { operatorSso } from './operator-sso.ts'
import { pepperOf } from './passwords.ts'
import { proveSsoOf } from './proving.ts'
import type { Rooms } from './rooms.ts'

/** What the operators' API needs to know of the configuration that speaks now. */
export interface Speaking {
  readonly config: GatewayConfig
  readonly sources: FactSources
}

export function operatorRooms(rooms: Rooms, speaking: () => Speaking, running: RunningGateway | null): OperatorRooms {
  const { store, people, clock, random, receipts, keyRing, defence } = rooms
  const keys = () =>
    keyRing
      .published()
      .map(({ kid, state, jwk, createdAt }) => ({ kid, state, algorithm: jwk['alg'] ?? '', createdAt }))
  return {
    accounts: store.accounts,
    organizations: store.organizations,
    devices: store.devices,
    sessions: people.sessionBook,
    peopleAdmin: people.peopleAdmin,
    peopleList: store.peopleList,
    handOvers: people.handOvers,
    organizationAdmin: people.organizationAdmin,
    domainClaims: people.domainClaims,
    ssoSwitch: people.ssoSwitch,
    resets: people.resets,
    campaigns: rooms.campaigns.resets,
    secondFactors: people.secondFactors,
    leakedPasswords: people.leakedPasswords,
    passwordKeys: () => pepperOf(rooms.keys, speaking().config).ids(),
    receipts,
    audit: store.audit,
    outbox: store.outbox,
    signInHistory: store.signInHistory,
    places: people.places,
    signInNoticeSettings: () => speaking().config.signInNotices,
    sso: operatorSso(rooms, () => speaking().config.portal.origin),
    bans: defence.bans,
    threats: defence.threats,
    clock,
    random,
    running,
    explain: question => explain(question, speaking().config, speaking().sources, store),
    keys,
    proveSso: (organization, operatorRoutes) =>
      proveSsoOf(
        { rooms, walks: speaking().sources.walks, portalRoutes: running?.pageRoutes() ?? null, operatorRoutes },
        organization,
      ),
    async rotateKeys({ actor, address, receipt }) {
      const nobody = { accountId: null, organizationId: null }
      await keyRing.rotate({ event: 'key_rotated', at: clock.now(), actor, address, receipt, ...nobody, facts: {} })
      return keys()
    },
  }
}

export interface OperatorListeners {
  /** Where health, metrics and the API are served over TCP. */
  readonly address: string
  readonly socketPath: string
  close(): Promise<void>
}

/** Opens the operators' surface: TCP for probes, metrics and (with a token) the API, and the Unix socket for the CLI. */
export async function openOperator(
  rooms: Rooms,
  speaking: () => Speaking,
  running: RunningGateway,
): Promise<OperatorListeners> {
  const { operator } = speaking().config
  const token = () => speaking().config.operator.token
  const api = operatorRooms(rooms, speaking, running)
  const overSocket = createOperatorApi(api, { over: 'socket', mayOperate: () => true })
  const mayOperate = (head: RequestHead) => isBearer(head, token()?.reveal() ?? null)
  const overTcp = createOperatorApi(api, { over: 'tcp', mayOperate })
  const socket = listenerFor(rooms, overSocket, () => true)
  const tcp = listenerFor(rooms, overTcp, mayOperate)
  await claimSocket(operator.socketPath)
  // The mask makes the socket the user's own from its first moment: changing its mode afterwards would leave a gap.
  const mask = process.umask(0o177)
  try {
    await socket.listen({ path: operator.socketPath })
  } finally {
    process.umask(mask)
  }
  const { text } = await tcp.listen(await listenAt(operator.listen))
  return {
    address: text,
    socketPath: operator.socketPath,
    async close() {
      await Promise.all([socket.close(0), tcp.close(0)])
    },
  }
}

function listenerFor({ clock, receipts }: Rooms, app: PageApp, mayOperate: (head: RequestHead) => boolean): Listener {
  const answerFault = (cause: unknown) =>
    new Response(`${cause instanceof Error ? cause.message : 'failed'}\n`, {
      status: cause instanceof Fault ? cause.status : 500,
    })
  const bridge = createBridge({ app, answerFault, bodyBytesMax: () => operatorBodyBytesMax })
  // Whoever will be refused anyway makes nobody hold a large body for it.
  const forStrangers = createBridge({ app, answerFault })
  return createListener({
    clock,
    proxies: { trusted: { hops: 0 }, mode: 'x-forwarded-for' },
    serves: () => true,
    handler: exchange => (mayOperate(exchange.head) ? bridge : forStrangers)(exchange, receipts.next()),
  })
}

/** Lists of networks and of people are long. */
const operatorBodyBytesMax = 16 * 1024 * 1024

function isBearer(head: RequestHead, token: string | null): boolean {
  if (token === null) return false
  const field = fieldValue(head.headers, 'authorization') ?? ''
  return field.startsWith('Bearer ') && sameSecret(field.slice('Bearer '.length), token)
}
