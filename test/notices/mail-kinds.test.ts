import { describe, expect, test } from 'vitest'
import { languages, type Notice, type NoticeKind, noticeFacts } from '../../src/notices/notice.ts'
import { renderMail } from '../../src/notices/render.ts'
import { hostileFacts, mailWith, noticeKinds, sampleFacts, sampleSender } from '../support/mail-samples.ts'

// Every mail that can go out, with facts as they are and with facts as somebody would like them to be.

const each = noticeKinds.flatMap(kind => languages.map(language => [kind, language] as const))
const render = (kind: NoticeKind, language: Notice['language'], facts: Notice['facts']) =>
  renderMail(mailWith(kind, language, facts), sampleSender)

/** The words of the HTML part, as a person sees them. */
function seen(html: string): string {
  return html
    .replaceAll(/<style>[\s\S]*?<\/style>|<title>[\s\S]*?<\/title>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
const squeezed = (text: string) => text.replaceAll(/\s+/g, ' ').trim()
const linksOf = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, url = '']) => url)

describe.each(each)('the mail %s in %s', (kind, language) => {
  const isSms = kind === 'sms_code' || kind === 'phone_check' || kind === 'hand_over_sms'
  const mail = render(kind, language, sampleFacts(kind))

  test('has a subject, a first line, and no placeholder left', () => {
    if (!isSms) expect(mail.subject.length).toBeGreaterThan(4)
    expect(mail.text.split('\n')[0]?.length).toBeGreaterThan(9)
    for (const part of [mail.subject, mail.text, mail.html])
      expect(part).not.toMatch(/undefined|null|NaN|\[object|\$\{|\{\{|fact-/)
  })

  test('says the same in both parts: each line of the plain one stands in the HTML one', () => {
    const shown = squeezed(seen(mail.html))
    const lines = mail.text.split('\n').filter(line => line.trim() !== '' && line !== '-- ')
    for (const line of lines)
      for (const piece of line.split(/^([^:：]{1,40})[:：] ?(?!\/\/)/).filter(text => text !== ''))
        expect(shown).toContain(squeezed(piece.replace(/:$/, '')))
  })

  test('leads nowhere but to the portal, and says where in words', () => {
    const links = linksOf(mail.html)
    expect(links.length).toBeLessThanOrEqual(1)
    for (const url of links) {
      expect(url.startsWith(`${sampleSender.portalOrigin}/`)).toBe(true)
      expect(mail.text).toContain(url)
      expect(seen(mail.html)).toContain(url)
    }
  })

  test('loads nothing, tracks nothing, and fits a phone and a dark screen', () => {
    expect(mail.html).not.toMatch(/<img|<script|<link|<iframe|<form|src=|@import|url\(|background-image|\son\w+=/i)
    expect(mail.html).toContain('width=device-width')
    expect(mail.html).toContain('max-width:560px')
    expect(mail.html).toContain('prefers-color-scheme:dark')
    expect(mail.html).toContain(`lang="${language}"`)
    expect(
      [...mail.html.matchAll(/font(?:-size)?:[^;"]*?(\d+)px/g)]
        .map(([, px]) => Number(px))
        .toSorted((a, b) => a - b)[0],
    ).toBe(14)
  })

  test('is not changed by names from outside: no header line, no markup, no paragraph, no link', () => {
    const bad = render(kind, language, hostileFacts(kind))

    expect(bad.subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
    expect(bad.subject.length).toBeLessThanOrEqual(201)
    expect(bad.html).not.toMatch(/<script|<b>|<a href="https:\/\/evil/i)
    expect([...bad.html.matchAll(/<(\w+)/g)].map(([, tag]) => tag)).toEqual(
      [...mail.html.matchAll(/<(\w+)/g)].map(([, tag]) => tag),
    )
    expect(bad.text.split('\n').length).toBe(mail.text.split('\n').length)
    expect(linksOf(bad.html)).toEqual(linksOf(mail.html))
    expect(bad.text + bad.html + bad.subject).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
  })
})

test('every kind is looked at', () => {
  expect(noticeKinds).toEqual(Object.keys(noticeFacts))
})
