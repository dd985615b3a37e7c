import type { CookieJar } from '../http/cookies.ts'
import type { Clock } from '../lib/clock.ts'
import type { Account } from '../people/account.ts'
import { rulesAt } from '../people/organization-rules.ts'
import { type Arrival, mapRoles } from '../people/provisioning.ts'
import type { Session } from '../people/session.ts'
import type { SessionBook } from '../people/session-book.ts'
import type { SignIn } from '../people/sign-in.ts'
import type { OrganizationId, Proof } from '../policy/facts.ts'
import type { Decision } from '../policy/verdict.ts'
import type { Browsers } from './device-cookie.ts'
import type { Entry } from './entry.ts'
import type { Journey, Journeys } from './journey.ts'
import type { PageWriter } from './page-writer.ts'
import type { TestFound } from './pages/saml-test.ts'
import { provedAt } from './proof-age.ts'
import type { ProviderAt } from './provider-at.ts'
import { type Refused, refused, type Vouched } from './saml-judge.ts'
import type { SamlRooms } from './saml-rooms.ts'
import { originOf, type Visit } from './visit.ts'

/** What follows an answer that counts: the account it speaks of, and a session that opens, or one that is proved anew. */
export interface SamlSignIn {
  accept(visit: Visit, vouched: Vouched, from: ProviderAt): Promise<Response | Refused>
  /** What `accept` would do for that person; changes nothing. */
  preview(visit: Visit, vouched: Vouched, from: ProviderAt): Promise<TestFound>
}

export interface SamlSignInNeeds {
  readonly providers: Pick<SamlRooms['providers'], 'afresh'>
  readonly emailDomains: SamlRooms['emailDomains']
  readonly provisioning: SamlRooms['provisioning']
  readonly seenMessages: Pick<SamlRooms['seenMessages'], 'listOf'>
  readonly signIn: Pick<SignIn, 'begin' | 'end'>
  readonly sessionBook: Pick<SessionBook, 'listOf' | 'rotate'>
  readonly browsers: Browsers
  readonly entry: Entry
  readonly journeys: Journeys
  readonly writer: PageWriter
  readonly jar: CookieJar
  readonly clock: Clock
}

export function createSamlSignIn(needs: SamlSignInNeeds): SamlSignIn {
  return {
    preview: (visit, vouched, from) => needs.provisioning.preview(arrivalOf(needs, visit, vouched, from)),
    async accept(visit, vouched, from) {
      const arrived = await needs.provisioning.arrive(arrivalOf(needs, visit, vouched, from), originOf(visit, null))
      if (arrived.kind === 'nobody') return refused('nobody', arrived.why, vouched.seen)
      const { account } = arrived
      const again = await proveAgain(needs, visit, vouched, { account, provider: from.provider })
      return again ?? (await signIn(needs, visit, vouched, { account, provider: from.provider }))
    },
  }
}

function arrivalOf({ clock }: SamlSignInNeeds, visit: Visit, { assertion, email }: Vouched, from: ProviderAt): Arrival {
  const { organization, provider } = from
  const { nameAttribute, createsAccounts, roles } = provider.settings
  const [name = null] = nameAttribute === null ? [] : (assertion.attributes[nameAttribute] ?? [])
  return {
    organizationId: organization.id,
    email,
    name,
    language: visit.language,
    createsAccounts,
    roles: mapRoles(roles, assertion.attributes, rulesAt(organization, clock.now()).sso),
  }
}

/** Null where no session of this browser waits for a new proof: then it is a sign-in like any other. */
async function proveAgain(
  needs: SamlSignInNeeds,
  visit: Visit,
  { request, assertion, seen }: Vouched,
  { account, provider }: { readonly account: Account; readonly provider: ProviderAt['provider'] },
): Promise<Response | Refused | null> {
  if (request?.purpose !== 'prove_again' || request.session === null) return null
  if (request.session.accountId !== account.id)
    return refused('nobody', 'the provider vouches for another person than the one whose session asked', seen)
  const { rootId } = request.session
  const session = (await needs.sessionBook.listOf(account.id)).find(({ id }) => id === rootId)
  // One that a password opened is not made to count again: whoever took a copy of it before would come back in with it.
  if (session === undefined || !isVouchedFor(session)) return null
  const now = needs.clock.now()
  const answers = await needs.seenMessages.listOf(request.organizationId)
  const at = provedAt({ request, assertion, answers, skewMs: provider.settings.skewMs }, now)
  const proof = { ...proofOf(request.organizationId, assertion, now), at }
  const rotated = await needs.sessionBook.rotate(session, [proof], originOf(visit, account.id, session))
  if (rotated === null) return null
  const endsAt = Math.min(session.absoluteEndsAt, proof.until ?? Number.POSITIVE_INFINITY)
  const cookies = [needs.jar.write('session', rotated.token, (endsAt - now) / 1000)]
  const location = await needs.journeys.arrive(request.journey, session)
  return needs.writer.redirect(location, { cookies, referrer: 'none' })
}

