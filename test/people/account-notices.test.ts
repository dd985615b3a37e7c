import { describe, expect, test } from 'vitest'
import { type Notice, noticeFacts } from '../../src/notices/notice.ts'
import type { Account, Factor } from '../../src/people/account.ts'
import * as notices from '../../src/people/account-notices.ts'
import { nowhere } from '../../src/people/place.ts'
import { signInNews } from '../../src/people/protection-notices.ts'
import { by, operator } from './house.ts'

const now = 1_800_000_000_000
const account = accountWith({
  email: 'New@example.com',
  formerEmail: { email: 'Old@example.com', undoUntil: now + 1000 },
})
const settled = accountWith({ email: 'New@example.com', formerEmail: { email: 'Old@example.com', undoUntil: now } })
const mail = { url: 'https://auth.test/reset?token=x', issuedAt: now, expiresAt: now + 5 }
const factor = { id: 'f', kind: 'totp', label: 'Phone' } as Factor
const attempt = { id: 'attempt-1' }
const code = { text: '123456', expiresAt: now }
const origin = by(account)
const signIn = {
  at: now,
  place: nowhere,
  proofs: [{ kind: 'password', at: now }],
  notMeUrl: 'https://auth.test/not-me/x',
  expiresAt: now + 1,
} as const

const news: Readonly<Record<string, (about: Account) => readonly Notice[]>> = {
  password_changed: about => notices.passwordChanged(about, origin, now, 'reset'),
  factor_added: about => notices.factorAdded(about, origin, now, factor),
  factor_removed: about => notices.factorRemoved(about, origin, now, factor),
  new_device: about => signInNews(about, origin, { ...signIn, reason: 'new_device' }),
  sign_in_noticed: about => signInNews(about, origin, { ...signIn, reason: 'new_city' }),
  second_factor_failed: about => notices.secondFactorFailed(about, attempt, origin, now),
  account_suspended: about => notices.accountSuspended(about, now),
}
const tickets: Readonly<Record<string, (about: Account) => readonly Notice[]>> = {
  reset_ticket: about => [notices.resetTicket(about, origin, mail)],
  reset_required: about => [notices.resetRequired(about, 'Seen in a leak', mail)],
  invitation: about => [notices.invitation(about, 'Northwind', mail)],
}
const codes = { email_code: (about: Account) => [notices.emailCode(about, origin, code)] }

test.each(Object.entries({ ...news, ...tickets, ...codes }))('%s says exactly the facts of its kind', (kind, make) => {
  for (const notice of make(account)) {
    expect(notice.kind).toBe(kind)
    expect(Object.keys(notice.facts).sort()).toEqual([...noticeFacts[notice.kind]].sort())
    expect(notice.language).toBe('ja')
  }
})

describe('while a change of address can be undone', () => {
  test.each(Object.entries(news))('%s goes to both addresses', (_kind, make) => {
    expect(make(account).map(notice => notice.to)).toEqual(['New@example.com', 'Old@example.com'])
    expect(make(settled).map(notice => notice.to)).toEqual(['New@example.com'])
  })

  test.each(Object.entries(tickets))('%s goes to the old address alone', (_kind, make) => {
    expect(make(account).map(notice => notice.to)).toEqual(['Old@example.com'])
    expect(make(settled).map(notice => notice.to)).toEqual(['New@example.com'])
  })
})

test('a failed second factor is mailed once for each sign-in and address', () => {
  const keys = notices.secondFactorFailed(account, attempt, origin, now).map(notice => notice.onlyOnceKey)
  expect(new Set(keys).size).toBe(2)
  expect(keys).toEqual(notices.secondFactorFailed(account, attempt, origin, now + 5).map(notice => notice.onlyOnceKey))
})

test('an origin without an address still makes a whole notice', () => {
  const [notice] = notices.passwordChanged(account, operator, now, 'reset')
  expect(notice?.facts['address']).toBe('-')
})

function accountWith(about: Partial<Account>): Account {
  const rest = { id: 'a', name: 'Aiko', language: 'ja' } as Account
  return { ...rest, ...about }
}

test.each(['new_device', 'new_city'] as const)(
  '%s: who has just moved the address gets no link against what its owner does',
  reason => {
    const links = signInNews(account, origin, { ...signIn, reason }).map(({ to, facts }) => [to, facts['notMeUrl']])
    expect(links).toEqual([
      ['New@example.com', ''],
      ['Old@example.com', 'https://auth.test/not-me/x'],
    ])
  },
)
