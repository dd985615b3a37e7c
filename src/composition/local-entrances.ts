import type { Entrance } from '../policy/plan.ts'

// Every door there is, and what keeps people of an SSO organization from coming through it with something local. A route without a row
// here is a door that nobody has thought about: `sekisho prove sso` fails, and test/composition/prove-sso.test.ts with it.

/**
 * What keeps it: a walk of gates (with the entrance's name), or `ways`: the service behind it asks `hasLocalWays` before it does anything.
 * `provider`: it takes the word of the organization's provider and of nobody else. `harmless`: it lets nobody in and gives nobody a way in.
 */
export type Keeper = Entrance | 'ways' | 'provider' | 'harmless'

export interface LocalEntrance {
  /** Method and path as the router has them, or a door that is no route. */
  readonly at: string
  readonly tried: string
  readonly kept: readonly Keeper[]
}

function row(at: string, tried: string, ...kept: Keeper[]): LocalEntrance {
  return { at, tried, kept }
}

/** `PREFIX/` is the gateway's own prefix on the application's hosts. */
export const portalEntrances: readonly LocalEntrance[] = [
  row('POST /sign-in', 'a right password', 'ways', 'entry'),
  row('POST /sign-in/code', 'a mailed code instead of a password', 'ways', 'entry'),
  row('POST /sign-in/passkey', 'a passkey that was added before', 'ways', 'entry'),
  row('POST /second-factor', 'an attempt from before: app, text message, backup code, mailed code, enrolment', 'entry'),
  row('GET /second-factor', 'the page of an attempt from before', 'harmless'),
  row('GET /second-factor/help', 'the page of an attempt from before', 'harmless'),
  row('POST /passkeys/options', 'a challenge for a passkey', 'harmless'),
  row('POST /prove-again', 'a local proof in a session from before', 'own'),
  row('GET /prove-again', 'the page for a local proof', 'own'),
  row('POST /reset', 'a mail with a reset link', 'ways'),
  row('GET /reset/:ticket{[A-Za-z0-9_-]{16,128}}', 'a reset link from before', 'ways'),
  row('GET /reset/choose', 'the page of a reset link from before', 'ways'),
  row('POST /reset/choose', 'a new password by a reset link from before', 'ways'),
  row('POST /reset/hand-over', 'a hand-over code from before', 'ways'),
  row('POST /reset/hand-over/factor', 'a second factor behind a hand-over code', 'ways'),
  row('POST /reset/hand-over/send', 'a text message behind a hand-over code', 'ways'),
  row('POST /reset/hand-over/choose', 'a new password behind a hand-over code', 'ways'),
  row('GET /account', 'a remembered session from before', 'own'),
  row('POST /account/password', 'a password of one’s own', 'own', 'ways'),
  row('GET /account/password', 'the page for a password', 'own'),
  row('POST /account/email', 'another address', 'own', 'ways'),
  row('GET /account/email', 'the page for another address', 'own'),
  row('POST /account/email/confirm', 'the code for another address', 'own', 'ways'),
  row('GET /account/email/confirm', 'the page for that code', 'own'),
  row('POST /account/factors/add', 'an authenticator app', 'own', 'ways'),
  row('GET /account/factors/add', 'the page for an authenticator app', 'own'),
  row('POST /account/factors/remove', 'taking a factor away', 'own'),
  row('GET /account/factors/remove', 'the page for that', 'own'),
  row('POST /account/factors/restore', 'a factor that was set aside', 'own'),
  row('POST /account/phones/add', 'a phone, spare or not', 'own', 'ways'),
  row('GET /account/phones/add', 'the page for a phone', 'own'),
  row('POST /account/phones/confirm', 'the code for a phone', 'own', 'ways'),
  row('GET /account/phones/confirm', 'the page for that code', 'own'),
  row('POST /account/passkeys/add', 'a passkey', 'own', 'ways'),
  row('GET /account/passkeys/add', 'the page for a passkey', 'own'),
  row('POST /account/backup-codes', 'backup codes', 'own', 'ways'),
  row('GET /account/backup-codes', 'the page for backup codes', 'own'),
  row('GET /account/devices/rename', 'a page about a device', 'own'),
  row('POST /account/devices/rename', 'another name for a device', 'own'),
  row('POST /account/devices/forget', 'forgetting a device', 'own'),
  row('POST /account/sessions/end', 'ending a session', 'own'),
  row('POST /account/sessions/end-others', 'ending all other sessions', 'own'),
  row('POST /account/language', 'another language', 'own'),
  row('POST /password-meter', 'how strong a password is', 'harmless'),
  row('GET /admin/hand-over', 'the console of an administrator', 'admin'),
  row('POST /admin/hand-over', 'a hand-over code for a colleague', 'admin', 'ways'),
  row('GET /admin/sso', 'the console of an administrator', 'admin'),
  row('POST /admin/sso', 'confirming single sign-on', 'admin'),
  row('POST /admin/sso/promote', 'other metadata of the provider', 'admin'),
  row('POST /admin/sso/drop', 'an end to that', 'admin'),
  row('GET PREFIX/start', 'a session for an application’s host', 'harmless'),
  row('GET PREFIX/join', 'a session on an application’s host: it holds the proofs of its root', 'proxy'),
  row('GET PREFIX/session', 'who somebody is, told to a script', 'proxy'),
  row('GET PREFIX/sign-out', 'signing out', 'harmless'),
  row('POST PREFIX/sign-out', 'signing out', 'harmless'),
  row('GET /saml/:slug/start', 'the way to the provider', 'provider'),
  row('POST /saml/:slug/acs', 'the provider’s answer', 'provider'),
  row('GET /saml/:slug/metadata', 'what providers read of us', 'harmless'),
  row('GET /saml/:slug/slo', 'signing out by the provider', 'harmless'),
  row('POST /saml/:slug/slo', 'signing out by the provider', 'harmless'),
  row('GET /saml/sign-out', 'signing out at the provider', 'harmless'),
  row('GET /', 'the first page', 'harmless'),
  row('GET /sign-in', 'the page for an address and a password', 'harmless'),
  row('GET /org/:slug', 'an organization’s own sign-in page', 'harmless'),
  row('GET /reset', 'the page that asks for an address', 'harmless'),
  row('GET /reset/hand-over', 'the page for a hand-over code', 'harmless'),
  row('GET /not-me', '“this was not me” from a mail', 'harmless'),
  row('GET /not-me/:token{[A-Za-z0-9_-]{43}}', '“this was not me” from a mail', 'harmless'),
  row('GET /put-back/:token{[A-Za-z0-9_-]{43}}', '“put my address back” from a mail', 'harmless'),
  row('POST /not-me', 'both: sessions end, no ticket and no flag comes of it', 'harmless'),
  row('GET /sign-out', 'signing out', 'harmless'),
  row('POST /sign-out', 'signing out', 'harmless'),
  row('POST /language', 'another language', 'harmless'),
  row('GET /mailbox', 'mails, in development', 'harmless'),
  row('GET /mailbox/:id', 'a mail, in development', 'harmless'),
]

