import { parseFields } from '../http/forms.ts'
import type { TaggedCookies } from '../http/tagged-cookies.ts'
import { taggedValueMax } from '../http/tagged-cookies.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { RawHeaders } from '../lib/request-head.ts'
import type { Seal } from '../lib/seal.ts'
import type { SessionName } from '../people/session-book.ts'
import type { OrganizationId } from '../policy/facts.ts'
import type { OpenRequest } from '../sso/reading.ts'
import { type RequestIds, type RequestPurpose, requestMs } from '../sso/request-ids.ts'
import type { Journey, Journeys } from './journey.ts'

/**
 * The requests that a browser has sent to identity providers and that wait for an answer. Each lives in a sealed cookie of its own and
 * nowhere else, so several tabs work and an anonymous GET stores nothing. What the other cookies would have said comes along: they are
 * SameSite=Lax, and do not travel with the form that the provider's page posts.
 */
export interface SamlRequests {
  /** A new request, and the Set-Cookie lines that keep it; where there are too many, the oldest go. */
  start(
    headers: RawHeaders,
    asked: AskedRequest,
  ): { readonly request: SamlRequest; readonly cookies: readonly string[] }
  /** Those of this browser to that organization's provider that are not too old, newest first. */
  listOf(headers: RawHeaders, organizationId: OrganizationId): readonly SamlRequest[]
  /** That the person read last, before they went: the cookie of their choice stays at home. */
  languageOf(headers: RawHeaders): string | null
  /** A Set-Cookie line: it was answered. */
  forget(request: SamlRequest): string
}

export interface AskedRequest {
  readonly organizationId: OrganizationId
  readonly purpose: RequestPurpose
  /** The provider has to ask the person anew. */
  readonly forced: boolean
  readonly contexts: readonly string[]
  readonly journey: Journey
  /** The browser's device cookie: known devices stay known. */
  readonly device: string | null
  readonly language: string
  /** The session that this browser holds: proved anew, or ended by the one that opens. */
  readonly session: SessionName | null
}

export interface SamlRequest extends OpenRequest, Omit<AskedRequest, 'journey'> {
  /** Names its cookie; travels as the RelayState. */
  readonly tag: string
  readonly journey: Journey
}

export interface SamlRequestsNeeds {
  readonly cookies: TaggedCookies
  /** Under a key of its own: anybody can have as many cookies sealed as they like. */
  readonly seal: Seal
  readonly ids: RequestIds
  readonly journeys: Journeys
  readonly random: Random
  readonly clock: Clock
}

/** What is sealed: as it was asked for, the journey as a query. */
interface Kept extends Omit<AskedRequest, 'journey'> {
  readonly nonce: string
  readonly startedAt: number
  readonly way: string
}

const requestsMax = 8
/** Half of the 16 KiB that a head may have: a page elsewhere that starts many must not make the portal unreachable for this browser. */
const bytesMax = 8_000
const tagBytes = 8
const nonceBytes = 16

export function createSamlRequests(needs: SamlRequestsNeeds): SamlRequests {
  const { cookies, clock } = needs
  return {
    start(headers, asked) {
      const tag = needs.random.token(tagBytes)
      const { kept, value } = keep(needs, tag, asked)
      const cookie = cookies.write(tag, value, requestMs / 1000)
      const gone = crowdedOut(needs, headers, cookies.sizeOf(value)).map(former => cookies.clear(former))
      return { request: requestOf(needs, tag, kept), cookies: [...gone, cookie] }
    },
    listOf(headers, organizationId) {
      const now = clock.now()
      return openAll(needs, headers)
        .filter(({ kept }) => kept.organizationId === organizationId && isLive(kept, now))
        .slice(0, requestsMax)
        .map(({ tag, kept }) => requestOf(needs, tag, kept))
    },
    languageOf: headers => openAll(needs, headers)[0]?.kept.language ?? null,
    forget: ({ tag }) => cookies.clear(tag),
  }
}

function keep(
  needs: SamlRequestsNeeds,
  tag: string,
  { journey, ...asked }: AskedRequest,
): { readonly kept: Kept; readonly value: string } {
  const nonce = needs.random.token(nonceBytes)
  const kept = { ...asked, nonce, startedAt: needs.clock.now(), way: needs.journeys.query(journey) }
  const value = needs.seal.close(JSON.stringify(kept), contextOf(tag))
  if (value.length <= taggedValueMax) return { kept, value }
  // A return address that is too long for a cookie is left out: the sign-in leads to the account page.
  const short = { ...kept, way: '' }
  return { kept: short, value: needs.seal.close(JSON.stringify(short), contextOf(tag)) }
}

function requestOf({ ids, journeys }: SamlRequestsNeeds, tag: string, { way, nonce, ...kept }: Kept): SamlRequest {
  return { ...kept, tag, id: ids.idOf({ nonce, ...kept }), journey: journeys.parse(parseFields(way)) }
}

/** Newest first. What does not open was not sealed by us for that name. */
function openAll({ cookies, seal }: SamlRequestsNeeds, headers: RawHeaders): { tag: string; kept: Kept }[] {
  return cookies
    .read(headers)
    .flatMap(({ tag, value }) => {
      const kept = open(seal, value, tag)
      return kept === null ? [] : [{ tag, kept }]
    })
    .sort((left, right) => right.kept.startedAt - left.kept.startedAt)
}

function open(seal: Seal, value: string, tag: string): Kept | null {
  try {
    return JSON.parse(seal.open(value, contextOf(tag))) as Kept // because nobody else can have sealed it
  } catch {
    return null
  }
}

function isLive({ startedAt }: Kept, now: number): boolean {
  return startedAt <= now && now < startedAt + requestMs
}

/** Tags of those that a new one of that size leaves no room for: unreadable and old ones first. */
function crowdedOut(needs: SamlRequestsNeeds, headers: RawHeaders, size: number): readonly string[] {
  const now = needs.clock.now()
  const stays = new Set<string>()
  const sizes = new Map(needs.cookies.read(headers).map(({ tag, value }) => [tag, needs.cookies.sizeOf(value)]))
  let left = bytesMax - size
  for (const { tag, kept } of openAll(needs, headers)) {
    left -= sizes.get(tag) ?? 0
    if (left < 0 || stays.size + 1 >= requestsMax) break
    if (isLive(kept, now)) stays.add(tag)
  }
  return [...sizes.keys()].filter(tag => !stays.has(tag))
}

function contextOf(tag: string): string {
  return `saml-request:1:${tag}`
}
