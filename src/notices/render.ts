import { createHash } from 'node:crypto'
import { htmlMail } from './html-mail.ts'
import type { Language, Notice } from './notice.ts'
import type { OutboxMail } from './outbox-store.ts'
import { en } from './words/en.ts'
import { text } from './words/facts.ts'
import { ja } from './words/ja.ts'
import type { Sender, Words } from './words.ts'

/** A mail as it goes out: one recipient, plain and HTML parts that say the same. */
export interface RenderedMail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly language: Language
  /** The same for each try of the same notice, so that a server that took it twice can tell. */
  readonly messageId: string
}

export function renderMail(mail: OutboxMail, sender: Sender): RenderedMail {
  const { notice } = mail
  const words = wordsFor(notice, sender)
  const host = new URL(sender.portalOrigin).hostname
  const id = createHash('sha256').update(`${mail.id} ${mail.createdAt} ${notice.to}`).digest('hex').slice(0, 32)
  return {
    to: notice.to,
    subject: oneLine(words.subject),
    text: plainText(words, sender, notice.language),
    html: htmlMail(words, sender, notice.language),
    language: notice.language,
    messageId: `<${id}@${host}>`,
  }
}

export function wordsFor(notice: Notice, sender: Sender): Words {
  const words = (notice.language === 'ja' ? ja : en)(notice, sender)
  return notice.facts['code'] === undefined ? words : { ...words, code: text(notice, 'code') }
}

function plainText(words: Words, sender: Sender, language: Language): string {
  const rows = words.rows.map(([label, value]) => (language === 'ja' ? `${label}：${value}` : `${label}: ${value}`))
  const code = words.code === undefined ? [] : [`    ${words.code}`]
  const parts = [
    words.lead,
    ...code,
    rows.join('\n'),
    ...(words.button ? [`${words.button.label}:\n${words.button.url}`] : []),
  ]
  const foot = `${sender.productName}\n${sender.portalOrigin}${sender.support === '' ? '' : `\n${sender.support}`}`
  return `${[...parts, ...words.after, `-- \n${foot}`].filter(part => part !== '').join('\n\n')}\n`
}

/** A name or reason from outside must not add a header line (ASVS 1.3.11). */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  // A mark in the middle of which it is cut would be no text any more.
  return line.length <= subjectLengthMax
    ? line
    : `${line
        .slice(0, subjectLengthMax)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`
}

const subjectLengthMax = 200