/** Doors that are no routes of pages. */
export const otherEntrances: readonly LocalEntrance[] = [
  row('a request for the application', 'a session cookie from before', 'proxy'),
  row('forward-auth of another proxy', 'a session cookie from before', 'forward'),
  row('an open WebSocket or stream', 'a connection from before', 'live'),
  row('a public route with identity', 'who somebody is, told to the application', 'proxy'),
]

/** Of the operators' API: what touches accounts. */
export const operatorEntrances: readonly LocalEntrance[] = [
  row('POST /api/users', 'an account with a password that somebody chose', 'ways', 'entry'),
  row('POST /api/users/require-reset', 'a reset flag and its mail', 'ways'),
  row('POST /api/users/withdraw-reset', 'taking a flag back', 'harmless'),
  row('POST /api/users/invite', 'an invitation with a link', 'ways'),
  row('POST /api/users/hand-over', 'a hand-over code', 'ways'),
  row('POST /api/users/suspend', 'suspending', 'harmless'),
  row('POST /api/users/resume', 'an end to that', 'harmless'),
  row('POST /api/users/release-hold', 'an end to a hold', 'harmless'),
  row('POST /api/users/roles', 'other roles', 'harmless'),
  row('POST /api/users/exempt', 'from any network', 'harmless'),
  row('POST /api/users/end-exemption', 'an end to that', 'harmless'),
  row('POST /api/users/remove-factor', 'taking a factor away', 'harmless'),
  row('POST /api/sessions/end', 'ending sessions', 'harmless'),
  row('POST /api/devices/approve', 'approving a device', 'harmless'),
  row('POST /api/reset-campaigns', 'a list of people', 'harmless'),
  row('POST /api/reset-campaigns/:id/start', 'flags and mails for many', 'ways'),
  row('POST /api/reset-campaigns/:id/resume', 'flags and mails for many', 'ways'),
  row('POST /api/reset-campaigns/:id/remind', 'more mails', 'harmless'),
  row('POST /api/reset-campaigns/:id/drive', 'work on what was started', 'ways'),
  row('POST /api/reset-campaigns/:id/pause', 'a pause', 'harmless'),
  row('POST /api/reset-campaigns/:id/abort', 'an end', 'harmless'),
]

/** Routes of the operators' API that have to be in the table. */
export const touchesAccounts = /^POST \/api\/(?:users|sessions|devices|reset-campaigns)(?:\/|$)/

export interface RouteSeen {
  readonly method: string
  readonly path: string
}

/** Doors that nobody has thought about, and rows for doors that are gone. */
export function compareRoutes(
  table: readonly LocalEntrance[],
  routes: readonly RouteSeen[],
): { readonly unknown: readonly string[]; readonly gone: readonly string[] } {
  const seen = new Set(routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`))
  const known = new Set(table.map(({ at }) => at))
  return {
    unknown: [...seen].filter(at => !known.has(at)).toSorted(),
    gone: [...known].filter(at => !seen.has(at)).toSorted(),
  }
}
