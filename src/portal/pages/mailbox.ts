import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { ReceivedMail } from '../../notices/mailbox.ts'
import type { Words } from '../words/en.ts'
import { moment } from './parts.ts'

export function mailboxContent(words: Words, mails: readonly ReceivedMail[], language: string): Html {
  const text = words.mailbox
  const rows = mails.map(
    mail => html`<tr><td data-label="${text.at}">${moment(mail.receivedAt, language)}</td>
<td data-label="${text.to}">${mail.to}</td>
<td data-label="${text.subject}"><a href="/mailbox/${mail.id}">${mail.subject}</a></td></tr>`,
  )
  const table = html`<table><thead><tr><th scope="col">${text.at}</th><th scope="col">${text.to}</th><th scope="col">${text.subject}</th></tr></thead><tbody>${rows}</tbody></table>`
  return html`<h1>${text.title}</h1><p>${text.lead}</p>
<section class="panel">${mails.length === 0 ? html`<p>${text.empty}</p>` : table}</section>`
}

/** The plain part, with its addresses as links: what a person would click in a mail can be clicked here. */
export function mailContent(words: Words, mail: ReceivedMail, language: string): Html {
  const text = words.mailbox
  const parts = mail.text.split(/(https?:\/\/[^\s<>"]+)/)
  const linked = parts.map((part, i) => (i % 2 === 1 ? html`<a href="${part}">${part}</a>` : part))
  return html`<h1>${mail.subject}</h1>
<dl><dt>${text.to}</dt><dd>${mail.to}</dd><dt>${text.at}</dt><dd>${moment(mail.receivedAt, language)}</dd></dl>
<section class="panel" lang="${mail.language}"><pre>${linked}</pre></section>
<p><a href="/mailbox">${text.allMails}</a></p>`
}
