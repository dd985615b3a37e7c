import { type Certificates, openCertificates } from './composition/certificates.ts'
import { openGuards } from './composition/guards.ts'
import { listenAt } from './composition/listening.ts'
import { type LiveConnections, openLiveConnections } from './composition/live-connections.ts'
import { type Mailing, openMailing } from './composition/mailing.ts'
import { type OperatorListeners, openOperator } from './composition/operator.ts'
import { checkPasswordConfig } from './composition/passwords.ts'
import { adoptPolicies } from './composition/policies.ts'
import { openRooms, type Rooms, type RoomsOptions } from './composition/rooms.ts'
import { buildSurroundings, type Lasting, ruleFor, type Surroundings } from './composition/surroundings.ts'
import type { GatewayConfig } from './config/gateway-config.ts'
import { keysThatWait } from './config/restart.ts'
import type { RequestHead } from './lib/request-head.ts'
import type { Mailbox } from './notices/mailbox.ts'
import type { ReloadOutcome } from './operator/rooms.ts'
import type { Decision } from './policy/verdict.ts'
import { createListener, type Listener } from './wire/listener.ts'

// The composition root: chooses the stores, builds the rooms, hands each what it needs, starts and closes. The only place, with
// composition/, that knows the deployment. Start reading at `openGateway`; the way of a request is composition/front-door.ts.

export interface Gateway extends AsyncDisposable {
  /** Where people's requests arrive, as others reach it. */
  readonly address: string
  readonly port: number | null
  readonly operator: { readonly address: string; readonly socketPath: string }
  readonly rooms: Rooms
  readonly mailbox: Mailbox | null
  /** Keys of the configuration that speaks now whose value waits for a restart. */
  readonly waitingKeys: readonly string[]
  /** Takes a configuration that was checked: all or nothing. */
  adopt(config: GatewayConfig): Promise<void>
  /** Not ready from now on; what has begun comes to its end within the time; then everything is closed. Ends a second after the time at the latest. */
  close(graceMs: number): Promise<void>
}

export interface GatewayOptions extends RoomsOptions {
  /** Reads the files again; the operators' API offers it. */
  readonly reload: () => Promise<ReloadOutcome>
}

export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { clock, config } = options
  const rooms = await openRooms(options)
  await Promise.all([rooms.defence.start(), checkPasswordConfig(rooms, config)])
  await adoptPolicies(rooms, config)
  const mailing = openMailing(rooms)
  const live = openLive(rooms, () => current)
  const lasting: Omit<Lasting, 'guards'> = { rooms, live: live.registry, mailbox: mailing.mailbox }
  // Handed on from one configuration to the next: what was counted under the last one is not forgotten.
  let guards = openGuards(config, clock, null)
  let current: Surroundings = buildSurroundings(config, { ...lasting, guards })
  const state: { is: 'starting' | 'ready' | 'closed' } = { is: 'starting' }
  const certificates = config.tls === null ? null : await openCertificates(config.tls.certificates, rooms)
  const front = openFront(rooms, () => current, certificates)
  const open = { rooms, live, front, certificates, mailing, surroundings: () => current }
  const operator = await openOperator(rooms, () => current, {
    reload: options.reload,
    guards: () => guards,
    pageRoutes: () => current.pageRoutes,
    ready: () => state.is === 'ready',
    status: () => statusOf(open, state.is === 'ready'),
    metrics: async () => ({ text: await rooms.metrics.text(), contentType: rooms.metrics.contentType }),
  })
  const upkeep = openUpkeep(rooms)
  const address = await front.listen(await listenAt(config.listen))
  state.is = 'ready'
  rooms.journal.started({ address: address.text, policies: config.digest })
  const close = async (graceMs: number) => {
    if (state.is === 'closed') return
    state.is = 'closed'
    upkeep.close()
    await endWithin(clock, closeInOrder({ ...open, operator }, graceMs), graceMs + closeMs)
  }
  return {
    address: address.text,
    port: address.port,
    operator,
    rooms,
    get mailbox() {
      return rooms.config().mail.transport.kind === 'mailbox' ? mailing.mailbox : null
    },
    get waitingKeys() {
      return keysThatWait(config, rooms.config())
    },
    async adopt(next) {
      await checkPasswordConfig(rooms, next)
      if (next.tls !== null) await certificates?.adopt(next.tls.certificates)
      await adoptPolicies(rooms, next)
      const before = current
      guards = openGuards(next, clock, guards)
      current = buildSurroundings(next, { ...lasting, guards })
      rooms.adopt(next)
      live.registry.changed()
      await live.registry.reask('all')
      before.retire()
    },
    close,
    [Symbol.asyncDispose]: () => close(0),
  }
}

