import { budgetKey } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { createTurns } from '../people/turns.ts'
import { samlAddresses } from '../sso/addresses.ts'
import type { LogoutMessage, LogoutReading } from '../sso/logout-reading.ts'
import type { SeenParts } from '../sso/reading.ts'
import type { SamlRefusal } from '../sso/refusal.ts'
import type { PortalConfig } from './config.ts'
import type { ProviderAt } from './provider-at.ts'
import type { SamlRooms } from './saml-rooms.ts'
import type { Visit } from './visit.ts'

/**
 * Whether a logout message of a provider counts. What the message itself must be is judged by the thread that reads XML; here stands that it
 * is used once, and that an answer answers a request of ours.
 */
export interface SamlLogoutJudge {
  judge(sent: SentToUs): Promise<LogoutReading>
}

export interface SentToUs extends ProviderAt {
  readonly visit: Visit
  readonly message: LogoutMessage
}

export interface SamlLogoutJudgeNeeds extends Pick<SamlRooms, 'logoutIds' | 'spentOnce' | 'xml'> {
  readonly config: Pick<PortalConfig, 'portalOrigin'>
  readonly clock: Clock
}

/** As many as there are threads: sign-ins are not to wait behind them. */
const turns = { places: 2, waitingMax: 32, waitingMaxPerKey: 16 }

export function createSamlLogoutJudge(needs: SamlLogoutJudgeNeeds): SamlLogoutJudge {
  const inTurn = createTurns(turns)
  return {
    async judge(sent) {
      const key = budgetKey(sent.visit.head.client.address)
      try {
        const reading = await inTurn({ lane: 'address', key }, () => read(needs, sent))
        return reading.kind === 'refused' ? reading : await judgeRead(needs, sent, reading)
      } catch (cause) {
        if (cause instanceof Fault && cause.code === 'busy') return refusedLogout('busy', 'too many wait already')
        throw cause
      }
    },
  }
}

type RefusedLogout = Extract<LogoutReading, { kind: 'refused' }>

export function refusedLogout(cause: SamlRefusal, detail: string, seen: SeenParts = nothingSeen): RefusedLogout {
  return { kind: 'refused', cause, detail, seen }
}

const nothingSeen: SeenParts = { issuer: null, nameId: null, offsetMs: null }

async function read(needs: SamlLogoutJudgeNeeds, sent: SentToUs): Promise<LogoutReading> {
  const { organization, provider, message } = sent
  const { metadata, staged, settings } = provider
  const ran = await needs.xml.run('logout', {
    message,
    provider: {
      entityId: metadata.entityId,
      certificates: [...new Set([...metadata.certificates, ...(staged?.certificates ?? [])])],
      skewMs: settings.skewMs,
    },
    logoutUrl: samlAddresses(needs.config.portalOrigin, organization.slug).logout,
    now: needs.clock.now(),
  })
  switch (ran.kind) {
    case 'done':
      return ran.value
    case 'busy':
      return refusedLogout('busy', 'too many messages are being read')
    case 'given_up':
      return refusedLogout('unreadable', ran.detail)
    default:
      return ran satisfies never
  }
}

async function judgeRead(
  { logoutIds, spentOnce, clock }: SamlLogoutJudgeNeeds,
  { organization }: SentToUs,
  reading: Exclude<LogoutReading, RefusedLogout>,
): Promise<LogoutReading> {
  if (reading.kind === 'response' && !logoutIds.isOurs(reading.inResponseTo, organization.id))
    return refusedLogout('request_unknown', 'it answers no request of ours', reading.seen)
  const now = clock.now()
  // Beyond its end: one that is sent again in its last moment may be judged in time, and come here after it.
  const until = Math.max(reading.endsAt, now) + 5 * 60_000
  return (await spentOnce.spend(`saml-logout:${organization.id}:${reading.id}`, until, now))
    ? reading
    : refusedLogout('replayed', 'the message was used before', reading.seen)
}
