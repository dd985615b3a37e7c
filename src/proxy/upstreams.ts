import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { checkHealth, type HealthCheckOptions } from './health-check.ts'
import { openAddress, type UpstreamAddress } from './upstream-address.ts'

/** The applications behind us, by name. Owns their connections; whoever opened it closes it. */
export interface Upstreams extends AsyncDisposable {
  find(name: string): Upstream
  /** Others have taken its place: nothing is checked any more, and connections end with the requests that are on them. */
  retire(): void
}

export interface Upstream {
  readonly name: string
  /** The next address in turn that is not set aside, has a connection free, and is not among those tried; null when every one was tried. */
  pick(tried: ReadonlySet<UpstreamAddress>): UpstreamAddress | null
}

export interface UpstreamOptions {
  readonly name: string
  readonly addresses: readonly string[]
  readonly connectMs?: number
  /** Of each address; the others wait. */
  readonly connectionsMax?: number
  readonly ca?: string
  /** Asks each address for a path, so that a dead one is known before a request finds it and a healed one comes back. */
  readonly health?: HealthCheckOptions
}

export interface UpstreamsOptions {
  readonly clock: Clock
  readonly upstreams: readonly UpstreamOptions[]
  readonly onChange?: (upstream: string, address: string, aside: boolean) => void
}

const defaultConnectMs = 2000

export function openUpstreams(options: UpstreamsOptions): Upstreams {
  const opened = options.upstreams.map(one => openUpstream(one, options))
  const byName = new Map(opened.map(upstream => [upstream.name, upstream]))
  return {
    find(name) {
      const upstream = byName.get(name)
      if (upstream === undefined) throw new Fault('internal', { detail: `no upstream is named ${name}` })
      return upstream
    },
    retire() {
      for (const upstream of opened) upstream.retire()
    },
    async [Symbol.asyncDispose]() {
      for (const upstream of opened) upstream.close()
    },
  }
}

function openUpstream(one: UpstreamOptions, { clock, onChange }: UpstreamsOptions) {
  const addresses = one.addresses.map(text =>
    openAddress(text, {
      clock,
      connectMs: one.connectMs ?? defaultConnectMs,
      connectionsMax: one.connectionsMax ?? Number.POSITIVE_INFINITY,
      ...(one.ca === undefined ? {} : { ca: one.ca }),
      onChange: (address, aside) => onChange?.(one.name, address, aside),
    }),
  )
  const stopChecks = one.health === undefined ? () => {} : checkHealth(addresses, clock, one.health)
  let turn = 0
  return {
    name: one.name,
    pick(tried: ReadonlySet<UpstreamAddress>): UpstreamAddress | null {
      // When none is free, the wait for a connection comes before one that is set aside; when all are, the one that is due first is better
      // tried than everybody refused.
      let best: UpstreamAddress | null = null
      for (let i = 0; i < addresses.length; i++) {
        const address = addresses[(turn + i) % addresses.length]
        if (address === undefined || tried.has(address)) continue
        const { asideUntilMs } = address
        if (best === null || asideUntilMs < best.asideUntilMs || (best.turns.isFull && isFree(address))) best = address
        if (isFree(best)) break
      }
      if (best !== null) turn = (addresses.indexOf(best) + 1) % addresses.length
      return best
    },
    retire: stopChecks,
    close(): void {
      stopChecks()
      for (const address of addresses) address.close()
    },
  }
}

function isFree({ asideUntilMs, turns }: UpstreamAddress): boolean {
  return asideUntilMs === 0 && !turns.isFull
}
