import { constants } from 'node:crypto'
import { Socket } from 'node:net'
import { createServer, type SecureContext, type TLSSocket, type TlsOptions } from 'node:tls'

/** The certificates in force. Another object is another set: it counts from the next handshake on. */
export interface TlsCertificates {
  /** PEM; for a client that names no host, or one that no certificate is for. */
  readonly fallback: { readonly cert: string; readonly key: string }
  /** For a host name as the client sent it, whatever bytes that are; null: the fallback. */
  find(serverName: string): SecureContext | null
}

export interface TlsEntranceOptions {
  readonly certificates: () => TlsCertificates
  readonly offersHttp2: boolean
  /** The handshake on this transport is done. */
  secured(socket: TLSSocket, transport: Socket): void
  failed(reason: string): void
}

/** Where TLS towards clients ends. */
export interface TlsEntrance {
  /** Starts the handshake; bytes that were read already are still in the socket. */
  take(transport: Socket): void
}

export function createTlsEntrance({ certificates, offersHttp2, secured, failed }: TlsEntranceOptions): TlsEntrance {
  let inForce = certificates()
  const server = createServer({
    ...tlsTerms,
    ...inForce.fallback,
    ALPNProtocols: offersHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    SNICallback(name, answer) {
      answer(null, inForce.find(name) ?? undefined)
    },
  })
  server.on('secureConnection', socket => {
    const transport = transportOf(socket)
    if (transport === null) socket.destroy()
    else secured(socket, transport)
  })
  server.on('tlsClientError', cause => failed(reasonOf(cause)))
  return {
    take(transport) {
      const now = certificates()
      if (now !== inForce) server.setSecureContext({ ...tlsTerms, ...now.fallback })
      inForce = now
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

/** RFC 9325: TLS 1.2 and 1.3, forward secrecy and AEAD alone; no renegotiation. */
export const tlsTerms = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
} as const satisfies TlsOptions
