import type { AuditEvent } from '../journal/audit.ts'
import type { AuditStore } from '../journal/receipt.ts'
import { Fault } from '../lib/fault.ts'
import { auditOf, type Origin } from '../people/origin.ts'
import type { Campaign } from './campaign.ts'
import type { CampaignMove, CampaignTally } from './campaign-store.ts'
import type { Wanted } from './choosing.ts'
import { createCampaignEngine, type EngineNeeds } from './engine.ts'
import { type EvidenceFormat, evidenceHead, evidenceLine } from './evidence.ts'
import { digestOf, type Plan, type PlanningNeeds, plan } from './planning.ts'

// Incident owns what is done to many people at once: a reset of their passwords, planned, started by name, resumable, kept as evidence.
// It never decides about a request: the flag on each account does (policy/gates.ts, password-current). It never sends: mails go through
// the outbox. Start reading at `ResetCampaigns`; what is done to a batch of people is batches.ts, when and by whom is engine.ts.

export interface ResetCampaigns {
  /** A dry run with a frozen list: changes nothing about anybody. */
  plan(wanted: Wanted, by: Origin): Promise<Plan>
  /** Starts exactly what was planned. */
  start(
    id: string,
    about: { reason: string; approvedBy: string; since: number | null },
    by: Origin,
  ): Promise<CampaignStatus>
  pause(id: string, by: Origin): Promise<CampaignStatus>
  resume(id: string, by: Origin): Promise<CampaignStatus>
  /** Flags stay as they are, unless they are withdrawn: then those that nobody has acted on are lifted. */
  abort(id: string, how: { withdraw: boolean }, by: Origin): Promise<CampaignStatus>
  /** One more mail to everybody who has not acted, a day after the last one at the earliest. */
  remind(id: string, how: { includeAmbiguous: boolean }, by: Origin): Promise<CampaignStatus>
  status(id: string): Promise<CampaignStatus>
  list(): Promise<readonly Campaign[]>
  /** A page of the evidence; the first one is audited. */
  evidence(id: string, page: EvidencePage, by: Origin): Promise<{ readonly text: string; readonly next: number | null }>
  /** Works on what there is, where no gateway does. */
  drive(forMs: number): Promise<void>
  /** For a running gateway: works by itself from now on. */
  open(): void
  close(): Promise<void>
}

export interface CampaignStatus extends CampaignTally {
  readonly campaign: Campaign
}

export interface EvidencePage {
  readonly format: EvidenceFormat
  readonly after: number
  readonly limit: number
}

export interface CampaignNeeds extends PlanningNeeds, EngineNeeds {
  readonly audit: AuditStore
}

export function createResetCampaigns(needs: CampaignNeeds): ResetCampaigns {
  const { store } = needs
  const engine = createCampaignEngine(needs)
  const moved = async (id: string, how: Moving, by: Origin): Promise<CampaignStatus> => {
    await move(needs, id, how, by)
    engine.wake()
    return statusOf(needs, id)
  }
  return {
    plan: (wanted, by) => plan(needs, wanted, by),
    async start(id, about, by) {
      await start(needs, id, about, by)
      engine.wake()
      return statusOf(needs, id)
    },
    pause: (id, by) => moved(id, { event: 'campaign_paused', from: ['running'], to: 'paused', task: 'flag' }, by),
    resume: (id, by) => moved(id, { event: 'campaign_resumed', from: ['paused'], to: 'running', task: 'flag' }, by),
    async abort(id, { withdraw }, by) {
      const { start: started } = await found(needs, id)
      const from = ['planned', 'running', 'paused', ...(withdraw ? (['finished', 'aborted'] as const) : [])] as const
      // What never began has nothing to withdraw.
      const task = withdraw && started !== null ? 'withdraw' : null
      return moved(id, { event: 'campaign_aborted', from, to: 'aborted', task, anew: true }, by)
    },
    async remind(id, { includeAmbiguous }, by) {
      const { state } = await found(needs, id)
      if (state !== 'finished' && state !== 'aborted')
        throw conflict(`the campaign is ${state}: it has to be over first`)
      return moved(
        id,
        { event: 'campaign_reminded', from: [state], to: state, task: 'remind', anew: true, includeAmbiguous },
        by,
      )
    },
    status: id => statusOf(needs, id),
    list: () => store.list(100),
    evidence: (id, page, by) => evidence(needs, id, page, by),
    drive: forMs => engine.drive(forMs),
    open: () => engine.open(),
    close: () => engine.close(),
  }
}

async function start(
  { store, clock }: CampaignNeeds,
  id: string,
  { reason, approvedBy, since }: Parameters<ResetCampaigns['start']>[1],
  by: Origin,
): Promise<void> {
  const campaign = await store.find(id)
  if (campaign === null) throw new Fault('not_found', { detail: `there is no campaign ${id}` })
  if (campaign.state !== 'planned') throw conflict(`the campaign is ${campaign.state}`)
  const digest = await digestOf(store, campaign)
  if (digest !== campaign.digest) throw conflict('the list is not the one that was planned')
  const at = clock.now()
  // A slip of the pen that would set nobody's factors aside.
  if (since !== null && since > at) throw new Fault('invalid_input', { detail: 'since lies in the future' })
  const texts = { reason: reason.slice(0, textMax), approvedBy: approvedBy.slice(0, textMax) }
  const audit = auditOf('campaign_started', nobody, by, at, { campaign: id, digest, ...texts, since })
  if (!(await store.start(id, { at, by: by.actor.id, ...texts, since }, digest, audit)))
    throw conflict('somebody else has started it')
}

interface Moving {
  readonly event: AuditEvent
  readonly from: CampaignMove['from']
  readonly to: CampaignMove['to']
  readonly task: CampaignMove['task']
  readonly anew?: true
  readonly includeAmbiguous?: boolean
}

async function move(needs: CampaignNeeds, id: string, how: Moving, by: Origin): Promise<void> {
  const { store, clock } = needs
  const campaign = await found(needs, id)
  const at = clock.now()
  const { event, from, to, task, anew = false, includeAmbiguous = false } = how
  const { flagged } = campaign.done
  const facts = { campaign: id, flagged, task, includeAmbiguous }
  const audit = auditOf(event, nobody, by, at, facts)
  if (await store.move(id, { from, to, task, anew, includeAmbiguous, at }, audit)) return
  throw conflict(campaign.task !== null && anew ? 'it is still at work' : `the campaign is ${campaign.state}`)
}

async function evidence(
  needs: CampaignNeeds,
  id: string,
  { format, after, limit }: EvidencePage,
  by: Origin,
): Promise<{ text: string; next: number | null }> {
  const campaign = await found(needs, id)
  const { audit, clock, store } = needs
  if (after === 0) await audit.append(auditOf('people_exported', nobody, by, clock.now(), { campaign: id, format }))
  const rows = await store.people(id, after, limit)
  const head = after === 0 ? evidenceHead(format) : ''
  const text = head + rows.map(row => evidenceLine(format, campaign, row)).join('')
  return { text, next: rows.length < limit ? null : (rows.at(-1)?.place ?? null) }
}

async function statusOf(needs: CampaignNeeds, id: string): Promise<CampaignStatus> {
  return { campaign: await found(needs, id), ...(await needs.store.tally(id)) }
}

async function found({ store }: CampaignNeeds, id: string): Promise<Campaign> {
  const campaign = await store.find(id)
  if (campaign === null) throw new Fault('not_found', { detail: `there is no campaign ${id}` })
  return campaign
}

function conflict(detail: string): Fault {
  return new Fault('conflict', { detail })
}

const nobody = { accountId: null, organizationId: null }
const textMax = 500
