import type { CampaignStore } from '../../incident/campaign-store.ts'
import { countCuts, findCampaign, listCampaigns, listPeople, tally } from './campaign-books.ts'
import { flagBatch } from './campaign-flags.ts'
import { nextPeople } from './campaign-next.ts'
import { addPeople, begin, candidates, freeze, idsByEmail, planned, signIns } from './campaign-plans.ts'
import { remindBatch } from './campaign-reminders.ts'
import { claim, finish, move, release, start } from './campaign-turns.ts'
import { withdrawBatch } from './campaign-withdrawals.ts'
import type { Ground } from './ground.ts'

export function createCampaigns(ground: Ground): CampaignStore {
  return {
    begin: draft => begin(ground, draft),
    addPeople: (id, people) => addPeople(ground, id, people),
    freeze: (id, plan, audit) => freeze(ground, id, plan, audit),
    planned: (id, after, limit) => planned(ground, id, after, limit),
    idsByEmail: keys => idsByEmail(ground, keys),
    candidates: query => candidates(ground, query),
    signIns: query => signIns(ground, query),
    start: (id, by, digest, audit) => start(ground, { id, start: by, digest }, audit),
    move: (id, wanted, audit) => move(ground, id, wanted, audit),
    claim: (worker, at, leaseUntil) => claim(ground, worker, at, leaseUntil),
    next: (id, query) => nextPeople(ground, id, query),
    flag: batch => flagBatch(ground, batch),
    remind: batch => remindBatch(ground, batch),
    withdraw: batch => withdrawBatch(ground, batch),
    finish: (id, worker, end, audit) => finish(ground, { id, worker, ...end }, audit),
    release: worker => release(ground, worker),
    find: id => findCampaign(ground, id),
    list: limit => listCampaigns(ground, limit),
    people: (id, after, limit) => listPeople(ground, id, after, limit),
    tally: id => tally(ground, id),
    countCuts: (cuts, since) => countCuts(ground, cuts, since),
  }
}