function isVouchedFor({ proofs, organizationId }: Session): boolean {
  return proofs.some(({ kind, organization }) => kind === 'saml' && organization === organizationId)
}

async function signIn(
  needs: SamlSignInNeeds,
  visit: Visit,
  vouched: Vouched,
  { account, provider }: { readonly account: Account; readonly provider: ProviderAt['provider'] },
): Promise<Response | Refused> {
  const { request, assertion, email, seen } = vouched
  if (account.organizationId === null) return refused('nobody', 'no_account', seen)
  const proof = proofOf(account.organizationId, assertion, needs.clock.now())
  const browser = await needs.browsers.of(visit, account.id)
  const begun = await needs.signIn.begin(account, proof, browser.device, originOf(visit, account.id))
  const former = request?.session ?? null
  const running = { ...begun, account, browser, email: email.email, ...(former === null ? {} : { former }) }
  // Only now: what is withdrawn from here on takes the attempt along, and an attempt that is gone opens nothing.
  const withdrawn = await withdrawnSince(needs, vouched, provider)
  if (withdrawn !== null) {
    await needs.signIn.end(begun.attempt)
    return withdrawn
  }
  const said = refusalOf(await needs.entry.judge(visit, running))
  if (said !== null) {
    await needs.signIn.end(begun.attempt)
    return refused('nobody', said, seen)
  }
  return needs.entry.proceed(visit, running, request?.journey ?? nowhere)
}

/** The message was judged by copies, and it waited for a thread: a certificate may be dropped by now, a domain removed, by whichever process. */
async function withdrawnSince(
  { providers, emailDomains }: SamlSignInNeeds,
  { email, seen }: Vouched,
  judgedBy: ProviderAt['provider'],
): Promise<Refused | null> {
  const { organizationId } = judgedBy
  const now = await providers.afresh(organizationId)
  const accepted = now === null ? [] : certificatesOf(now)
  if (!certificatesOf(judgedBy).every(each => accepted.includes(each)))
    return refused('signature_wrong', 'a certificate of the provider was withdrawn while the message was read', seen)
  const domain = email.key.slice(email.key.lastIndexOf('@') + 1)
  if ((await emailDomains.ownerOf(domain)) === organizationId) return null
  return refused('email_domain', `${domain} was removed while the message was read`, seen)
}

function certificatesOf({ metadata, staged }: ProviderAt['provider']): readonly string[] {
  return [...metadata.certificates, ...(staged?.certificates ?? [])]
}

/** Null where the entry walk lets the person on; its own pages of a refusal speak of passwords, which do not exist here. */
function refusalOf({ verdict, gate }: Decision): string | null {
  if (verdict.kind === 'deny' && verdict.reason !== 'unavailable') return `gate ${gate ?? '-'}: ${verdict.reason}`
  const isBarred = verdict.kind === 'challenge' && (verdict.step === 'sign_in' || verdict.step === 'prove_again')
  return isBarred ? `gate ${gate ?? '-'}: ${verdict.step}` : null
}

/** Whom a provider has sent without our asking: to the account page. Its RelayState leads nowhere. */
const nowhere: Journey = { returnTo: null, binding: null, again: false, organization: null }

function proofOf(
  organization: OrganizationId,
  {
    authenticatedAt,
    issuedAt,
    context,
    sessionEndsAt,
    issuer,
    nameId,
    nameIdFormat,
    sessionIndex,
  }: Vouched['assertion'],
  now: number,
): Proof {
  return {
    kind: 'saml',
    at: Math.min(authenticatedAt, now),
    organization,
    ...(context === null ? {} : { context }),
    ...(sessionEndsAt === null ? {} : { until: sessionEndsAt }),
    subject: { issuer, nameId, nameIdFormat, sessionIndex, issuedAt },
  }
}
