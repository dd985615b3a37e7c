import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { readCertificatePair } from '../../src/lib/certificate-pair.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Fault } from '../../src/lib/fault.ts'
import type { Exchange } from '../../src/wire/exchange.ts'
import { createListener, type Listener, type ListenerOptions } from '../../src/wire/listener.ts'
import type { PartialHead } from '../../src/wire/partial-head.ts'
import { chooseAmong } from '../../src/wire/tls-certificates.ts'
import { networks } from '../proxy/rooms.ts'
import { createTestAuthority } from '../support/test-authority.ts'
import type { TestCertificate } from '../support/test-certificate.ts'

// A listener that answers each request with its target, and clients that reach it as people do: through TLS, or behind a proxy.

export const authority = createTestAuthority()
export const ofGateway = authority.issue({ names: ['gw.test'] })

export interface Entrance extends AsyncDisposable {
  readonly port: number
  readonly listener: Listener
  readonly served: Exchange[]
  readonly refused: { readonly fault: Fault; readonly partial: PartialHead }[]
  readonly failedHandshakes: string[]
}

export async function startEntrance(options: Partial<ListenerOptions> = {}): Promise<Entrance> {
  const served: Exchange[] = []
  const refused: { fault: Fault; partial: PartialHead }[] = []
  const failedHandshakes: string[] = []
  const listener = createListener({
    clock: systemClock,
    proxies: { trusted: networks([]), mode: 'x-forwarded-for' },
    serves: () => true,
    refused(fault, partial) {
      refused.push({ fault, partial })
      return undefined
    },
    handshakeFailed: reason => void failedHandshakes.push(reason),
    ...options,
    handler(one) {
      served.push(one)
      if (options.handler === undefined) one.answer(200, [], one.head.target)
      else return options.handler(one)
    },
  })
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 })
  return {
    port: port ?? 0,
    listener,
    served,
    refused,
    failedHandshakes,
    [Symbol.asyncDispose]: () => listener.close(0),
  }
}

/** As a listener takes them: the first is for everybody that no other one is for. */
export function certificates(...made: readonly TestCertificate[]): NonNullable<ListenerOptions['certificates']> {
  const [first, ...others] = made.map(({ pem, key }) => {
    const reading = readCertificatePair(pem, key)
    if (reading.kind === 'bad') throw new Error(reading.why)
    return reading.pair
  })
  if (first === undefined) throw new Error('no certificate')
  const chosen = chooseAmong(first, others)
  return () => chosen
}

export function startTlsEntrance(options: Partial<ListenerOptions> = {}): Promise<Entrance> {
  return startEntrance({ certificates: certificates(ofGateway), ...options })
}

/** Resolves when the handshake is done, rejects when it came to nothing. */
export async function connectSecurely(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'gw.test', ca: authority.pem, ...options })
  await once(socket, 'secureConnect')
  return socket.on('error', () => {})
}

export async function connectPlainly(port: number): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  return socket.on('error', () => {})
}

/** Everything until the other side ends. */
export async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  if (!socket.closed) await once(socket, 'close').catch(() => {})
  return text
}

export const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`
export const last = (path: string, fields = '') => get(path, `${fields}Connection: close\r\n`)
