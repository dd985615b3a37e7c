import type { Cancel, Clock } from '../lib/clock.ts'
import type { Directory } from '../people/directory.ts'
import { auditOf, type Origin } from '../people/origin.ts'
import { type BatchOf, flagsOf, remindersOf, withdrawalsOf } from './batches.ts'
import type { Campaign, CampaignStart, CampaignTask, InPlace } from './campaign.ts'
import type { CampaignStore } from './campaign-store.ts'

/** Works on campaigns, one batch after the other. Of all processes on one store, the one that holds the lease. */
export interface CampaignEngine {
  /** Looks for work each second from now on. */
  open(): void
  /** Looks now, where it works by itself. */
  wake(): void
  /** Works for this long at most, for a process that has nothing else to do. */
  drive(forMs: number): Promise<void>
  close(): Promise<void>
}

export interface EngineNeeds {
  readonly store: CampaignStore
  readonly directory: Pick<Directory, 'organizationFact'>
  readonly clock: Clock
  /** Names this process among those on the same store. */
  readonly worker: string
  readonly resetUrl: (email: string) => string
  readonly trouble: (cause: unknown) => void
}

const lookEveryMs = 1_000
/** A process that died is followed by another after this. Renewed with each batch, of which there are many a second. */
const leaseMs = 5_000
/** Measured: some ten milliseconds of the store for a batch, and one of the main loop; everybody else's calls come in between. */
const peoplePerBatch = 100
const reminderPauseMs = 24 * 3_600_000

export function createCampaignEngine(needs: EngineNeeds): CampaignEngine {
  const { store, clock, worker } = needs
  let running: Promise<void> | null = null
  let stopLooking: Cancel = () => {}
  let opened = false
  let closed = false
  const work = (isOver: () => boolean): Promise<void> => {
    running ??= rounds(needs, isOver).finally(() => {
      running = null
    })
    return running
  }
  const wake = () => {
    if (opened && !closed) work(() => closed).catch(needs.trouble)
  }
  return {
    wake,
    open() {
      opened = true
      stopLooking = clock.every(lookEveryMs, wake)
    },
    drive(forMs) {
      const startedMs = clock.monotonicMs()
      return work(() => closed || clock.monotonicMs() - startedMs >= forMs)
    },
    async close() {
      closed = true
      stopLooking()
      await running?.catch(() => undefined)
      await store.release(worker)
    },
  }
}

/** Until nothing is left to be done, or the time is over. */
async function rounds(needs: EngineNeeds, isOver: () => boolean): Promise<void> {
  const { store, clock, worker } = needs
  while (!isOver()) {
    const campaign = await store.claim(worker, clock.now(), clock.now() + leaseMs)
    if (campaign?.task == null || campaign.start === null) return
    await workOn(needs, { ...campaign, task: campaign.task, start: campaign.start }, isOver)
  }
}

type Working = Campaign & { readonly task: CampaignTask; readonly start: CampaignStart }

async function workOn(needs: EngineNeeds, campaign: Working, isOver: () => boolean): Promise<void> {
  const { store, clock, worker } = needs
  let { position } = campaign
  const busyMs = stopwatch(clock)
  while (!isOver()) {
    const at = clock.now()
    const mailedBefore = at - reminderPauseMs
    const { task, includeAmbiguous } = campaign
    const query = { task, after: position, limit: peoplePerBatch, mailedBefore, includeAmbiguous }
    const people = await store.next(campaign.id, query)
    const last = people.at(-1)
    if (last === undefined) {
      await store.finish(campaign.id, worker, { task, position, at, busyMs: busyMs() }, endOf(campaign, at))
      return
    }
    const turn = {
      ...{ campaignId: campaign.id, worker, after: position, position: last.place, at },
      ...{ leaseUntil: at + leaseMs, busyMs: busyMs(), mailedBefore },
    }
    const done = await write(needs, campaign, { people, at }, turn)
    // Paused, aborted or taken over meanwhile: nothing of this batch was done.
    if (!done) return
    position = last.place
  }
}

/** The time since it was asked last: what a batch took to be written is counted with the next one, or with the end. */
function stopwatch(clock: Clock): () => number {
  let sinceMs = clock.monotonicMs()
  return () => {
    const nowMs = clock.monotonicMs()
    const tookMs = Math.round(nowMs - sinceMs)
    sinceMs = nowMs
    return tookMs
  }
}

type Turn = Parameters<CampaignStore['remind']>[0] extends infer Batch ? Omit<Batch, 'people'> : never

async function write(
  { store, directory, resetUrl }: EngineNeeds,
  campaign: Working,
  { people, at }: { people: readonly InPlace[]; at: number },
  turn: Turn,
): Promise<boolean> {
  const batch: BatchOf = { campaign, start: campaign.start, people, at, resetUrl }
  switch (campaign.task) {
    case 'flag':
      return store.flag({ ...turn, ...(await flagsOf(batch, directory)) })
    case 'remind':
      return store.remind({ ...turn, ...remindersOf(batch) })
    case 'withdraw':
      return store.withdraw({ ...turn, ...withdrawalsOf(batch) })
    default:
      return campaign.task satisfies never
  }
}

const endings = { flag: 'campaign_finished', remind: 'campaign_reminded', withdraw: 'campaign_finished' } as const

function endOf({ id, task, start }: Working, at: number) {
  const by: Origin = { actor: { kind: 'operator', id: start.by }, address: null, receipt: null, device: 'campaign' }
  return auditOf(endings[task], { accountId: null, organizationId: null }, by, at, { campaign: id, task })
}
