import { constants, type ServerSessionOptions } from 'node:http2'
import type { RawHeaders } from '../lib/request-head.ts'
import type { Http2Floods } from './http2-meter.ts'
import type { BodyPace } from './socket-body.ts'

/** Bounds of one HTTP/2 connection; what it shares with HTTP/1.1 is the listener's. */
export interface Http2Rules extends BodyPace, Http2Limits {
  readonly headBytesMax: number
  readonly fieldsMax: number
  readonly targetBytesMax: number
  readonly headMs: number
  readonly keepAliveMs: number
  readonly sendIdleMs: number
  readonly bodyBytesMax: number
}

/** What only HTTP/2 has numbers for. A session is told them at its begin. */
export interface Http2Limits {
  readonly floods: Http2Floods
  /** Streams in progress on one connection (RFC 9113 §5.1.2 recommends no fewer than 100). */
  readonly streamsMax: number
  /** What a client may send of one body before somebody has read it. */
  readonly windowBytes: number
  /** Of all bodies that wait for their readers: of one client, and in all. What comes between two looks, a second apart, comes on top. */
  readonly unreadPerAddressMax: number
  readonly unreadMax: number
}

export const http2Defaults: Http2Limits = {
  streamsMax: 100,
  // With it, and a round trip of 100 ms, 2.5 MB in a second.
  windowBytes: 256 * 1024,
  // 256 uploads at a stand; as many streams as connections may be would be 3 GiB of one address, and 5 in all.
  unreadPerAddressMax: 64 * 1024 * 1024,
  unreadMax: 256 * 1024 * 1024,
  floods: {
    // What one browser needs in its busiest second many times over; ordinary budgets count what is beyond.
    streams: { burst: 5000, perSecond: 1000 },
    // A page that is left with everything on its way gives up 100 streams at once.
    broken: { burst: 300, perSecond: 20 },
    idleBytes: { burst: 64 * 1024, perSecond: 4096 },
  },
}

/** Of all bodies on one connection: a few that are read at once are as quick as one. */
export function connectionWindowOf({ windowBytes }: Http2Limits): number {
  return Math.max(1024 * 1024, 4 * windowBytes)
}

/** As much as a session can be told. */
export const unbounded = { burst: 1_000_000_000, perSecond: 1_000_000_000 }

/** Everything node:http2 can bound, said outright: its defaults may change. */
export function sessionOptions({ headBytesMax, streamsMax, windowBytes, floods }: Http2Rules): ServerSessionOptions {
  return {
    settings: {
      headerTableSize: 4096,
      enablePush: false,
      initialWindowSize: windowBytes,
      maxFrameSize: 16_384,
      maxConcurrentStreams: streamsMax,
      // As RFC 9113 §6.5.2 counts, 32 bytes for each field: above what we take, so that the answer to a bit too much is ours.
      maxHeaderListSize: headBytesMax * 2,
      // RFC 8441: a WebSocket comes over HTTP/1.1, where it is a tunnel like any other.
      enableConnectProtocol: false,
    },
    // Cookies come in crumbs: up to so many fields, of which the crumbs count as one.
    maxHeaderListPairs: pairsMax,
    maxDeflateDynamicTableSize: 4096,
    // Megabytes, of what waits to be sent and of streams.
    maxSessionMemory: 16,
    maxSettings: 32,
    maxOutstandingPings: 1,
    ...untyped,
    maxSendHeaderBlockLength: 256 * 1024,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    // CVE-2023-44487, within one read: what comes over several is counted in http2-meter.ts.
    streamResetBurst: floods.broken.burst * 2,
    streamResetRate: floods.broken.perSecond * 2,
    paddingStrategy: constants.PADDING_STRATEGY_NONE,
    // Off, so that we see such a value and refuse the request: the library would drop the field and go on.
    strictFieldWhitespaceValidation: false,
    // An application that says one thing twice was passed on as it is in HTTP/1.1, too.
    strictSingleValueFields: false,
  }
}

const pairsMax = 512
/** Node reads them; the types do not know them. */
const untyped = { maxOutstandingSettings: 4, maxReservedRemoteStreams: 0 }

/** As many bytes as the same head has in HTTP/1.1: a name that a table had is counted as what it says (RFC 7541 bombs). */
export function headBytesOf(fields: RawHeaders): number {
  let bytes = 0
  for (let i = 0; i < fields.length; i += 2) bytes += (fields[i] ?? '').length + (fields[i + 1] ?? '').length + 4
  return bytes
}
