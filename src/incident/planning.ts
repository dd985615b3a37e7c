import { createHash } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Account } from '../people/account.ts'
import type { Directory } from '../people/directory.ts'
import { hasLocalWays } from '../people/local-ways.ts'
import { auditOf, type Origin } from '../people/origin.ts'
import type { OrganizationId } from '../policy/facts.ts'
import type { LineProblem } from './address-list.ts'
import type { Campaign, Exclusion, PlanCounts, PlannedPerson, Selection } from './campaign.ts'
import type { Candidate } from './campaign-store.ts'
import { type ChoosingNeeds, choose, type Wanted } from './choosing.ts'

/** What a dry run says. Nothing about anybody has changed. */
export interface Plan {
  readonly id: string
  readonly digest: string
  readonly selection: Selection
  readonly counts: PlanCounts
  readonly met: Readonly<Record<string, number>>
  /** Addresses of some who will be flagged, and of some who will not, with the reason. */
  readonly sample: readonly string[]
  readonly excludedSample: readonly { readonly email: string; readonly why: Exclusion }[]
  readonly problems: readonly LineProblem[]
  readonly problemsTotal: number
}

export interface PlanningNeeds extends ChoosingNeeds {
  readonly directory: Pick<Directory, 'organizationFact'>
  readonly clock: Clock
  readonly random: Random
}

export async function plan(needs: PlanningNeeds, wanted: Wanted, by: Origin): Promise<Plan> {
  const { store, clock, random } = needs
  const chosen = await choose(needs, wanted)
  if (chosen.ids.length > peopleMax) throw new Fault('invalid_input', { detail: `more than ${peopleMax} people` })
  const id = random.token(9).replaceAll(/[^A-Za-z0-9]/g, '0')
  const plannedAt = clock.now()
  await store.begin({ id, selection: chosen.selection, plannedAt, plannedBy: by.actor.id })
  const list = createList(chosen.selection)
  for (let from = 0; from < chosen.ids.length; from += peoplePerCall) {
    const ids = chosen.ids.slice(from, from + peoplePerCall)
    const people: PlannedPerson[] = []
    for (const candidate of await store.candidates({ ids, limit: peoplePerCall }))
      people.push(list.add(candidate, await exclusionOf(needs, candidate)))
    await store.addPeople(id, people)
  }
  const { counts, digest, ...samples } = list.close(chosen.ids.length)
  const facts = { campaign: id, digest, chosen: counts.chosen, selected: counts.selected }
  const nobody = { accountId: null, organizationId: null }
  await store.freeze(id, { digest, counts }, auditOf('campaign_planned', nobody, by, clock.now(), facts))
  const { selection, met, problems, problemsTotal } = chosen
  return { id, digest, selection, counts, met, ...samples, problems, problemsTotal }
}

/** Reads the frozen list once more: nobody has changed it since. */
export async function digestOf(store: PlanningNeeds['store'], { id, selection }: Campaign): Promise<string> {
  const digest = startDigest(selection)
  for (let after = 0; ; ) {
    const page = await store.planned(id, after, 1_000)
    for (const person of page) digest.update(lineOf(person))
    const last = page.at(-1)
    if (last === undefined) return digest.digest('hex')
    after = last.place
  }
}

const peopleMax = 1_000_000
const peoplePerCall = 500
const sampleMax = 10

async function exclusionOf(
  { directory }: PlanningNeeds,
  { state, email, organizationId }: Candidate,
): Promise<Exclusion | null> {
  if (state === 'deleted' || state === 'invited') return state
  const account: Pick<Account, 'email' | 'organizationId'> = {
    email,
    organizationId: organizationId as OrganizationId | null, // because the store has read it from an account
  }
  return (await hasLocalWays(account, directory)) ? null : 'sso'
}

function createList(selection: Selection) {
  const digest = startDigest(selection)
  const excluded = { sso: 0, invited: 0, deleted: 0 }
  const sample: string[] = []
  const excludedSample: { email: string; why: Exclusion }[] = []
  let [place, alreadyFlagged, suspended] = [0, 0, 0]
  return {
    add({ id, email, state, flagged }: Candidate, why: Exclusion | null): PlannedPerson {
      place += 1
      const person = { place, accountId: id, excluded: why }
      digest.update(lineOf(person))
      if (why !== null) {
        excluded[why] += 1
        if (excludedSample.length < sampleMax) excludedSample.push({ email, why })
        return person
      }
      if (flagged) alreadyFlagged += 1
      if (state === 'suspended') suspended += 1
      if (sample.length < sampleMax) sample.push(email)
      return person
    },
    close(selected: number) {
      const chosen = place - excluded.sso - excluded.invited - excluded.deleted
      const counts: PlanCounts = { selected, chosen, alreadyFlagged, suspended, excluded }
      return { counts, digest: digest.digest('hex'), sample, excludedSample }
    },
  }
}

function startDigest(selection: Selection) {
  return createHash('sha256').update(`${JSON.stringify(selection)}\n`)
}

function lineOf({ place, accountId, excluded }: PlannedPerson): string {
  return `${place} ${accountId} ${excluded ?? 'chosen'}\n`
}
