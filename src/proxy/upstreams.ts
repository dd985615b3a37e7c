import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { checkHealth } from './health-check.ts'
import { openAddress, type UpstreamAddress } from './upstream-address.ts'

/** The applications behind us, by name. Owns their connections; whoever opened it closes it. */
export interface Upstreams extends AsyncDisposable {
  find(name: string): Upstream
}

export interface Upstream {
  readonly name: string
  /** The next address in turn that is not set aside and not among those tried; null when every one was tried. */
  pick(tried: ReadonlySet<UpstreamAddress>): UpstreamAddress | null
}

export interface UpstreamOptions {
  readonly name: string
  readonly addresses: readonly string[]
  readonly connectMs?: number
  readonly ca?: string
  /** Asks each address for a path, so that a dead one is known before a request finds it and a healed one comes back. */
  readonly health?: { readonly path: string; readonly everyMs: number }
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
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map(upstream => upstream.close()))
    },
  }
}

function openUpstream(one: UpstreamOptions, { clock, onChange }: UpstreamsOptions) {
  const addresses = one.addresses.map(text =>
    openAddress(text, {
      clock,
      connectMs: one.connectMs ?? defaultConnectMs,
      ...(one.ca === undefined ? {} : { ca: one.ca }),
      onChange: (address, aside) => onChange?.(one.name, address, aside),
    }),
  )
  const stopChecks = one.health === undefined ? () => {} : checkHealth(addresses, clock, one.health)
  let turn = 0
  return {
    name: one.name,
    pick(tried: ReadonlySet<UpstreamAddress>): UpstreamAddress | null {
      let soonest: UpstreamAddress | null = null
      for (let i = 0; i < addresses.length; i++) {
        const address = addresses[(turn + i) % addresses.length]
        if (address === undefined || tried.has(address)) continue
        if (address.asideUntilMs === 0) {
          turn = (turn + i + 1) % addresses.length
          return address
        }
        if (soonest === null || address.asideUntilMs < soonest.asideUntilMs) soonest = address
      }
      // All are set aside: better to try the one that is due first than to refuse everybody.
      return soonest
    },
    async close(): Promise<void> {
      stopChecks()
      await Promise.all(addresses.map(address => address.close()))
    },
  }
}
