import { describe, expect, test } from 'vitest'
import { languages, type Notice, type NoticeKind, noticeFacts } from '../../src/notices/notice.ts'
import type { OutboxMail } from '../../src/notices/outbox-store.ts'
import { renderMail } from '../../src/notices/render.ts'

const sender = { productName: 'Sekisho', portalOrigin: 'https://auth.example.com', support: 'help@example.com' }
const times = ['at', 'expiresAt']
const textMessages: readonly string[] = ['sms_code', 'phone_check', 'hand_over_sms']

const kinds = Object.keys(noticeFacts)
  .filter((kind): kind is NoticeKind => kind in noticeFacts)
  .filter(kind => !textMessages.includes(kind)) // test/notices/sms.test.ts

function mailOf(kind: NoticeKind, language: Notice['language'], replaced: Notice['facts'] = {}): OutboxMail {
  const facts = Object.fromEntries(
    noticeFacts[kind].map(name => [name, times.includes(name) ? 1_800_000_000_000 : `fact-${name}`]),
  )
  const notice: Notice = { kind, to: 'alice@example.com', language, facts: { ...facts, ...replaced } }
  return { id: 7, notice, state: 'claimed', tries: 0, createdAt: 1, nextAt: 1, lastAnswer: null }
}

describe.each(kinds)('notice %s', kind => {
  test.each(languages)('says all its facts in %s, in the plain part and in the HTML part alike', language => {
    const mail = renderMail(mailOf(kind, language), sender)

    for (const name of noticeFacts[kind]) {
      const expected = times.includes(name) ? '2027' : `fact-${name}`
      expect(mail.text + mail.subject, `${name} in the text`).toContain(expected)
      expect(mail.html, `${name} in the HTML`).toContain(expected)
    }
    expect(mail.html).toContain(`lang="${language}"`)
    expect(mail.html).not.toMatch(/<img|src=|@import|url\(/)
  })

  test('goes out with nothing missing, or not at all', () => {
    for (const name of noticeFacts[kind]) {
      const whole = mailOf(kind, 'en')
      const facts = Object.fromEntries(Object.entries(whole.notice.facts).filter(([each]) => each !== name))
      expect(() => renderMail({ ...whole, notice: { ...whole.notice, facts } }, sender), name).toThrow(name)
    }
  })
})

test('outside text adds no header line and no markup', () => {
  const mail = renderMail(
    mailOf('new_device', 'en', { device: 'X\r\nBcc: evil@evil.test', name: '<script>alert(1)</script>' }),
    sender,
  )

  expect(mail.subject).not.toMatch(/[\r\n]/)
  expect(mail.html).not.toContain('<script>')
})

test('each try of one notice has the same message id, and another notice another', () => {
  const first = mailOf('password_changed', 'ja')

  expect(renderMail({ ...first, tries: 3 }, sender).messageId).toBe(renderMail(first, sender).messageId)
  expect(renderMail({ ...first, id: 8 }, sender).messageId).not.toBe(renderMail(first, sender).messageId)
})
