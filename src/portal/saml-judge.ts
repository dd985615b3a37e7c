import { createHash } from 'node:crypto'
import { budgetKey } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { type Email, parseEmail } from '../people/email.ts'
import type { Organization } from '../people/organization.ts'
import { rulesAt } from '../people/organization-rules.ts'
import type { SessionBook } from '../people/session-book.ts'
import { createTurns } from '../people/turns.ts'
import { samlAddresses } from '../sso/addresses.ts'
import { judgeResponse } from '../sso/judge-response.ts'
import type { AcceptedAssertion, ResponseReading, SeenParts } from '../sso/reading.ts'
import type { SamlRefusal } from '../sso/refusal.ts'
import { requestMs } from '../sso/request-ids.ts'
import type { PortalConfig } from './config.ts'
import type { ProviderAt } from './provider-at.ts'
import type { SamlRequest } from './saml-requests.ts'
import type { SamlRooms } from './saml-rooms.ts'
import type { Visit } from './visit.ts'

/**
 * Whether an answer of a provider counts, and for which request of this browser. What the message itself must be is judged by the thread that
 * reads XML; here stands what only the house knows: the rules of the organization, whose domain it is, and that it is used once.
 */
export interface SamlJudge {
  judge(posted: PostedToUs): Promise<Judged>
}

export interface PostedToUs extends ProviderAt {
  readonly visit: Visit
  readonly message: string
  /** Those of this browser to that provider. */
  readonly requests: readonly SamlRequest[]
}

export type Judged = Vouched | Refused

export interface Vouched {
  readonly kind: 'vouched'
  readonly assertion: AcceptedAssertion
  readonly email: Email
  /** Null: nobody asked, and the organization lets its provider begin. */
  readonly request: SamlRequest | null
  readonly seen: SeenParts
}

export interface Refused {
  readonly kind: 'refused'
  readonly cause: SamlRefusal
  readonly detail: string
  readonly seen: SeenParts
}

export interface SamlJudgeNeeds extends Pick<SamlRooms, 'emailDomains' | 'ownKeys' | 'spentOnce' | 'xml'> {
  readonly sessionBook: Pick<SessionBook, 'wasSignedOut'>
  readonly config: Pick<PortalConfig, 'portalOrigin'>
  readonly clock: Clock
}

/**
 * As many as there are threads for each of the two: those whose browser shows a request of ours (a seal that opens costs microseconds), and
 * everybody else. Strangers of however many networks so wait behind strangers. Of one network (an IPv6 /64 is one) few wait at once.
 */
const expectedTurns = { places: 2, waitingMax: 64, waitingMaxPerKey: 32 }
const strangersTurns = { places: 2, waitingMax: 64, waitingMaxPerKey: 8 }

const nothingSeen: SeenParts = { issuer: null, nameId: null, offsetMs: null }

export function createSamlJudge(needs: SamlJudgeNeeds): SamlJudge {
  const [expected, strangers] = [createTurns(expectedTurns), createTurns(strangersTurns)]
  return {
    async judge(posted) {
      const key = budgetKey(posted.visit.head.client.address)
      try {
        const inTurn = posted.requests.length > 0 ? expected : strangers
        const reading = await inTurn({ lane: 'address', key }, () => read(needs, posted))
        return reading.kind === 'refused' ? reading : await judgeAccepted(needs, posted, reading)
      } catch (cause) {
        if (cause instanceof Fault && cause.code === 'busy')
          return refused('busy', 'too many wait already', nothingSeen)
        throw cause
      }
    },
  }
}

export function refused(cause: SamlRefusal, detail: string, seen: SeenParts = nothingSeen): Refused {
  return { kind: 'refused', cause, detail, seen }
}

function isInForce({ organization }: PostedToUs, now: number): boolean {
  return rulesAt(organization, now).sso.required
}

