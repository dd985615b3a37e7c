import type { Clock } from '../lib/clock.ts'
import { type Budget, type Rate, unlimited } from './budget.ts'
import { createGcra, type Gcra } from './gcra.ts'

// The budgets of ordinary traffic. This room counts and says how things stand; whether that refuses anybody is for a gate to say.
// Who asks because a request came spends; who only wants to know (explain, preview, live connections) peeks. Start at `createTraffic`.

/** The numbers of traffic; null: no such budget. */
export interface TrafficRates {
  /** Requests of one address (IPv6: one /64) without a live session. */
  readonly address: Rate | null
  /** Requests of one address with a live session: a flood cap only, so that an office behind one address is not punished. */
  readonly addressWithSession: Rate | null
  readonly account: Rate | null
  readonly organization: Rate | null
  /** By route name; who shares a bucket of the route is for the route to say. */
  readonly routes: ReadonlyMap<string, RouteRate>
  /** Keys of each budget that are held at a time. */
  readonly keysMax: number
}

export interface RouteRate extends Rate {
  readonly per: 'address' | 'account' | 'route'
}

/** Whose request it is, as far as that is known. */
export interface Requester {
  readonly addressKey: string
  readonly accountId: string | null
}

export interface TrafficBudgets {
  address(addressKey: string, hasSession: boolean): Budget
  account(accountId: string): Budget
  organization(organizationId: string): Budget
  route(name: string, requester: Requester): Budget
}

export interface Traffic {
  readonly spend: TrafficBudgets
  readonly peek: TrafficBudgets
  /** Takes new numbers after a reload. Budgets whose numbers stayed keep what was counted. */
  adopt(rates: TrafficRates): void
}

export function createTraffic(options: { clock: Clock; rates: TrafficRates }): Traffic {
  const { clock } = options
  let tables = buildTables(clock, options.rates, new Map())
  return {
    spend: budgetsOf(
      () => tables,
      (gcra, key) => gcra.spend(key),
    ),
    peek: budgetsOf(
      () => tables,
      (gcra, key) => gcra.peek(key),
    ),
    adopt(rates) {
      tables = buildTables(clock, rates, tables)
    },
  }
}

interface Table {
  readonly rate: Rate
  readonly per: RouteRate['per'] | null
  readonly keysMax: number
  readonly gcra: Gcra
}

function buildTables(
  clock: Clock,
  rates: TrafficRates,
  before: ReadonlyMap<string, Table>,
): ReadonlyMap<string, Table> {
  const { keysMax } = rates
  const tables = new Map<string, Table>()
  const add = (name: string, rate: Rate | null, per: RouteRate['per'] | null) => {
    if (rate === null) return
    const old = before.get(name)
    const same = old !== undefined && sameRate(old.rate, rate) && old.per === per && old.keysMax === keysMax
    tables.set(name, same ? old : { rate, per, keysMax, gcra: createGcra({ clock, rate, keysMax }) })
  }
  add('address', rates.address, null)
  add('address-with-session', rates.addressWithSession, null)
  add('account', rates.account, null)
  add('organization', rates.organization, null)
  for (const [name, rate] of rates.routes) add(routeTable(name), rate, rate.per)
  return tables
}

function budgetsOf(tables: () => ReadonlyMap<string, Table>, ask: (gcra: Gcra, key: string) => Budget): TrafficBudgets {
  const of = (name: string, key: string) => {
    const table = tables().get(name)
    return table === undefined ? unlimited : ask(table.gcra, key)
  }
  return {
    address: (key, hasSession) => of(hasSession ? 'address-with-session' : 'address', key),
    account: id => of('account', id),
    organization: id => of('organization', id),
    route(name, requester) {
      const table = tables().get(routeTable(name))
      return table === undefined ? unlimited : ask(table.gcra, bucketOf(table.per, requester))
    },
  }
}

/** Without an account, a bucket per account is one per address: nobody shares the bucket of all who are not signed in. */
function bucketOf(per: RouteRate['per'] | null, { addressKey, accountId }: Requester): string {
  if (per === 'account') return accountId ?? addressKey
  return per === 'address' ? addressKey : ''
}

function routeTable(name: string): string {
  return `route ${name}`
}

function sameRate(left: Rate, right: Rate): boolean {
  return left.quota === right.quota && left.windowMs === right.windowMs && left.burst === right.burst
}
