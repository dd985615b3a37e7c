import type { AuditEntry } from '../journal/audit.ts'
import type { Random } from '../lib/random.ts'
import { hashToken } from '../lib/secret.ts'
import type { Account, Accounts } from './account.ts'
import { breakGlassNotices } from './break-glass-notices.ts'
import type { Origin } from './origin.ts'
import { placeKeys } from './place.ts'
import type { Places } from './places.ts'
import { signInNews } from './protection-notices.ts'
import type { ReportLink } from './report-link.ts'
import type { Session } from './session.ts'
import type { SignInHistory } from './sign-in-history.ts'
import { lookBack, newsOf, type SignInNoticeSettings } from './sign-in-news.ts'
import type { Trail } from './trail.ts'

/** What a sign-in leaves behind besides its session: the owner's mail with its "this was not me" link, and what its audit row remembers. */
export interface SignInNotices {
  of(signIn: OpenedSignIn): Promise<SignInTraces>
}

export interface OpenedSignIn {
  readonly account: Account
  readonly session: Session
  /** The account does not know the device. */
  readonly isNew: boolean
  readonly by: Origin
  /** Of the account; null where it has none. */
  readonly organizationName: string | null
}

export interface SignInTraces extends Pick<Trail, 'notices' | 'links'> {
  /** For the audit row: history and preview are computed from them. */
  readonly facts: AuditEntry['facts']
}

export interface SignInNoticesNeeds {
  readonly history: Pick<SignInHistory, 'recentOf'>
  readonly accounts: Pick<Accounts, 'list'>
  readonly places: Pick<Places, 'find'>
  readonly random: Random
  readonly settings: SignInNoticeSettings
  /** The whole address of the page that the link leads to. */
  readonly notMeUrl: (token: string) => string
}

export function createSignInNotices(needs: SignInNoticesNeeds): SignInNotices {
  return { of: signIn => tracesOf(needs, signIn) }
}

/** As long as a mail may wait for somebody who is on holiday. */
const notMeMs = 14 * 86_400_000
const tokenBytes = 32

async function tracesOf(needs: SignInNoticesNeeds, signIn: OpenedSignIn): Promise<SignInTraces> {
  const { account, session, isNew, by } = signIn
  const { address, deviceId, openedAt: at, proofs } = session
  const place = needs.places.find(address)
  const judged = { at, deviceId, newDevice: isNew, ...placeKeys(place, address) }
  const reason = newsOf(judged, await lookedBackAt(needs, signIn), needs.settings)
  const { at: _at, ...facts } = judged
  const glass = session.breakGlass ? await breakGlassNotices(needs.accounts, signIn) : []
  if (reason === null) return { notices: glass, facts }
  const token = needs.random.token(tokenBytes)
  const link: ReportLink = {
    tokenHash: hashToken(token),
    purpose: 'not_me',
    accountId: account.id,
    sessionId: session.id,
    deviceId,
    issuedAt: at,
    expiresAt: at + notMeMs,
    usedAt: null,
  }
  const mail = { at, reason, place, proofs, notMeUrl: needs.notMeUrl(token), expiresAt: link.expiresAt }
  return { notices: [...signInNews(account, by, mail), ...glass], links: [link], facts: { ...facts, told: reason } }
}

/** Nothing is read where only unknown devices are told, which need no comparison. */
async function lookedBackAt({ history, settings }: SignInNoticesNeeds, { account, session, isNew }: OpenedSignIn) {
  const { newCountry, newCity, newNetwork, every } = settings
  if (isNew || !(newCountry || newCity || newNetwork || every)) return []
  return (await history.recentOf(account.id, lookBack, session.openedAt)).opened
}