async function read(needs: SamlJudgeNeeds, posted: PostedToUs): Promise<ResponseReading> {
  const { organization, provider, message } = posted
  const now = needs.clock.now()
  const { entityId, acs } = samlAddresses(needs.config.portalOrigin, organization.slug)
  const { settings, metadata, staged } = provider
  const inForce = isInForce(posted, now)
  return judgeResponse(needs.xml, {
    message,
    provider: {
      entityId: metadata.entityId,
      certificates: [...new Set([...metadata.certificates, ...(staged?.certificates ?? [])])],
      settings,
    },
    us: { entityId, acsUrl: acs, decryptionKeys: await needs.ownKeys.decryptionKeys() },
    // Before it is in force, only what a test has asked for can be answered.
    requests: posted.requests
      .filter(({ purpose }) => inForce || purpose === 'test')
      .map(({ id, startedAt, forced, contexts }) => ({ id, startedAt, forced, contexts })),
    unsolicited: settings.unsolicited && inForce,
    now,
  })
}

async function judgeAccepted(
  needs: SamlJudgeNeeds,
  posted: PostedToUs,
  { assertion, seen }: Extract<ResponseReading, { kind: 'accepted' }>,
): Promise<Judged> {
  const { organization, provider } = posted
  const now = needs.clock.now()
  const request = posted.requests.find(({ id }) => id === assertion.requestId) ?? null
  if (request === null && (assertion.requestId !== null || !provider.settings.unsolicited))
    return refused('request_unknown', 'no request of this browser', seen)
  if (!isInForce(posted, now) && request?.purpose !== 'test')
    return refused('switched_off', 'single sign-on is not in force for the organization', seen)
  const email = parseEmail(assertion.email)
  if (email === null) return refused('name_id', 'the address is no e-mail address', seen)
  const domain = email.key.slice(email.key.lastIndexOf('@') + 1)
  if ((await needs.emailDomains.ownerOf(domain)) !== organization.id)
    return refused('email_domain', `${domain} is not verified for ${organization.slug}`, seen)
  if (assertion.sessionEndsAt !== null && assertion.sessionEndsAt <= now)
    return refused('expired', 'the session at the provider has ended (SessionNotOnOrAfter)', seen)
  if (await wasSignedOut(needs, organization, assertion))
    return refused('logged_out', 'the provider has ended this sign-in, by a logout that came before it', seen)
  // Spent before anything opens, and over all processes: of many posts of one message, one comes further.
  if (!(await needs.spentOnce.spend(keyOf(organization, assertion), rememberedUntil(assertion.endsAt, now), now)))
    return refused('replayed', 'the assertion was used before', seen)
  if (request !== null && !(await spendRequest(needs, request, now)))
    return refused('request_unknown', 'the request was answered before', seen)
  return { kind: 'vouched', assertion, email, request, seen }
}

/** For a cause of its own; that nothing opens or is proved anew by it is kept where sessions are written. */
function wasSignedOut({ sessionBook }: SamlJudgeNeeds, { id }: Organization, assertion: AcceptedAssertion) {
  const { issuer, nameId, sessionIndex, issuedAt } = assertion
  return sessionBook.wasSignedOut({ organizationId: id, issuer, nameId, sessionIndex, issuedAt })
}

function keyOf({ id }: Organization, assertion: AcceptedAssertion): string {
  const name = createHash('sha256')
    .update(JSON.stringify([assertion.issuer, assertion.id]))
    .digest('base64url')
  return `saml:${id}:${name}`
}

/** Beyond its end: one that is posted again in its last moment may be judged in time, and come here after it. */
function rememberedUntil(endsAt: number, now: number): number {
  return Math.max(endsAt, now) + 5 * 60_000
}

function spendRequest({ spentOnce }: SamlJudgeNeeds, { id, startedAt }: SamlRequest, now: number): Promise<boolean> {
  return spentOnce.spend(`saml-request:${id}`, rememberedUntil(startedAt + requestMs, now), now)
}
