import { createServer, type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { RawHeaders } from '../lib/request-head.ts'
import { Connection } from './connection.ts'
import { collectEarly } from './early-bytes.ts'
import type { Exchange } from './exchange.ts'
import { headWithoutUpgrade, upgradeOf } from './fields.ts'
import { type HeadRules, readHead } from './head.ts'
import { HttpExchange } from './http-exchange.ts'
import { type ListenAddress, type ListenAt, listenAt, stopServer } from './listening.ts'
import { faultOf } from './parser-fault.ts'
import { plainAnswer, writePlainAnswer } from './plain-answer.ts'
import { createSweeper } from './sweeper.ts'

// The listener owns client connections: it parses heads (with Node's own llhttp), refuses what is ambiguous, keeps pipelined requests
// in order, and ends what is too slow. It knows no route, no session and no upstream; it hands each request on as an Exchange.
// Start reading at `createListener`; one request's way is `arrive`.

export interface ListenerOptions extends Omit<HeadRules, 'fieldsMax'> {
  readonly clock: Clock
  readonly limits?: Partial<ListenerLimits>
  handler(exchange: Exchange): void | Promise<void>
  /** Told about each message that was refused before anybody else saw it; the receipt it answers is shown to the client. */
  refused?(fault: Fault, partial: PartialHead): string | undefined
}

export interface ListenerLimits {
  readonly headBytesMax: number
  readonly fieldsMax: number
  /** From the first byte of a connection, or the end of the message before, to the end of a head. */
  readonly headMs: number
  readonly keepAliveMs: number
  /** Between two bytes of a body that somebody waits for. */
  readonly bodyIdleMs: number
  /** For a client that takes nothing of its answer. */
  readonly sendIdleMs: number
  readonly bodyBytesMax: number
  readonly connectionsMax: number
  readonly pipelinedMax: number
}

/** What is known of a message that was refused; nothing of it may be believed. */
export interface PartialHead {
  readonly method?: string
  readonly target?: string
  readonly headers?: RawHeaders
  readonly peer: string
}

export interface Listener {
  listen(at: ListenAt): Promise<ListenAddress>
  /** Takes no more connections, lets what has begun come to its end within the time, then destroys what is left, tunnels included. */
  close(graceMs: number): Promise<void>
  readonly connections: number
}

const defaults: ListenerLimits = {
  headBytesMax: 16 * 1024,
  fieldsMax: 100,
  headMs: 30_000,
  keepAliveMs: 60_000,
  bodyIdleMs: 30_000,
  sendIdleMs: 120_000,
  bodyBytesMax: Number.POSITIVE_INFINITY,
  connectionsMax: 20_000,
  pipelinedMax: 1000,
}

/** Makes a listener; it listens when told to. */
export function createListener(options: ListenerOptions): Listener {
  const limits = { ...defaults, ...options.limits }
  const service = new Service(options, limits)
  const server = createServer({
    maxHeaderSize: limits.headBytesMax,
    insecureHTTPParser: false,
    headersTimeout: limits.headMs,
    // Whole bodies have no deadline (uploads may be large); `bodyIdleMs` watches over them.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1000, limits.headMs),
    keepAliveTimeout: limits.keepAliveMs,
    // Host is judged with all other fields, and refused in the same words.
    requireHostHeader: false,
    noDelay: true,
    // A peer that vanished without a word is found out by the kernel, also behind a silent tunnel.
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  })
  // Node drops fields beyond its count silently; ours are refused by count.
  server.maxHeadersCount = 0
  server.on('connection', socket => service.connect(socket))
  server.on('request', (request, response) => service.arrive(request, response))
  server.on('checkContinue', (request, response) => service.arrive(request, response))
  server.on('checkExpectation', (request, response) => service.arrive(request, response))
  server.on('upgrade', (request, socket, early) => {
    service.arriveUpgrade(request, socket, early, () => server.emit('connection', socket))
  })
  server.on('connect', (_request, socket) => service.refuseRaw(socket, new Fault('method_not_allowed')))
  server.on('clientError', (error, socket) => service.refuseRaw(socket, faultOf(error)))
  const stopSweeping = createSweeper(options.clock, limits, service.connections)
  return {
    listen: at => listenAt(server, at),
    close: graceMs => {
      service.closing = true
      return stopServer(server, service.connections, options.clock, graceMs).finally(stopSweeping)
    },
    get connections() {
      return service.connections.size
    },
  }
}

class Service {
  readonly connections = new Set<Connection>()
  closing = false
  readonly #options: ListenerOptions
  readonly #limits: ListenerLimits
  readonly #bySocket = new WeakMap<Duplex, Connection>()

  constructor(options: ListenerOptions, limits: ListenerLimits) {
    this.#options = options
    this.#limits = limits
  }

  connect(socket: Socket): void {
    if (this.#bySocket.has(socket)) return // an upgrade that was none is parsed again
    const connection = new Connection(socket, this.#options.clock)
    this.#bySocket.set(socket, connection)
    this.connections.add(connection)
    socket.on('close', () => this.connections.delete(connection))
    if (this.connections.size > this.#limits.connectionsMax) this.refuseRaw(socket, new Fault('busy'))
  }

  arrive(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#bySocket.get(request.socket)
    if (connection === undefined || connection.closing) return
    if (connection.waiting >= this.#limits.pipelinedMax) {
      connection.socket.destroy()
      return
    }
    connection.enqueue(() => this.#serve(connection, request, response))
  }

  /** The parser has let go of the connection; an answer that is no 101 is written by a response of our own, and ends it. */
  arriveUpgrade(request: IncomingMessage, socket: Duplex, early: Buffer, parseAgain: () => void): void {
    const connection = this.#bySocket.get(socket)
    if (connection === undefined || connection.closing) return
    if (!isUpgrade(request)) {
      connection.enqueue(() => {
        socket.unshift(Buffer.concat([headWithoutUpgrade(rawHeadOf(request)), early]))
        parseAgain()
      })
      return
    }
    const takeSocket = collectEarly(connection, early)
    connection.enqueue(() => {
      const response = new ServerResponse(request)
      response.shouldKeepAlive = false
      response.assignSocket(connection.socket)
      response.on('finish', () => connection.linger())
      this.#serve(connection, request, response, takeSocket)
    })
  }

  /** Answers a message that never became an exchange, in its turn, and ends the connection. */
  refuseRaw(socket: Duplex, fault: Fault | null): void {
    const connection = this.#bySocket.get(socket)
    if (connection === undefined || connection.closing) return
    connection.closing = true
    connection.broken = true
    if (fault === null || !socket.writable) {
      socket.destroy()
      return
    }
    const broken = connection.current
    if (broken !== null && !broken.isBodyWhole) {
      // The message in service broke in the middle of its body. What went upstream of it is cut there; a begun answer cannot be taken back.
      if (broken.began) broken.abort()
      else broken.finish(false)
    }
    connection.enqueue(() => {
      const receipt = this.#options.refused?.(fault, { peer: connection.peer?.text ?? '' })
      connection.socket.write(writePlainAnswer(fault, receipt))
      connection.linger()
    })
  }

  #serve(
    connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
    takeSocket?: () => Duplex | null,
  ): void {
    const { socket, peer } = connection
    if (socket.destroyed || peer === null || (connection.broken && !request.complete)) return
    const raw = rawHeadOf(request)
    const reading = readHead(raw, peer, {
      ...this.#options,
      fieldsMax: this.#limits.fieldsMax,
      serves: this.#options.serves,
    })
    if (reading.kind === 'refused') {
      const receipt = this.#options.refused?.(reading.fault, { ...raw, peer: peer.text })
      connection.closing = true
      const { headers, body } = plainAnswer(reading.fault, receipt)
      response
        .writeHead(reading.fault.status, [...headers, 'Connection', 'close'])
        .end(request.method === 'HEAD' ? '' : body)
      return
    }
    const exchange = new HttpExchange({
      head: reading.head,
      request,
      response,
      socket,
      nowMs: () => this.#options.clock.monotonicMs(),
      bodyBytesMax: this.#limits.bodyBytesMax,
      expectsContinue: reading.expectsContinue,
      isLast: () => this.closing,
      ...(takeSocket === undefined ? {} : { takeSocket }),
    })
    connection.serve(exchange)
    void this.#hand(exchange)
  }

  /** The last door: whatever the handler throws, the client gets an answer and the process goes on. */
  async #hand(exchange: HttpExchange): Promise<void> {
    try {
      await this.#options.handler(exchange)
    } catch (cause) {
      const fault = cause instanceof Fault ? cause : new Fault('internal', { cause })
      const receipt = this.#options.refused?.(fault, { ...exchange.head, peer: exchange.head.client.address.text })
      if (exchange.began) {
        exchange.abort()
        return
      }
      const { headers, body } = plainAnswer(fault, receipt)
      exchange.answer(fault.status, headers, body)
    }
  }
}

function rawHeadOf(request: IncomingMessage) {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    version: request.httpVersion,
    headers: request.rawHeaders,
  }
}

/** A request with a body is never an upgrade, whatever its fields say. */
function isUpgrade(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers
  return upgradeOf(rawHeadOf(request), coding === undefined && (length ?? '0') === '0' ? 0 : 1) !== undefined
}
