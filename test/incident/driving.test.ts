import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { PageEnv } from '../../src/http/page-env.ts'
import type { Wanted } from '../../src/incident/choosing.ts'
import { createResetCampaigns } from '../../src/incident/reset-campaigns.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { secureRandom } from '../../src/lib/random.ts'
import { addCampaignRoutes } from '../../src/operator/campaign-routes.ts'
import type { OperatorRooms } from '../../src/operator/rooms.ts'
import { createDirectory } from '../../src/people/directory.ts'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import { storedAccount } from '../contracts/samples.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'

const by = { actor: { kind: 'operator', id: 'mika' }, address: null, receipt: null, device: 'CLI' } as const
const everyone: Wanted = {
  match: 'any',
  everyone: true,
  csv: null,
  organizations: [],
  signedIn: null,
  passwordLeaked: false,
  held: false,
}

test('a command that finds another process at work waits for a moment before it is answered, and asks in no tight loop', async () => {
  using folder = tempFolder()
  const clock = systemClock
  await using store = await openSqliteStore({ file: folder.file('store.db'), auditKey, clock })
  const { accounts, organizations, devices, changes, audit } = store
  using directory = {
    ...createDirectory({ accounts, organizations, devices, changes, clock }),
    [Symbol.dispose]() {
      this.close()
    },
  }
  const campaigns = createResetCampaigns({
    ...{ store: store.campaigns, organizations, directory, audit, clock, random: secureRandom, worker: 'one' },
    ...{ resetUrl: email => email, trouble: () => {} },
  })
  await storedAccount(store)
  const { id } = await campaigns.plan(everyone, by)
  await campaigns.start(id, { reason: 'leaked', approvedBy: 'rin', since: null }, by)
  await store.campaigns.claim('another', clock.now(), clock.now() + 3_600_000)
  const app = new Hono<PageEnv>()
  addCampaignRoutes(app, { campaigns, clock, running: null } as OperatorRooms) // because these routes ask for no more of the rooms

  const askedMs = clock.monotonicMs()
  const reply = await app.request(`/api/reset-campaigns/${id}/drive`, { method: 'POST' })

  expect(await reply.json()).toMatchObject({ task: 'flag', done: { flagged: 0 } })
  expect(clock.monotonicMs() - askedMs).toBeGreaterThan(490)
})
