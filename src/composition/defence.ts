import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metrics } from '../journal/metrics.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { type Bans, createBans } from '../limits/bans.ts'
import { rank } from '../limits/caution.ts'
import { createStuffing, type Stuffing } from '../limits/stuffing.ts'
import { createThreats, type Threats } from '../limits/threats.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'

/** What defends sign-ins beyond the counting of failures. It outlives a reload, and what is durable of it a restart. */
export interface Defence {
  readonly stuffing: Stuffing
  readonly threats: Threats
  readonly bans: Bans
  /** Names the attack that is going on: the cause of a hold. */
  threat(): string
  /** Takes up what is on record, listens to other processes, and lets time lower what it has raised. */
  start(): Promise<void>
  close(): Promise<void>
}

export interface DefenceNeeds {
  readonly config: () => GatewayConfig
  readonly store: Pick<SqliteStore, 'bans' | 'threats' | 'changes'>
  readonly journal: Journal
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
}

const lookEveryMs = 5_000
const retryMs = 1_000

export function createDefence({ config, store, journal, metrics, clock, random }: DefenceNeeds): Defence {
  const threats = createThreats({ store: store.threats, stuffing: () => stuffing, journal, clock, random })
  const stuffing = createStuffing({
    clock,
    random,
    numbers: () => config().limits.stuffing,
    // Read at the start: the tables are made once.
    keysMax: config().limits.stuffing.keysMax,
    onChange: change => threats.note(change),
  })
  const bans = createBans({ store: store.bans, clock })
  const stops: (() => void)[] = []
  metrics.gauge('stuffing_caution', 'Step of caution: 0 none, 1 slow, 2 code, 3 refuse', () => rank(stuffing.caution))
  /** A ban that was not heard must not stay unheard because the store was busy. */
  const keepFresh = (what: string, refresh: () => Promise<void>) => {
    refresh().catch((cause: unknown) => {
      journal.trouble(what, cause)
      stops.push(clock.after(retryMs, () => keepFresh(what, refresh)))
    })
  }
  return {
    stuffing,
    threats,
    bans,
    threat: () => `threat:${threats.current()?.id ?? 'unrecorded'}`,
    async start() {
      await bans.refresh()
      await threats.refresh()
      stops.push(
        clock.every(lookEveryMs, () => stuffing.look()),
        store.changes.subscribe(changes => {
          const heard = (kind: string) => changes.some(change => change.kind === kind || change.kind === 'everything')
          if (heard('bans')) keepFresh('reading the bans', bans.refresh)
          if (heard('threats')) keepFresh('reading the threats', threats.refresh)
        }),
      )
    },
    async close() {
      for (const stop of stops) stop()
      await threats.settled()
    },
  }
}