function openFront(
  { clock, journal, config }: Rooms,
  surroundings: () => Surroundings,
  certificates: Certificates | null,
): Listener {
  return createListener({
    clock,
    handler: exchange => surroundings().frontDoor.serve(exchange),
    refused: (fault, partial) => surroundings().frontDoor.refused(fault, partial),
    ...(certificates === null ? {} : { certificates: () => certificates.inForce }),
    http2: config().tls?.http2 === true,
    handshakeFailed: reason => journal.handshakeFailed(reason),
    // Asked for each request: a reload may name other proxies.
    get proxies() {
      return surroundings().proxies
    },
    get limits() {
      return surroundings().listenerLimits
    },
    serves: host => surroundings().serves(host),
  })
}

interface Open {
  readonly rooms: Rooms
  readonly live: LiveConnections
  readonly front: Listener
  readonly certificates: Certificates | null
  readonly operator: OperatorListeners
  readonly mailing: Mailing
  readonly surroundings: () => Surroundings
}

function statusOf(
  {
    rooms,
    live,
    front,
    certificates,
    surroundings,
  }: Pick<Open, 'rooms' | 'live' | 'front' | 'certificates' | 'surroundings'>,
  ready: boolean,
) {
  return {
    ready,
    policies: surroundings().config.digest,
    connections: front.connections,
    live: live.registry.count('all'),
    certificates: certificates?.states ?? [],
    receiptsDropped: rooms.receipts.dropped(),
  }
}

/** From the outermost inwards: what still runs never meets a room that is closed. */
async function closeInOrder(
  { rooms, live, front, certificates, operator, mailing, surroundings }: Open,
  graceMs: number,
): Promise<void> {
  const startedMs = rooms.clock.monotonicMs()
  rooms.journal.stopping({ reason: 'asked to' })
  // Listening goes on while open connections are told in slices, so that nobody who reconnects finds a closed door first.
  // Answers come to their end by themselves, within the grace time; a WebSocket has none.
  await live.registry.cut('upgraded', goingAway, 'the gateway restarts')
  await front.close(Math.max(0, graceMs - (rooms.clock.monotonicMs() - startedMs)))
  certificates?.close()
  await operator.close()
  await mailing.close()
  live.close()
  await surroundings().close()
  await rooms[Symbol.asyncDispose]()
}

/** What does not close in time is left: whoever waits for the end of a stop (an orchestrator) kills soon after. */
function endWithin({ after }: Rooms['clock'], closing: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = after(ms, resolve)
    closing.then(resolve, reject).finally(cancel)
  })
}

/** For everything that is closed after the grace time (B14). */
const closeMs = 1_000
/** RFC 6455 §7.4.1: the endpoint is going away. */
const goingAway = 1001
const sweepEveryMs = 60_000

/** What has to be done now and then: rows that time has ended, keys that another process rotated, reset campaigns. */
function openUpkeep({ clock, store, keyRing, journal, campaigns, sso }: Rooms): { close(): void } {
  campaigns.open()
  sso.watch.open()
  const stopSweeping = clock.every(sweepEveryMs, () => {
    store.sweep(clock.now()).catch((cause: unknown) => journal.trouble('sweep', cause))
  })
  const stopHearing = store.changes.subscribe(changes => {
    if (changes.some(({ kind }) => kind === 'keys' || kind === 'everything'))
      keyRing.refresh().catch((cause: unknown) => journal.trouble('reading the signing keys', cause))
  })
  return {
    close() {
      stopSweeping()
      stopHearing()
    },
  }
}

function openLive(rooms: Rooms, current: () => Surroundings): LiveConnections {
  return openLiveConnections({
    clock: rooms.clock,
    journal: rooms.journal,
    changes: rooms.store.changes,
    look: (...question) => current().look(...question),
    ruleFor: head => ruleFor(current(), head),
    cut: accountId => rooms.campaigns.cut(accountId),
    refused: (head, decision) => refusedWhileOpen(rooms, current(), head, decision),
  })
}

/** What was allowed and is not any more: recorded like every refusal, so that the receipt in the close frame explains itself. */
function refusedWhileOpen(
  { receipts, journal }: Rooms,
  { records }: Surroundings,
  head: RequestHead,
  decision: Decision,
) {
  const receipt = receipts.next()
  const { verdict } = decision
  if (verdict.kind !== 'allow')
    journal.refused(
      records.refusal(receipt, 'live', head, decision),
      verdict.kind === 'deny' ? verdict.reason : verdict.step,
    )
  return receipt
}
