import type { Notice, NoticeKind } from '../../src/notices/notice.ts'
import { noticeFacts } from '../../src/notices/notice.ts'
import type { OutboxMail } from '../../src/notices/outbox-store.ts'

// Every notice with facts as the house writes them, and as somebody outside would like them.

export const sampleSender = {
  productName: 'Sekisho',
  portalOrigin: 'https://auth.example.com',
  support: 'Help desk: help@example.com',
}

export const noticeKinds = Object.keys(noticeFacts).filter((kind): kind is NoticeKind => kind in noticeFacts)

export function mailWith(kind: NoticeKind, language: Notice['language'], facts: Notice['facts']): OutboxMail {
  const notice: Notice = { kind, to: 'hana@example.com', language, facts }
  return { id: 7, notice, state: 'claimed', tries: 1, createdAt: 1, nextAt: 1, lastAnswer: null }
}

const at = 1_795_312_200_000
const token = 'mSZk0Jc1p1Tq9yJm8G2x3QvRw7uYbN4LeKf6HdAiOsU'
const origin = sampleSender.portalOrigin

const samples: Readonly<Record<string, string | number>> = {
  name: 'Hana Sato',
  at,
  expiresAt: at + 1_800_000,
  address: '2001:db8:85a3::8a2e:370:7334',
  device: 'Chrome on Windows',
  place: 'Osaka, Japan',
  method: 'password + totp',
  factor: 'totp',
  by: 'administrator',
  issuer: 'Ken Mori (ken@acme.example)',
  how: 'reset',
  reason: 'The mailbox is lost; identity checked by video call',
  asks: 'asks_nothing',
  code: '482913',
  left: 3,
  organization: 'Acme',
  person: 'Taro Yamada',
  reference: '7f3a9c12',
  passkey: 'Security key',
  undone: 'factor_added + device_renamed',
  next: 'hana.new@example.com',
  changes: 'certificate added: 4F:2A:90 (ends 2029-05-01T10:00:00Z)',
  what: 'certificate',
  which: '4F:2A:90',
  ticketUrl: `${origin}/reset/${token}`,
  resetUrl: `${origin}/reset?email=hana%40example.com`,
  notMeUrl: `${origin}/not-me/${token}`,
  undoUrl: `${origin}/email-undo/${token}`,
}

/** What is special about one kind. */
const special: Partial<Record<NoticeKind, Readonly<Record<string, string>>>> = {
  sign_in_noticed: { reason: 'new_country' },
  intrusion_reported_admin: { how: 'not_me' },
}

export function sampleFacts(kind: NoticeKind): Notice['facts'] {
  const known = { ...samples, ...special[kind] }
  return Object.fromEntries(
    noticeFacts[kind].map(name => {
      const value = known[name]
      if (value === undefined) throw new Error(`test/support/mail-samples.ts has no sample of the fact ${name}`)
      return [name, value]
    }),
  )
}

const hostile =
  '\u202e<script>alert(1)</script>\r\nBcc: evil@evil.test\n\n<a href="https://evil.test">\u2028Click\u2066 "here" & \'there\'\u0000\ud800'
const endless = 'A'.repeat(400)

/** Everything that people, their browsers or administrators write. */
const written = ['name', 'device', 'place', 'reason', 'issuer', 'organization', 'person', 'passkey', 'next']

export function hostileFacts(kind: NoticeKind): Notice['facts'] {
  const replaced = noticeFacts[kind].filter(name => written.includes(name) && special[kind]?.[name] === undefined)
  return { ...sampleFacts(kind), ...Object.fromEntries(replaced.map(name => [name, hostile + endless])) }
}
