import type { AuditEntry } from '../journal/audit.ts'
import { parseAddress } from '../lib/address.ts'
import { compileNetworks, type Network, type Networks, parseNetwork } from '../lib/cidr.ts'
import type { Clock } from '../lib/clock.ts'
import type { Ban, BanStore } from './ban-store.ts'
import type { SignInTry } from './regulation.ts'

/** Whom operators have shut out, read from memory: tries, codes and reset mails ask before they do anything. */
export interface Bans {
  /** Synchronous. To whoever tries, banned reads as a wrong password; which ban spoke is for operators. */
  find(attempt: SignInTry): Ban | null
  isBanned(attempt: SignInTry): boolean
  list(): Promise<readonly Ban[]>
  add(ban: Ban, audit: AuditEntry): Promise<string>
  remove(id: string, audit: AuditEntry): Promise<boolean>
  /** Reads the store again: at the start, and when another process has changed it. */
  refresh(): Promise<void>
}

export function createBans({ store, clock }: { store: BanStore; clock: Clock }): Bans {
  let lists = compile([], 0)
  let loads = 0
  const refresh = async () => {
    const load = ++loads
    const found = await store.list(clock.now())
    // A slow answer must not overwrite a later one.
    if (load === loads) lists = compile(found, clock.now())
  }
  const current = () => {
    if (clock.now() >= lists.endsAt) lists = compile(lists.bans, clock.now())
    return lists
  }
  const find = ({ address, name, deviceLane }: SignInTry) => {
    const { networks, ofNetwork, ofName, bans } = current()
    if (bans.length === 0) return null
    const slash = address.indexOf('/')
    const parsed = parseAddress(slash < 0 ? address : address.slice(0, slash))
    const banned = parsed === null ? undefined : ofNetwork[networks.find(parsed)]
    if (banned !== undefined) return banned
    const ban = ofName.get(name)
    return ban !== undefined && (ban.allDevices || deviceLane === 'unknown') ? ban : null
  }
  return {
    find,
    isBanned: attempt => find(attempt) !== null,
    list: () => store.list(clock.now()),
    async add(ban, audit) {
      const id = await store.add(ban, audit)
      await refresh()
      return id
    },
    async remove(id, audit) {
      const removed = await store.remove(id, audit)
      await refresh()
      return removed
    },
    refresh,
  }
}

/**
 * The network of a ban; null when it is none. Nobody holds less than a /64 of IPv6: a ban on one address of it would be left behind by
 * the next one, so it is widened.
 */
export function banNetwork(text: string): Network | null {
  const network = parseNetwork(text)
  if (network === null || network.address.family === 4 || network.prefix <= 64) return network
  const [first, second] = network.address.words
  const words = [first >>> 16, first & 0xffff, second >>> 16, second & 0xffff].map(word => word.toString(16))
  return parseNetwork(`${words.join(':')}::/64`)
}

interface Lists {
  readonly bans: readonly Ban[]
  readonly networks: Networks
  /** In the order of `networks`. */
  readonly ofNetwork: readonly Ban[]
  readonly ofName: ReadonlyMap<string, Ban>
  /** When the first of them ends: then they are compiled anew, so that a wider one that goes on speaks. */
  readonly endsAt: number
}

function compile(given: readonly Ban[], now: number): Lists {
  const bans = given.filter(({ until }) => until === null || now < until)
  const compiled = bans.flatMap(ban => {
    const network = ban.kind === 'address' ? banNetwork(ban.value) : null
    return network === null ? [] : [{ ban, network }]
  })
  return {
    bans,
    networks: compileNetworks(compiled.map(({ network }) => network)),
    ofNetwork: compiled.map(({ ban }) => ban),
    ofName: new Map(bans.flatMap(ban => (ban.kind === 'account' ? [[ban.value, ban] as const] : []))),
    endsAt: Math.min(...bans.map(({ until }) => until ?? Number.POSITIVE_INFINITY)),
  }
}
