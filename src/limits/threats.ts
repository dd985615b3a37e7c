import type { AuditEntry, AuditEvent } from '../journal/audit.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { type Raised, rank } from './caution.ts'
import type { Stuffing, StuffingChange } from './stuffing.ts'
import type { Threat, ThreatStep, ThreatStore } from './threat-store.ts'

/** What the detection of credential stuffing did, on record; and what is on record, taken up again after a restart and by other processes. */
export interface Threats {
  /** The attack under way, if there is one. Known from the first moment: it does not wait for the store. */
  current(): { readonly id: string; readonly level: Raised } | null
  /** To be called with each change of caution. */
  note(change: StuffingChange): void
  /** Reads what stands on record: at the start, and when another process has changed it. */
  refresh(): Promise<void>
  find(id: string): Promise<Threat | null>
  list(countMax: number): Promise<readonly Threat[]>
  /** A false alarm: lowered now, in every process, and not raised again by the same evidence. False when it was undone before. */
  undo(id: string, undone: { readonly at: number; readonly by: string }, audit: AuditEntry): Promise<boolean>
  /** Waits for what is being written. */
  settled(): Promise<void>
}

export interface ThreatsNeeds {
  readonly store: ThreatStore
  readonly stuffing: () => Pick<Stuffing, 'caution' | 'resume' | 'undo'>
  readonly journal: Pick<Journal, 'threatChanged' | 'trouble'>
  readonly clock: Clock
  readonly random: Random
}

export function createThreats({ store, stuffing, journal, clock, random }: ThreatsNeeds): Threats {
  let open: Threat | null = null
  let writing: Promise<void> = Promise.resolve()
  let waiting = 0
  const write = (threat: Threat, audit: AuditEntry) => {
    waiting++
    // One after the other: an older step must not overwrite a later one. What is met with caution does not wait for any of it.
    writing = writing
      .then(() => store.keep(threat, audit))
      .catch((cause: unknown) => journal.trouble('recording a threat', cause))
      .finally(() => waiting--)
  }
  const forget = () => {
    open = null
    stuffing().undo()
  }
  const refresh = async () => {
    const found = await store.findOpen()
    // What we are writing ourselves is newer than what we have just read.
    if (waiting > 0) return
    if (open !== null && open.id !== found?.id) {
      const own = await store.find(open.id)
      if (own?.undone !== null && own?.undone !== undefined) forget()
    }
    if (found === null) return
    open ??= found
    if (rank(found.level) > rank(stuffing().caution)) stuffing().resume(found.level)
  }
  return {
    current: () => (open === null ? null : { id: open.id, level: open.level }),
    note(change) {
      const at = clock.now()
      const threat = stepped(open ?? newThreat(random, at), change, at)
      open = threat.loweredAt === null ? threat : null
      journal.threatChanged({ threat: threat.id, from: change.from, to: change.to, ...figuresOf(change) })
      write(threat, auditOf(threat.id, change, at))
    },
    refresh,
    find: id => store.find(id),
    list: countMax => store.list(countMax),
    async undo(id, undone, audit) {
      await writing
      const done = await store.undo(id, undone, audit)
      if (done && open?.id === id) forget()
      return done
    },
    settled: () => writing,
  }
}

const stepsMax = 24

function newThreat(random: Random, at: number): Threat {
  const id = `t-${random.token(6)}`
  return { id, kind: 'credential_stuffing', level: 'slow', raisedAt: at, loweredAt: null, steps: [], undone: null }
}

function stepped(threat: Threat, change: StuffingChange, at: number): Threat {
  const step: ThreatStep = { at, ...change }
  const steps = [...threat.steps, step]
  const kept = steps.length <= stepsMax ? steps : [...steps.slice(0, 1), ...steps.slice(1 - stepsMax)]
  const { to } = change
  return to === 'none'
    ? { ...threat, loweredAt: at, steps: kept }
    : { ...threat, level: to, loweredAt: null, steps: kept }
}

function auditOf(threat: string, change: StuffingChange, at: number): AuditEntry {
  const event: AuditEvent = rank(change.to) > rank(change.from) ? 'threat_raised' : 'threat_lowered'
  return {
    event,
    at,
    actor: { kind: 'system', id: 'stuffing' },
    accountId: null,
    organizationId: null,
    address: null,
    receipt: null,
    facts: { threat, from: change.from, to: change.to, ...figuresOf(change) },
  }
}

/** Of the window in which the most names stand. */
function figuresOf({ evidence }: StuffingChange) {
  const [most] = evidence.windows.toSorted((a, b) => b.namesNeverRight - a.namesNeverRight)
  if (most === undefined) return {}
  const { windowMs, namesNeverRight, names, failed, leaked, automated, addresses, prefixes } = most
  return { windowSeconds: windowMs / 1000, namesNeverRight, names, failed, leaked, automated, addresses, prefixes }
}
