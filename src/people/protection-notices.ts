import type { Notice } from '../notices/notice.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account } from './account.ts'
import type { TicketMail } from './account-notices.ts'
import { formerAddress, methodOf, ownAddress, toOwner, whereFrom } from './account-notices.ts'
import type { Origin } from './origin.ts'
import { type Place, placeText } from './place.ts'
import type { OwnerNotice } from './report-links.ts'
import type { NewsReason } from './sign-in-news.ts'

// What is told about a sign-in, about a report that it was somebody else, and about a change of address.

export interface SignInMail {
  readonly at: number
  readonly reason: NewsReason
  readonly place: Place
  readonly proofs: readonly Proof[]
  readonly notMeUrl: string
  readonly expiresAt: number
}

/** To both addresses while a change of them can be undone. The link to the former one alone: who has just moved it would undo what the owner does. */
export function signInNews(account: Account, by: Origin, mail: SignInMail): readonly Notice[] {
  const { at, reason, notMeUrl, expiresAt } = mail
  const kind = reason === 'new_device' ? 'new_device' : 'sign_in_noticed'
  const facts = {
    ...whereFrom(by, at),
    place: placeText(mail.place, account.language),
    method: methodOf(mail.proofs),
    notMeUrl,
    expiresAt,
  }
  const to = ownAddress(account, at)
  const notices = toOwner(account, kind, at, kind === 'new_device' ? facts : { ...facts, reason })
  return notices.map(notice =>
    notice.to === to ? notice : { ...notice, facts: { ...notice.facts, notMeUrl: '', expiresAt: 0 } },
  )
}

/** The sign-in that was reported, as the mails about it say it. */
export interface ReportedSignIn {
  readonly openedAt: number
  readonly device: string
  readonly address: string
  readonly place: Place
}

/** Where to and in which language is known when everything is undone; `undone` is added there. */
export function intrusionReported(account: Account, signIn: ReportedSignIn, ticket: TicketMail | null): OwnerNotice {
  const { name, language } = account
  const { openedAt: at, device, address } = signIn
  const facts = { name, at, device, address, place: placeText(signIn.place, language) }
  if (ticket === null) return { kind: 'intrusion_reported_sso', facts }
  return { kind: 'intrusion_reported', facts: { ...facts, ticketUrl: ticket.url, expiresAt: ticket.expiresAt } }
}

export function intrusionReportedAdmin(
  administrator: Account,
  account: Account,
  signIn: ReportedSignIn,
  how: 'not_me' | 'email_undo',
): Notice {
  const { name, language, email: to } = administrator
  const { openedAt: at, device, address } = signIn
  const person = `${account.name} <${account.email}>`
  const facts = { name, person, at, device, address, place: placeText(signIn.place, language), how }
  return { kind: 'intrusion_reported_admin', to, language, facts }
}

/** To the new address: it proves who reads it. */
export function emailChangeCode(
  account: Account,
  by: Origin,
  code: { readonly to: string; readonly text: string; readonly expiresAt: number },
): Notice {
  const { address, device } = whereFrom(by, 0)
  const facts = { name: account.name, code: code.text, expiresAt: code.expiresAt, address, device }
  return { kind: 'email_change_code', to: code.to, language: account.language, facts }
}

/** Somebody named an address that has an account: its owner hears of it, whoever named it does not. */
export function emailChangeTaken(owner: Account, by: Origin, at: number): Notice {
  return {
    kind: 'email_change_taken',
    to: owner.email,
    language: owner.language,
    facts: { name: owner.name, ...whereFrom(by, at) },
    onlyOnceKey: `email_change_taken ${owner.id}`,
  }
}

export interface AddressChange {
  readonly at: number
  readonly next: string
  readonly undoUrl: string
  readonly undoUntil: number
}

/** To the address of before, and to the one before that while it can still be undone: each can put the oldest back. The new one only hears of it. */
export function emailChanged(account: Account, by: Origin, change: AddressChange): readonly Notice[] {
  const { at, next, undoUrl, undoUntil: expiresAt } = change
  const { name, language } = account
  const facts = { name, ...whereFrom(by, at), next }
  const former = formerAddress(account, at)
  const before = former === null ? [account.email] : [former, account.email]
  return [
    ...before.map((to): Notice => ({ kind: 'email_changed', to, language, facts: { ...facts, undoUrl, expiresAt } })),
    { kind: 'email_changed_here', to: next, language, facts },
  ]
}

export function emailChangeUndone(account: Account, at: number, ticket: TicketMail): OwnerNotice {
  const facts = { name: account.name, at, ticketUrl: ticket.url, expiresAt: ticket.expiresAt }
  return { kind: 'email_change_undone', facts }
}
