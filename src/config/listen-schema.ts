import * as z from 'zod'
import { filePath, flag, ipAddress, networkText, whole } from './values.ts'

// Where the gateway listens, and whom it believes about who has connected.

const port = whole(0, 65_535).meta({ description: 'Port; 0 takes any free one.' })
const place = {
  address: ipAddress.prefault('127.0.0.1').meta({ description: 'Address to listen on; `"::"` is every address.' }),
  port: port.optional(),
  unix: filePath
    .optional()
    .meta({ description: 'Unix socket to listen on instead of a port. Whoever connects to it counts as 127.0.0.1.' }),
}

const tls = z.strictObject({
  certificates: z
    .array(
      z.strictObject({
        cert: filePath.meta({
          description: 'File with the certificate and those between it and its authority, in PEM.',
        }),
        key: filePath.meta({ description: 'File with its private key, in PEM, without a passphrase.' }),
      }),
    )
    .min(1, { error: 'at least one certificate; add one' })
    .max(100)
    .meta({
      description:
        'Which one a client sees follows from the host it names and the names in the certificates; the first one is for everybody else. Files that change are read again; those that cannot be used leave the ones before in force.',
    }),
})

function onePlace(context: z.core.ParsePayload<{ port?: number | undefined; unix?: string | undefined }>): void {
  const { port: tcp, unix } = context.value
  if ((tcp === undefined) === (unix === undefined))
    context.issues.push({ code: 'custom', message: 'exactly one of port and unix; keep one', input: context.value })
}

/** A listener of plain HTTP. */
export const listenHere = z.strictObject(place).check(onePlace)

export const listenForPeople = z
  .strictObject({
    ...place,
    http2: flag.prefault(true).meta({
      description:
        'HTTP/2 beside HTTP/1.1 for clients that offer it, where `tls` is on. WebSockets come over HTTP/1.1.',
    }),
    tls: tls.optional().meta({ description: 'TLS 1.2 and 1.3 towards clients. Without it, plain HTTP.' }),
  })
  .check(onePlace)

export const trustedProxies = z
  .strictObject({
    networks: z
      .array(networkText)
      .max(1000)
      .prefault([])
      .meta({ description: 'Networks of the proxies in front. From anybody else, forwarded fields are ignored.' }),
    hops: whole(1, 16).optional().meta({
      description:
        'Instead of `networks`: how many proxies stand in front, where nobody else can connect, because whoever connects is believed.',
    }),
    header: z.enum(['x-forwarded-for', 'forwarded', 'proxy-protocol', 'none']).prefault('x-forwarded-for').meta({
      description:
        'Field in which they name the client; read from right to left. That a request came over TLS they say in `X-Forwarded-Proto`, or in the last element of `Forwarded`. `proxy-protocol`: each connection has to begin with a PROXY header, version 1 or 2, and has to come from one of them; fields are not read. `none`: nothing is read.',
    }),
    trustEveryone: flag
      .prefault(false)
      .meta({ description: 'Has to be true when a network holds every address: then anybody can claim any address.' }),
  })
  .check(context => {
    const { networks, hops, header, trustEveryone } = context.value
    if (header === 'proxy-protocol' && hops === undefined && networks.length === 0)
      context.issues.push({
        code: 'custom',
        message: 'networks with proxy-protocol, because connections of others are refused; name those of the proxies',
        input: header,
        path: ['header'],
      })
    if (hops !== undefined && networks.length > 0)
      context.issues.push({
        code: 'custom',
        message: 'either networks or hops, because a count trusts whoever connects; keep one',
        input: context.value,
        path: ['hops'],
      })
    networks.forEach((network, i) => {
      if (network.prefix === 0 && !trustEveryone)
        context.issues.push({
          code: 'custom',
          message:
            'the networks of proxies only, because whoever is trusted can claim any address; name them, or say trustEveryone: true',
          input: network.text,
          path: ['networks', i],
        })
    })
  })
