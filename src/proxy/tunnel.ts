import type { Duplex } from 'node:stream'
import type { Cancel, Clock } from '../lib/clock.ts'
import { closeFrame, createFrameCounter, type FrameCounter } from '../wire/ws-frames.ts'
import { onceClosed } from './once-closed.ts'
import { TunnelWriter } from './tunnel-writer.ts'

/** Two connections after a switch of protocols: bytes go through as they are, until somebody ends it. */
export interface Tunnel {
  /** Ends it from our side. A WebSocket's client gets a close frame between two frames of the server; nothing more goes upstream. */
  cut(code: number, reason: string): void
}

export interface TunnelEnds {
  readonly client: Duplex
  readonly upstream: Duplex
  /** Frames are counted, so that a close frame can be put in between two of them. */
  readonly isWebSocket: boolean
  readonly clock: Clock
  /** Without a byte in either direction; 0 waits for ever. */
  readonly idleMs: number
}

// A cut WebSocket is destroyed 250 ms later, with or without its close frame.
const cutMs = 250
/** For what is still on its way when the other side is gone: who takes nothing must not keep it for ever. */
const restMs = 30_000

export function openTunnel(ends: TunnelEnds): Tunnel {
  return new ByteTunnel(ends)
}

class ByteTunnel implements Tunnel {
  readonly #ends: TunnelEnds
  readonly #frames: FrameCounter | null
  readonly #up: TunnelWriter
  readonly #down: TunnelWriter
  #farewell: Buffer | null = null
  #isCut = false
  #activeMs: number
  #stopIdle: Cancel = () => {}

  constructor(ends: TunnelEnds) {
    this.#ends = ends
    this.#frames = ends.isWebSocket ? createFrameCounter() : null
    this.#activeMs = ends.clock.monotonicMs()
    const { client, upstream } = ends
    this.#up = new TunnelWriter(client, upstream)
    this.#down = new TunnelWriter(upstream, client)
    client.on('data', (bytes: Buffer) => this.#fromClient(bytes))
    upstream.on('data', (bytes: Buffer) => this.#fromUpstream(bytes))
    client.on('end', () => this.#clientEnded())
    upstream.on('end', () => this.#upstreamEnded())
    for (const [end, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      end.on('error', () => {})
      onceClosed(end, () => this.#closed(other))
    }
    client.resume()
    upstream.resume()
    if (ends.idleMs > 0) this.#watch(ends.idleMs)
  }

  cut(code: number, reason: string): void {
    if (this.#isCut) return
    this.#isCut = true
    this.#up.drop()
    this.#down.flush()
    const { client, upstream, clock } = this.#ends
    if (this.#frames === null) {
      client.destroy()
      upstream.destroy()
      return
    }
    this.#farewell = closeFrame(code, reason)
    clock.after(cutMs, () => {
      client.destroy()
      upstream.destroy()
    })
    this.#sayFarewell(this.#frames.countToBoundary(new Uint8Array(0)) === 0)
  }

  #fromClient(bytes: Buffer): void {
    // Cut means cut: what the client still says reaches nobody.
    if (this.#isCut) return
    this.#activeMs = this.#ends.clock.monotonicMs()
    this.#up.write(bytes)
  }

  #fromUpstream(bytes: Buffer): void {
    this.#activeMs = this.#ends.clock.monotonicMs()
    if (this.#isCut) {
      if (this.#farewell === null || this.#frames === null) return
      const taken = this.#frames.countToBoundary(bytes)
      this.#ends.client.write(taken < 0 ? bytes : bytes.subarray(0, taken))
      this.#sayFarewell(taken >= 0)
      return
    }
    this.#frames?.count(bytes)
    this.#down.write(bytes)
  }

  #sayFarewell(betweenFrames: boolean): void {
    if (!betweenFrames || this.#farewell === null) return
    const frame = this.#farewell
    this.#farewell = null
    this.#ends.upstream.destroy()
    this.#ends.client.end(frame)
  }

  #clientEnded(): void {
    this.#up.flush()
    this.#ends.upstream.end()
  }

  #upstreamEnded(): void {
    this.#down.flush()
    if (!this.#isCut) this.#ends.client.end()
  }

  /** One side is gone: the other gets what is on its way, and then the same news. */
  #closed(other: Duplex): void {
    this.#stopIdle()
    this.#up.flush()
    this.#down.flush()
    if (this.#isCut && other === this.#ends.client) return // it is being told why
    if (other.writableLength === 0) other.destroy()
    else {
      other.end(() => other.destroy())
      const cancel = this.#ends.clock.after(restMs, () => other.destroy())
      other.once('close', cancel)
    }
  }

  #watch(idleMs: number): void {
    const { clock, client, upstream } = this.#ends
    // Armed again for the rest, instead of with every byte.
    const look = (): void => {
      const leftMs = this.#activeMs + idleMs - clock.monotonicMs()
      if (leftMs > 0) this.#stopIdle = clock.after(leftMs, look)
      else if (this.#frames !== null) this.cut(1001, 'idle')
      else {
        client.destroy()
        upstream.destroy()
      }
    }
    this.#stopIdle = clock.after(idleMs, look)
  }
}
