import * as z from 'zod'
import { duration, size, whole } from './values.ts'

// What one listener, one client and one message may cost. What comes over a cap is named in docs/refusals.md.

const connections = z.strictObject({
  total: whole(1, 1_000_000)
    .prefault(20_000)
    .meta({ description: 'Connections of clients at a time. Further ones get 503.' }),
  perAddress: whole(1, 1_000_000).prefault(12_000).meta({
    description:
      'Those of one address (IPv6: one /64); trusted proxies are not counted. High, for a large office stands behind one address.',
  }),
  pipelined: whole(1, 10_000)
    .prefault(1000)
    .meta({ description: 'Requests that may wait on one connection behind the one that is being answered.' }),
  tunnels: whole(1, 1_000_000).prefault(18_000).meta({
    description: 'WebSockets at a time; fewer than `total`, so that requests find a place. Further ones get 503.',
  }),
  tunnelsPerAccount: whole(1, 1_000_000).prefault(12_000).meta({ description: 'Those of one account.' }),
  tunnelsPerSession: whole(1, 1_000_000).prefault(12_000).meta({ description: 'Those of one session.' }),
})

const heads = z.strictObject({
  bytes: size('64KiB').prefault('16KiB').meta({ description: 'Longest head of a request; longer ones get 431.' }),
  fields: whole(10, 1000).prefault(100).meta({ description: 'Most fields of a request; more get 431.' }),
  target: size('64KiB').prefault('8KiB').meta({ description: 'Longest path with its query; longer ones get 414.' }),
})

const deadlines = z.strictObject({
  head: duration('1s', '5m').prefault('30s').meta({ description: 'For the head of a request; then 408.' }),
  body: duration('1s', '1h').prefault('30s').meta({
    description: 'Between two pieces of a body, and for every stretch of it that comes slower than 100 bytes a second.',
  }),
  idle: duration('1s', '1h').prefault('60s').meta({ description: 'Between two requests of one connection.' }),
  send: duration('1s', '1h').prefault('2m').meta({ description: 'For a client that takes nothing of its answer.' }),
})

const http2 = z.strictObject({
  streams: whole(1, 10_000).prefault(100).meta({
    description: 'Requests in progress on one connection; RFC 9113 advises no fewer than 100.',
  }),
  opened: whole(10, 1_000_000).prefault(5000).meta({
    description: 'Requests that one connection may begin at once after a time of rest; more end it.',
  }),
  openedPerSecond: whole(1, 1_000_000)
    .prefault(1000)
    .meta({ description: 'How many of them each second brings back.' }),
  broken: whole(10, 1_000_000).prefault(300).meta({
    description:
      'Requests of one connection that may be given up or refused at once (rapid reset); more end it. A page that is left gives up all that it has on its way.',
  }),
  brokenPerSecond: whole(1, 1_000_000).prefault(20).meta({ description: 'How many of them each second brings back.' }),
  window: size('16MiB', '16KiB').prefault('256KiB').meta({
    description:
      'What a client may send of one body before it is read: over a round trip of 100 ms, ten times as much in a second.',
  }),
  unread: size('64GiB', '1MiB').prefault('256MiB').meta({
    description: 'Memory of all bodies that came and wait to be read; what goes beyond is broken off.',
  }),
  unreadPerAddress: size('64GiB', '1MiB').prefault('64MiB').meta({ description: 'Those of one address.' }),
})

export const wireLimits = {
  connections: connections.prefault({}).meta({ description: 'How many connections, and of whom.' }),
  heads: heads.prefault({}).meta({ description: 'Sizes of heads. Those of bodies are `bodyLimit` of each route.' }),
  deadlines: deadlines.prefault({}).meta({ description: 'How long clients may take.' }),
  http2: http2.prefault({}).meta({
    description: 'What only HTTP/2 has numbers for. Connections that stand keep those that they began with.',
  }),
}

/** The words of the wire for them. */
export interface WireLimits {
  readonly connections: z.output<typeof connections>
  readonly heads: z.output<typeof heads>
  readonly deadlines: z.output<typeof deadlines>
  readonly http2: z.output<typeof http2>
}
