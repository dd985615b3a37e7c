import { createHash } from 'node:crypto'
import { parseAddress } from '../lib/address.ts'
import { compileNetworks, type Network, parseNetwork } from '../lib/cidr.ts'
import { breathe } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Organizations } from '../people/organization.ts'
import { type LineProblem, problemsMax, readAddressList } from './address-list.ts'
import type { Selection, SignedIn } from './campaign.ts'
import type { CampaignStore, SignInQuery } from './campaign-store.ts'

/** What an operator asks for. `csv`: the text of a file of addresses. */
export interface Wanted extends Omit<Selection, 'addresses'> {
  readonly csv: string | null
}

export interface Chosen {
  readonly selection: Selection
  /** In the order of their ids: the same people give the same list. */
  readonly ids: readonly string[]
  readonly problems: readonly LineProblem[]
  readonly problemsTotal: number
  /** How many met each criterion, before they were put together. */
  readonly met: Readonly<Record<string, number>>
}

export interface ChoosingNeeds {
  readonly store: CampaignStore
  readonly organizations: Pick<Organizations, 'findBySlug'>
}

/** Finds the people. Each criterion is a set of accounts; they are united or intersected as it was said. */
export async function choose(needs: ChoosingNeeds, wanted: Wanted): Promise<Chosen> {
  const networks = wanted.signedIn === null ? [] : readNetworks(wanted.signedIn.networks)
  const sets = new Map<string, ReadonlySet<string>>()
  let problems: readonly LineProblem[] = []
  let problemsTotal = 0
  let addresses: Selection['addresses'] = null
  if (wanted.csv !== null) {
    const listed = await fromAddresses(needs.store, wanted.csv)
    sets.set('addresses', listed.ids)
    ;({ problems, problemsTotal, addresses } = listed)
  }
  if (wanted.organizations.length > 0) sets.set('organizations', await fromOrganizations(needs, wanted.organizations))
  if (wanted.signedIn !== null) sets.set('signed in', await fromSignIns(needs.store, wanted.signedIn, networks))
  if (wanted.passwordLeaked) sets.set('password leaked', await fromAccounts(needs.store, { passwordLeaked: true }))
  if (wanted.held) sets.set('held', await fromAccounts(needs.store, { held: true }))
  if (wanted.everyone) sets.set('everyone', await fromAccounts(needs.store, {}))
  if (sets.size === 0)
    throw new Fault('invalid_input', { detail: 'say whom: addresses, organizations, evidence, or everyone' })
  const { csv: _, ...rest } = wanted
  return {
    selection: { ...rest, addresses },
    ids: await inOrder(await combine(wanted.match, [...sets.values()])),
    problems,
    problemsTotal,
    met: Object.fromEntries([...sets].map(([name, ids]) => [name, ids.size])),
  }
}

async function combine(match: Selection['match'], sets: readonly ReadonlySet<string>[]): Promise<ReadonlySet<string>> {
  const all = new Set<string>()
  for (const set of match === 'any' ? sets : sets.slice(0, 1)) {
    let taken = 0
    for (const id of set) {
      if (match === 'any' || sets.every(ids => ids.has(id))) all.add(id)
      taken += 1
      if (taken % idsPerStretch === 0) await breathe()
    }
  }
  return all
}

/** Shelf by shelf: hundreds of thousands sorted at one go would hold everybody else up for longer than a request may wait. */
async function inOrder(ids: ReadonlySet<string>): Promise<readonly string[]> {
  const shelves = new Map<string, string[]>()
  let shelved = 0
  for (const id of ids) {
    const begin = id.slice(0, 2)
    const shelf = shelves.get(begin)
    if (shelf === undefined) shelves.set(begin, [id])
    else shelf.push(id)
    shelved += 1
    if (shelved % idsPerStretch === 0) await breathe()
  }
  const ordered: string[] = []
  for (const begin of [...shelves.keys()].sort()) {
    for (const id of shelves.get(begin)?.sort() ?? []) ordered.push(id)
    await breathe()
  }
  return ordered
}

const idsPerStretch = 10_000
const keysPerCall = 500
const rowsPerCall = 1_000

async function fromAddresses(store: CampaignStore, csv: string) {
  const list = await readAddressList(csv)
  const { keys } = list
  const ids = new Set<string>()
  const problems = [...list.problems]
  let unknown = 0
  const digest = createHash('sha256')
  for (let from = 0; from < keys.length; from += keysPerCall) {
    const some = keys.slice(from, from + keysPerCall)
    const found = new Map((await store.idsByEmail(some.map(({ key }) => key))).map(({ key, id }) => [key, id]))
    for (const { key, line } of some) {
      digest.update(`${key}\n`)
      const id = found.get(key)
      if (id !== undefined) ids.add(id)
      else if (++unknown <= problemsMax) problems.push({ line, text: key, why: 'no such account' })
    }
  }
  return {
    ids,
    problems: problems.sort((left, right) => left.line - right.line).slice(0, problemsMax),
    problemsTotal: list.problemsTotal + unknown,
    addresses: { count: keys.length, digest: digest.digest('hex') },
  }
}

async function fromOrganizations(
  { store, organizations }: ChoosingNeeds,
  slugs: readonly string[],
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (const slug of slugs) {
    const organization = await organizations.findBySlug(slug)
    if (organization === null) throw new Fault('invalid_input', { detail: `there is no organization ${slug}` })
    for (const id of await fromAccounts(store, { organizationId: organization.id })) ids.add(id)
  }
  return ids
}

async function fromAccounts(
  store: CampaignStore,
  query: { organizationId?: string; passwordLeaked?: true; held?: true },
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (let after = ''; ; ) {
    const page = await store.candidates({ ...query, after, limit: rowsPerCall })
    for (const { id } of page) ids.add(id)
    const last = page.at(-1)
    if (last === undefined || page.length < rowsPerCall) return ids
    after = last.id
  }
}

// A right password leaves one of the first three, whether a session came of it, a further step was asked for, or the account was held.
const cameIn = ['session_opened', 'sign_in_challenged', 'account_held'] as const

async function fromSignIns(
  store: CampaignStore,
  { from, until, includeRefused }: SignedIn,
  networks: readonly Network[],
): Promise<ReadonlySet<string>> {
  const compiled = compileNetworks(networks)
  const ids = new Set<string>()
  for (const event of includeRefused ? [...cameIn, 'sign_in_refused' as const] : cameIn) {
    let after: SignInQuery['after'] = null
    for (;;) {
      const page = await store.signIns({ event, from, until, after, limit: rowsPerCall })
      for (const { accountId, address } of page) {
        const parsed = parseAddress(address)
        if (accountId !== '' && parsed !== null && compiled.find(parsed) >= 0) ids.add(accountId)
      }
      const last = page.at(-1)
      if (last === undefined || page.length < rowsPerCall) break
      after = { at: last.at, number: last.number }
    }
  }
  return ids
}

function readNetworks(texts: readonly string[]): readonly Network[] {
  return texts.map(text => {
    const network = parseNetwork(text)
    if (network === null) throw new Fault('invalid_input', { detail: `${text} is no network` })
    return network
  })
}
