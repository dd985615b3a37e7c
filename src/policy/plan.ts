import type { Gate } from './gate.ts'
import type { GateName } from './gate-name.ts'
import { gates } from './gates.ts'

/**
 * Which entrance walks which gates. The order is the order of `gates`, and part of the contract (docs/gates.md).
 *
 * - `entry`: an attempt wants to become a session        - `own`: a signed-in person on the portal's pages
 * - `portal`: pages of the portal that need no session     - `public`: a public route
 * - `proxy`, `forward`, `live`: requests for the application, forward-auth, and connections that are already open
 * - `admin`: acts on others
 */
export const entrances = ['portal', 'entry', 'own', 'public', 'proxy', 'forward', 'live', 'admin'] as const
export type Entrance = (typeof entrances)[number]

// `entry` is asked within a request that `portal` has let in. It takes nothing from the address again, or whoever counts until the budget
// ends would learn in the suspicious lane which passwords were right: a decoy walks nowhere.
const plan: Record<GateName, readonly Entrance[]> = {
  'from-route-network': ['portal', 'entry', 'own', 'public', 'proxy', 'forward', 'live', 'admin'],
  'origin-allowed': ['portal', 'entry', 'own', 'public', 'proxy', 'forward', 'live', 'admin'],
  'within-address-budget': ['portal', 'own', 'public', 'proxy', 'forward', 'live', 'admin'],
  'signed-in': ['own', 'proxy', 'forward', 'live', 'admin'],
  'first-factor-done': ['entry'],
  'sso-respected': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'password-current': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'sign-in-confirmed': ['entry'],
  'second-factor-done': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'account-open': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'from-organization-network': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'on-allowed-device': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'proved-recently': ['own', 'proxy', 'forward', 'live', 'admin'],
  'role-allowed': ['own', 'proxy', 'forward', 'live', 'admin'],
  'within-account-budget': ['proxy', 'forward', 'live'],
  'within-organization-budget': ['proxy', 'forward', 'live'],
  'within-route-budget': ['public', 'proxy', 'forward', 'live'],
  'may-act': ['admin'],
}

export type Walks = Readonly<Record<Entrance, readonly Gate[]>>

/** The walks of all entrances. Tests build plans with one row taken out, to prove that its guarantee is then missed. */
export function buildWalks(without: ReadonlySet<GateName> = new Set()): Walks {
  const walkOf = (entrance: Entrance): readonly Gate[] =>
    gates.filter(gate => plan[gate.name].includes(entrance) && !without.has(gate.name))
  return {
    portal: walkOf('portal'),
    entry: walkOf('entry'),
    own: walkOf('own'),
    public: walkOf('public'),
    proxy: walkOf('proxy'),
    forward: walkOf('forward'),
    live: walkOf('live'),
    admin: walkOf('admin'),
  }
}

/** One row per gate, for docs/gates.md and `sekisho gates`. */
export function gateTable(): readonly { name: GateName; asks: readonly string[]; entrances: readonly Entrance[] }[] {
  return gates.map(gate => ({ name: gate.name, asks: gate.asks, entrances: plan[gate.name] }))
}
