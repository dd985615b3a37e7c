import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Notice } from '../notices/notice.ts'
import type { Proof, SessionId } from '../policy/facts.ts'
import type { Account } from './account.ts'
import { methodOf } from './account-notices.ts'
import { agentLengthMax } from './device.ts'
import { type DeviceNow, isKnown } from './known-devices.ts'
import type { Organization } from './organization.ts'
import { rulesAt } from './organization-rules.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import type { Device, Devices, Session, Sessions } from './session.ts'
import type { SessionTokens } from './session-tokens.ts'
import type { SignInNotices } from './sign-in-notices.ts'
import type { Trail } from './trail.ts'

export interface Opening {
  readonly account: Account
  /** The account's organization: it may shorten the limits. */
  readonly organization: Organization | null
  readonly proofs: readonly Proof[]
  /** The portal's host. */
  readonly host: string
  readonly device: DeviceNow
  readonly address: string
  readonly agent: string
  readonly attemptId: string | null
  readonly breakGlass: boolean
}

export interface OpenedSession {
  readonly token: string
  readonly session: Session
}

export interface OpeningNeeds {
  readonly sessions: Sessions
  readonly devices: Devices
  readonly tokens: SessionTokens
  readonly clock: Clock
  readonly random: Random
  readonly limits: SessionLimits
  readonly notices: SignInNotices
}

export interface SessionLimits {
  readonly idleMs: number
  readonly absoluteMs: number
}

export type Open = (opening: Opening, by: Origin, notices: readonly Notice[]) => Promise<OpenedSession | null>

/** Opens a portal session under a new token; the device, the notice and the audit row are written with it. */
export function createOpening(needs: OpeningNeeds): Open {
  const { sessions, devices, tokens, clock } = needs
  return async (opening, by, notices) => {
    const now = clock.now()
    const { token, tokenHash } = tokens.mint()
    const session = sessionOf(opening, {
      tokenHash,
      now,
      limits: limitsOf(opening, needs.limits, now),
      random: needs.random,
    })
    const known = await devices.find(opening.account.id, opening.device.deviceId)
    // Asked here and not of the caller: the notice of a new device cannot be switched off (docs/notices.md).
    const traces = await needs.notices.of({
      ...{ account: opening.account, session, isNew: !isKnown(known), by },
      organizationName: opening.organization?.name ?? null,
    })
    const trail = {
      audit: opened(opening, session, by, traces.facts),
      notices: [...traces.notices, ...notices],
      links: traces.links ?? [],
    }
    const isOpen = await sessions.open(session, deviceOf(opening, now), opening.attemptId, trail)
    return isOpen ? { token, session } : null
  }
}

/** The gateway's limits, or the organization's where those are shorter. */
function limitsOf({ account, organization }: Opening, limits: SessionLimits, now: number): SessionLimits {
  // Its shorter limits would be lost with it.
  if ((organization?.id ?? null) !== account.organizationId)
    throw new Fault('internal', { detail: 'a session was to open without the organization of its account' })
  const rules = organization === null ? null : rulesAt(organization, now)
  return {
    idleMs: Math.min(limits.idleMs, rules?.sessionIdleMs ?? Number.POSITIVE_INFINITY),
    absoluteMs: Math.min(limits.absoluteMs, rules?.sessionAbsoluteMs ?? Number.POSITIVE_INFINITY),
  }
}

function sessionOf(
  opening: Opening,
  { tokenHash, now, limits, random }: { tokenHash: string; now: number; limits: SessionLimits; random: Random },
): Session {
  const id = newSessionId(random)
  const { account, proofs, host, device, address, agent, breakGlass } = opening
  return {
    id,
    tokenHash,
    rootId: id,
    accountId: account.id,
    organizationId: account.organizationId,
    host,
    proofs,
    openedAt: now,
    seenAt: now,
    idleMs: limits.idleMs,
    absoluteEndsAt: Math.min(now + limits.absoluteMs, ...proofs.map(({ until }) => until ?? Number.POSITIVE_INFINITY)),
    deviceId: device.deviceId,
    address,
    agent: agent.slice(0, agentLengthMax),
    breakGlass,
  }
}

export function newSessionId(random: Random): SessionId {
  return random.token(16) as SessionId // because only here an id becomes one
}

function deviceOf({ account, device, address }: Opening, now: number): Device {
  const { deviceId, label, mobile } = device
  return {
    accountId: account.id,
    deviceId,
    label,
    mobile,
    approvedAt: null,
    firstSeenAt: now,
    lastSeenAt: now,
    address,
    reportedAt: null,
  }
}

function opened(
  { account, proofs, host, breakGlass }: Opening,
  session: Session,
  by: Origin,
  traces: Trail['audit']['facts'],
): Trail['audit'] {
  const facts = { session: session.id, method: methodOf(proofs), host, breakGlass, ...traces }
  return auditOf('session_opened', aboutAccount(account), by, session.openedAt, facts)
}
