import { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { tlsTerms } from '../lib/certificate-pair.ts'
import type { Clock } from '../lib/clock.ts'
import { boundKeyChanges } from './key-changes.ts'
import type { TlsCertificates } from './tls-certificates.ts'

export interface TlsEntranceOptions {
  readonly clock: Clock
  readonly certificates: () => TlsCertificates
  readonly offersHttp2: boolean
  /** The handshake on this transport is done. */
  secured(socket: TLSSocket, transport: Socket): void
  failed(reason: string): void
  /** The client changes its keys again and again. */
  tooManyKeys(transport: Socket): void
}

/** Where TLS towards clients ends. */
export interface TlsEntrance {
  /** Starts the handshake; bytes that were read already are still in the socket. */
  take(transport: Socket): void
}

export function createTlsEntrance(options: TlsEntranceOptions): TlsEntrance {
  const { clock, certificates, offersHttp2, secured, failed } = options
  let inForce = certificates()
  const server = createServer({
    ...tlsTerms,
    ...inForce.fallback,
    ALPNProtocols: offersHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    SNICallback(name, answer) {
      answer(null, inForce.find(name) ?? undefined)
    },
  })
  boundKeyChanges(server, clock, socket => {
    const transport = transportOf(socket)
    if (transport === null) socket.destroy()
    else options.tooManyKeys(transport)
  })
  server.on('secureConnection', socket => {
    const transport = transportOf(socket)
    if (transport === null) {
      socket.destroy()
      return
    }
    socket.allowHalfOpen = true
    secured(socket, transport)
  })
  server.on('tlsClientError', cause => failed(reasonOf(cause)))
  return {
    take(transport) {
      const now = certificates()
      if (now !== inForce) server.setSecureContext({ ...tlsTerms, ...now.fallback })
      inForce = now
      // Whoever ends in the middle of a handshake has left; the runtime would wait for more of it.
      transport.allowHalfOpen = false
      server.emit('connection', transport)
    },
  }
}

/** OpenSSL's own word for it: `no shared cipher`, `unsupported protocol`; a client that left has none. */
function reasonOf(cause: Error): string {
  return 'reason' in cause && typeof cause.reason === 'string' ? cause.reason : 'the client left'
}

/** The runtime hands a server its socket without saying what it was made from, except in this field. */
function transportOf(socket: TLSSocket): Socket | null {
  const parent: unknown = Reflect.get(socket, '_parent')
  return parent instanceof Socket ? parent : null
}
