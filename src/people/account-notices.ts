import type { Notice, NoticeKind } from '../notices/notice.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account, Factor } from './account.ts'
import type { Origin } from './origin.ts'

// What a person is told about the own account. Each is written in the transaction of the change it speaks of.

export function passwordChanged(
  account: Account,
  by: Origin,
  at: number,
  how: 'reset' | 'account' | 'hand_over',
): readonly Notice[] {
  return toOwner(account, 'password_changed', at, { ...whereFrom(by, at), how, ...noWayBack })
}

/** At each sign-in with a leaked password, until it is changed. */
export function passwordLeaked(account: Account, at: number): readonly Notice[] {
  return toOwner(account, 'password_leaked', at, { at })
}

/** Once a day: however often somebody tries it. */
export function passwordRefused(account: Account, at: number): readonly Notice[] {
  const notices = toOwner(account, 'password_refused', at, { at })
  return notices.map(notice => ({ ...notice, onlyOnceKey: `password_refused ${account.id} ${notice.to}` }))
}

export function factorAdded(account: Account, by: Origin, at: number, factor: Factor): readonly Notice[] {
  return toOwner(account, 'factor_added', at, { ...whereFrom(by, at), factor: wordOf(factor), ...noWayBack })
}

/** `by` in the mail tells the owner whether it was they or somebody else. */
export function factorRemoved(account: Account, by: Origin, at: number, factor: Factor): readonly Notice[] {
  const remover = by.actor.kind === 'account' && by.actor.id === account.id ? 'owner' : 'administrator'
  const facts = { ...whereFrom(by, at), factor: wordOf(factor), by: remover }
  return toOwner(account, 'factor_removed', at, { ...facts, ...noWayBack })
}

/** Until people/ways-back.ts puts a link there. */
const noWayBack = { notMeUrl: '', expiresAt: 0 }

function wordOf({ kind, spare }: Factor): string {
  return spare ? 'spare_phone' : kind
}

/**
 * A wrong second factor after a right password: the portal puts it into the outbox, one mail for each attempt, however many tries.
 */
export function secondFactorFailed(
  account: Account,
  attempt: { readonly id: string },
  by: Origin,
  at: number,
): readonly Notice[] {
  const notices = toOwner(account, 'second_factor_failed', at, whereFrom(by, at))
  return notices.map(notice => ({ ...notice, onlyOnceKey: `second_factor_failed ${attempt.id} ${notice.to}` }))
}

/** The same in a session: nobody entered a password there, but the session may be in other hands. */
export function secondFactorFailedInside(
  account: Account,
  session: { readonly id: string },
  by: Origin,
  at: number,
): readonly Notice[] {
  const notices = toOwner(account, 'second_factor_failed_inside', at, whereFrom(by, at))
  return notices.map(notice => ({ ...notice, onlyOnceKey: `second_factor_failed ${session.id} ${notice.to}` }))
}

export function backupCodesMade(account: Account, by: Origin, at: number): readonly Notice[] {
  return toOwner(account, 'backup_codes_made', at, { ...whereFrom(by, at), ...noWayBack })
}

/** The store adds how many are `left`: only the transaction that takes the code knows it. */
export function backupCodeUsed(account: Account, by: Origin, at: number): readonly Notice[] {
  return toOwner(account, 'backup_code_used', at, whereFrom(by, at))
}

/** A code for a phone. Nothing of the person or the place stands in it: whoever finds a phone reads its messages. */
export function phoneCode(
  kind: 'sms_code' | 'phone_check',
  to: string,
  language: Account['language'],
  code: { readonly text: string; readonly expiresAt: number },
): Notice {
  return { kind, channel: 'sms', to, language, facts: { code: code.text, expiresAt: code.expiresAt } }
}

export function accountSuspended(account: Account, at: number): readonly Notice[] {
  return toOwner(account, 'account_suspended', at, { at })
}

/** Somebody used the right password inside an attack, and waits for this code: whoever it was. For the registered address alone. */
export function signInHeld(
  account: Account,
  by: Origin,
  at: number,
  code: { readonly text: string; readonly expiresAt: number },
): Notice {
  const facts = { name: account.name, ...whereFrom(by, at), code: code.text, expiresAt: code.expiresAt }
  return { kind: 'sign_in_held', to: account.email, language: account.language, facts }
}

/** The same news where no mailed code opens anything. */
export function passwordInAttack(account: Account, by: Origin, at: number): readonly Notice[] {
  return toOwner(account, 'password_in_attack', at, whereFrom(by, at))
}

/** For the registered address alone: it proves who reads it. */
export function emailCode(
  account: Account,
  by: Origin,
  code: { readonly text: string; readonly expiresAt: number },
): Notice {
  const { address, device } = whereFrom(by, 0)
  const facts = { name: account.name, code: code.text, expiresAt: code.expiresAt, address, device }
  return { kind: 'email_code', to: account.email, language: account.language, facts }
}

export interface TicketMail {
  readonly url: string
  readonly issuedAt: number
  readonly expiresAt: number
}

export function resetTicket(account: Account, by: Origin, ticket: TicketMail): Notice {
  const { address, device } = whereFrom(by, ticket.issuedAt)
  return toTicketAddress(account, 'reset_ticket', ticket, { address, device })
}

export function resetRequired(account: Account, reason: string, ticket: TicketMail): Notice {
  return toTicketAddress(account, 'reset_required', ticket, { reason })
}

export function invitation(account: Account, organization: string, ticket: TicketMail): Notice {
  return toTicketAddress(account, 'invitation', ticket, { organization })
}

/** One address, and while an e-mail change can be undone the old one: whoever has just moved the address must not get the way in. */
export function ownAddress(account: Account, at: number): string {
  return formerAddress(account, at) ?? account.email
}

function toTicketAddress(account: Account, kind: NoticeKind, ticket: TicketMail, facts: Notice['facts']): Notice {
  const to = ownAddress(account, ticket.issuedAt)
  const { url: ticketUrl, expiresAt } = ticket
  return { kind, to, language: account.language, facts: { name: account.name, ticketUrl, expiresAt, ...facts } }
}

// Plain news goes to both addresses meanwhile: the owner reads one of them.
export function toOwner(account: Account, kind: NoticeKind, at: number, facts: Notice['facts']): readonly Notice[] {
  const former = formerAddress(account, at)
  const addresses = former === null ? [account.email] : [account.email, former]
  return addresses.map(to => ({ kind, to, language: account.language, facts: { name: account.name, ...facts } }))
}

export function formerAddress({ formerEmail }: Account, at: number): string | null {
  return formerEmail !== null && at < formerEmail.undoUntil ? formerEmail.email : null
}

export function whereFrom(by: Origin, at: number): { at: number; address: string; device: string } {
  return { at, address: by.address ?? '-', device: by.device }
}

/** Such as "password + totp"; the templates word it. */
export function methodOf(proofs: readonly Proof[]): string {
  return proofs.map(proof => proof.kind).join(' + ')
}
