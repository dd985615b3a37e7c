import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { createJournal, type Journal } from '../journal/journal.ts'
import { createLog, type LogOptions } from '../journal/log.ts'
import { createMetrics, type Metrics } from '../journal/metrics.ts'
import { createReceipts, type Receipts } from '../journal/receipts.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { createSeal } from '../lib/seal.ts'
import { withWaysBack } from '../people/ways-back.ts'
import { type KeyRing, openKeyRing } from '../proxy/key-ring.ts'
import { openSqliteStore, type SqliteStore } from '../stores/sqlite/client.ts'
import { type Campaigns, openCampaigns } from './campaigns.ts'
import { createDefence, type Defence } from './defence.ts'
import { openPeople, type People } from './people.ts'
import { type Keys, openKeys } from './root-key.ts'
import { openSso, type Sso } from './sso.ts'

/** The rooms that stand with or without a gateway in front: the store, the journal, the people, the signing keys. */
export interface Rooms extends AsyncDisposable {
  readonly clock: Clock
  readonly random: Random
  /** Names this process among those on the same store. */
  readonly worker: string
  readonly keys: Keys
  readonly store: SqliteStore
  readonly metrics: Metrics
  readonly receipts: Receipts
  readonly journal: Journal
  readonly people: People
  readonly campaigns: Campaigns
  readonly keyRing: KeyRing
  readonly sso: Sso
  readonly defence: Defence
  /** The configuration that speaks now. What outlives a reload asks here at each use. */
  config(): GatewayConfig
  /** From now on another one speaks. */
  adopt(config: GatewayConfig): void
}

export interface RoomsOptions {
  readonly config: GatewayConfig
  readonly dataDir: string
  readonly clock: Clock
  readonly random: Random
  /** Null writes no log: for commands that speak for themselves. */
  readonly log: LogOptions | null
}

export async function openRooms({ config, dataDir, clock, random, log: logOptions }: RoomsOptions): Promise<Rooms> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const keys = openKeys(config.rootKey, dataDir, random)
  const store = await openSqliteStore({ file: join(dataDir, 'sekisho.db'), auditKey: keys.audit, clock })
  const log = createLog(logOptions ?? { level: 'silent' })
  const metrics = createMetrics()
  const receipts = createReceipts({
    clock,
    random,
    store: store.refusals,
    onFailure: cause => log.write('error', 'receipts_lost', { cause: String(cause) }),
  })
  const journal = createJournal(log, metrics, receipts)
  const seal = createSeal(keys.seal, random)
  let speaking = config
  const current = () => speaking
  const keyRing = await openKeyRing({
    store: store.keys,
    seal,
    clock,
    algorithm: () => speaking.identityToken.algorithm,
  })
  const notMeUrl = (token: string) => `${speaking.portal.origin}/not-me/${token}`
  const ledBack = withWaysBack(store, { random, notMeUrl })
  const people = openPeople({ config: current, store: ledBack, keys, seal, clock, random, journal })
  const worker = `${hostname()}-${random.token(6)}`
  const { directory, mailedLinks } = people
  const campaigns = openCampaigns({
    ...{ config: current, store, directory, journal, clock, random, worker, mailedLinks },
  })
  const defence = createDefence({ config: current, store, journal, metrics, clock, random })
  const sso = openSso({ config: current, store, seal, journal, metrics, clock, random })
  return {
    ...{ clock, random, worker, keys },
    defence,
    sso,
    store,
    metrics,
    receipts,
    journal,
    people,
    campaigns,
    keyRing,
    config: current,
    adopt(next) {
      speaking = next
    },
    async [Symbol.asyncDispose]() {
      await campaigns.close()
      await sso.close()
      await defence.close()
      await people.close()
      await receipts.close()
      await store.close()
      await log.close()
    },
  }
}
